import ExampleDomain
import Projections
import RefoldCommands

RefoldProgram(.example).main()
