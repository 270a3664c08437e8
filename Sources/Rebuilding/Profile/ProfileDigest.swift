import Folding
import Hashing
import JSONTape
import Running

extension DomainProfile {
  /// SHA-256 of the profile's content as canonical JSON, in hexadecimal: equal for profiles of equal content.
  package var digest: String { hex(SHA256.hash(data: digested.canonicalBytes)) }
}
