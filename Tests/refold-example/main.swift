import ExampleDomain
import Fitness
import RefoldKit

Refold(Fitness.example).main()
