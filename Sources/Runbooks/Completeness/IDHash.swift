import EventModel
import Hashing

/// The hash of an event's id whose sum tells sets of events of equal size apart: the first eight bytes of the MD5 of the
/// id's text, as a signed number. PostgreSQL computes the same without an extension. O(1).
package func idHash(_ id: EventID) -> Int64 {
  withUnsafeTemporaryAllocation(byteCount: EventID.textBytes, alignment: 8) { text in
    guard let base = text.baseAddress else { preconditionFailure("an allocation of 36 bytes has an address") }
    id.writeText(to: base)
    var hash = MD5()
    hash.update(bufferPointer: UnsafeRawBufferPointer(text))
    return hash.finalize().withUnsafeBytes { Int64(bigEndian: $0.loadUnaligned(as: Int64.self)) }
  }
}

/// The events of one user on one side, as numbers.
struct EventTally: Sendable {
  var user: UserID
  /// How many events.
  var events: Int
  /// The sum of ``idHash(_:)`` of all of them. It does not depend on their order, and no sum of less than 2⁶⁴ events
  /// overflows.
  var ids: Int128
}
