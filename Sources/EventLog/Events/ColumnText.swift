import EventModel
import JSONTape

extension Tape {
  /// The text of the column whose value stands at `index`; 0 where the record lacks the column.
  @inline(__always)
  func text(ofColumn index: Int, _ name: StaticString) throws(RecordFault) -> UnsafeRawBufferPointer {
    if index != 0, tag(index) == Tag.string { return string(index) }
    throw columnFault(index, name.description)
  }

  /// The same for a column that may be missing or null: `nil` then.
  func optionalText(ofColumn index: Int, _ name: StaticString) throws(RecordFault) -> UnsafeRawBufferPointer? {
    if index == 0 || tag(index) == Tag.null { return nil }
    return try text(ofColumn: index, name)
  }

  private func columnFault(_ index: Int, _ name: String) -> RecordFault {
    if index == 0 { return .missing(name) }
    return tag(index) == Tag.null ? .null(name) : .notText(name)
  }
}

/// The instant in a column's text.
@inline(__always)
func columnInstant(_ text: UnsafeRawBufferPointer, _ field: StaticString) throws(RecordFault) -> Instant {
  do throws(TimestampText.Fault) { return try TimestampText.parse(text) } catch {
    throw RecordFault(field: field.description, reason: error.reason)
  }
}
