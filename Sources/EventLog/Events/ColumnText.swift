import EventModel
import JSONTape

extension Tape {
  /// The text of the column whose value is at tape index `index`, 0 if the record lacks the column. Throws if it is not
  /// a string.
  @inline(__always)
  func text(ofColumn index: Int, _ name: StaticString) throws(RecordFault) -> UnsafeRawBufferPointer {
    if index != 0, tag(index) == Tag.string { return string(index) }
    throw columnFault(index, name.description)
  }

  /// The same for an optional column: `nil` if it is missing or null.
  func optionalText(ofColumn index: Int, _ name: StaticString) throws(RecordFault) -> UnsafeRawBufferPointer? {
    if index == 0 || tag(index) == Tag.null { return nil }
    return try text(ofColumn: index, name)
  }

  private func columnFault(_ index: Int, _ name: String) -> RecordFault {
    if index == 0 { return .missing(name) }
    if isNumber(index), ["timestamp", "created_at", "updated_at"].contains(name) {
      return RecordFault(field: name, reason: TimestampText.epochReason)
    }
    return tag(index) == Tag.null ? .null(name) : .notText(name)
  }

  private func isNumber(_ index: Int) -> Bool {
    [Tag.integer, Tag.unsigned, Tag.double, Tag.bigInteger].contains(tag(index))
  }

  /// Whether the value at `index` marks the record as deleted. `column` is an index in ``DeletionMarks/columns``.
  /// Throws if the meaning of the value is unknown.
  func marksDeleted(_ index: Int, column: Int) throws(RecordFault) -> Bool {
    switch tag(index) {
    case Tag.null, Tag.no: return false
    case Tag.yes: return true
    case Tag.string: return try DeletionMarks.isMarked(string(index), column: column)
    case Tag.integer where words[index + 1] <= 1: return words[index + 1] == 1
    default: throw DeletionMarks.fault(column)  // Other numbers, arrays and objects.
    }
  }
}

/// The instant in a column's text.
@inline(__always)
func columnInstant(_ text: UnsafeRawBufferPointer, _ field: StaticString) throws(RecordFault) -> Instant {
  do throws(TimestampText.Fault) { return try TimestampText.parse(text) } catch {
    throw RecordFault(field: field.description, reason: error.reason)
  }
}
