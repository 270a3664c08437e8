import Projections
import RefoldCommands

RefoldProgram(.fitness).main()
