import Crypto
import EventLog
import EventModel
import Folding
import Running

/// The content of a set of events, as far as reducers read it: the sum of 128-bit hashes of the events, modulo 2¹²⁸.
///
/// Sums of separate sets of events can be added. The order of events does not matter. Equal contents give equal sums
/// whatever the export; different ones agree by accident with a probability of about 2⁻⁶⁴ (``ContentHash``).
struct EventContent: Hashable, Sendable {
  private var sum: UInt128 = 0

  init() {}

  /// The sum whose hexadecimal digits are `text`; `nil` for any other text.
  init?(_ text: String) {
    guard text.utf8.count == 32, let sum = UInt128(text, radix: 16) else { return nil }
    self.sum = sum
  }

  /// Adds an event of a user.
  @inline(__always)
  mutating func add(_ event: Event, of user: UserID) {
    var hash = ContentHash(state: event.content)
    let id = event.id
    hash.mix(id.high, id.low)
    let high = hash.state
    hash.mix(user.high, user.low)
    sum &+= UInt128(high) << 64 | UInt128(hash.state)
  }

  static func += (sum: inout EventContent, other: EventContent) { sum.sum &+= other.sum }

  /// 32 hexadecimal digits.
  var description: String {
    let digits = String(sum, radix: 16)
    return String(repeating: "0", count: 32 - digits.utf8.count) + digits
  }
}

extension Vocabulary {
  /// SHA-256 of the names of what is read of events, as 64 hexadecimal digits: of two logs, the content that was read
  /// can be compared only if this is equal.
  var fieldsDigest: String {
    let lists = [
      eventTypes.map(\.name.description), fields.map(\.name.description), metadataFields.map(\.name.description),
      Array(names(of: wholeTypes)),
    ]
    var sha = SHA256()
    for list in lists {
      for name in list.sorted() { sha.update(data: Array("\(name.utf8.count):\(name)".utf8)) }
      sha.update(data: [0])
    }
    return hex(sha.finalize())
  }
}
