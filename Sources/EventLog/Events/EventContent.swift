import EventModel

/// The content of a set of events, as far as reducers read it: the sum of 128-bit hashes of the events, modulo 2¹²⁸.
///
/// Sums of separate sets of events can be added. The order of events does not matter. Equal contents give equal sums
/// whatever the export; different ones agree by accident with a probability of about 2⁻⁶⁴ (``ContentHash``).
public struct EventContent: Hashable, Sendable {
  /// The sum itself.
  private(set) var sum: UInt128 = 0

  public init() {}

  init(sum: UInt128) { self.sum = sum }

  /// The sum whose hexadecimal digits are `text`; `nil` for any other text.
  public init?(_ text: String) {
    guard text.utf8.count == 32, let sum = UInt128(text, radix: 16) else { return nil }
    self.sum = sum
  }

  /// Adds an event of a user.
  @inline(__always)
  public mutating func add(_ event: Event, of user: UserID) {
    var hash = ContentHash(state: event.content)
    let id = event.id
    hash.mix(id.high, id.low)
    let high = hash.state
    hash.mix(user.high, user.low)
    sum &+= UInt128(high) << 64 | UInt128(hash.state)
  }

  public static func += (sum: inout EventContent, other: EventContent) { sum.sum &+= other.sum }

  /// 32 hexadecimal digits.
  public var description: String {
    let digits = String(sum, radix: 16)
    return String(repeating: "0", count: 32 - digits.utf8.count) + digits
  }
}
