import BankDomain
import RefoldKit

Refold(Bank()).main()
