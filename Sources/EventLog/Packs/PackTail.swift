import EventModel
import JSONTape

/// What an event carries on its way into a packed log, in place of its whole values: ``EventFlags/whole`` is set, and
/// ``Event/whole`` is this.
///
/// The event's whole values, if its type is kept whole; the text of its type, if the type's number does not say it; the
/// length of that text (4 bytes), the hash of the whole event (8) and its traits (1).
struct PackTail {
  /// As in an event that is kept whole; empty if its type is not.
  var values: UnsafeRawBufferPointer
  var type: UnsafeRawBufferPointer
  /// Hash of the event except its id.
  var content: UInt64
  var traits: RecordTraits

  private static let fixedSize = 13
  /// Bytes besides the values and the type, with the length that follows.
  static let room = fixedSize + 4

  init(_ event: Event) {
    guard let bytes = event.whole, let base = bytes.baseAddress else {
      preconditionFailure("events are packed with their tails")
    }
    let end = base + bytes.count - PackTail.fixedSize
    let typeCount = Int(end.loadUnaligned(as: UInt32.self))
    content = (end + 4).loadUnaligned(as: UInt64.self)
    traits = RecordTraits(rawValue: (end + 12).load(as: UInt8.self))
    type = UnsafeRawBufferPointer(start: end - typeCount, count: typeCount)
    values = UnsafeRawBufferPointer(start: base, count: bytes.count - PackTail.fixedSize - typeCount)
  }

  /// Ends the payload of an event that a decoder has packed, with a tail in place of the length of its whole values.
  ///
  /// - Parameters:
  ///   - type: the text of the event's type.
  ///   - keepsAll: whether the event is packed for any reader. Otherwise the number of a type says its name.
  static func close(
    _ head: inout EventHead, type: UnsafeRawBufferPointer, keepsAll: Bool, content: UInt64, traits: RecordTraits,
    _ output: inout PackedWriter
  ) {
    var count = 0
    if head.flags.contains(.whole) {
      output.cursor -= 4
      count = Int(output.cursor.loadUnaligned(as: UInt32.self))
    }
    let isNamed = head.type == 0 || keepsAll
    write(
      valuesCount: count, type: isNamed ? type : UnsafeRawBufferPointer(start: nil, count: 0), content: content,
      traits: traits, to: &output)
    head.flags.insert(.whole)
  }

  /// Appends a tail to an event's payload. The whole values, of `valuesCount` bytes, were written just before.
  @inline(__always)
  static func write(
    valuesCount: Int, type: UnsafeRawBufferPointer, content: UInt64, traits: RecordTraits, to output: inout PackedWriter
  ) {
    output.put(type)
    output.put(UInt32(truncatingIfNeeded: type.count))
    output.put(content)
    output.put(traits.rawValue)
    output.put(UInt32(truncatingIfNeeded: valuesCount + type.count + fixedSize))
  }

  /// The traits that a packed event keeps: those that do not depend on how its export was written or read.
  @inline(__always)
  static func kept(_ traits: RecordTraits, unwrapped: PayloadColumns) -> RecordTraits {
    var kept = traits
    if kept.remove(.metadataMissing) != nil { kept.insert(.metadataNull) }
    if unwrapped.contains(.data) { kept.remove(.dataText) }
    if unwrapped.contains(.metadata) { kept.remove(.metadataText) }
    return kept
  }
}
