import Fitness
import Projections
import RefoldCommands

RefoldProgram(.fitness).main()
