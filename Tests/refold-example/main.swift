import ExampleDomain
import Fitness
import Folding
import RefoldKit

RefoldProgram(.example).main()
