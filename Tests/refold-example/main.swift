import ExampleDomain
import Fitness
import Projections
import RefoldCommands

RefoldProgram(.example).main()
