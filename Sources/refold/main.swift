import Fitness
import RefoldKit

Refold(Fitness()).main()
