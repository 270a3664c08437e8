import Fitness
import Folding
import RefoldKit

RefoldProgram(.fitness).main()
