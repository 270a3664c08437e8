import EventModel
import JSONTape

/// Records of a users export → user ids. Of the other columns, only deletion marks are read.
public final class UserDecoder {
  private let parser = TapeParser()
  /// Which column marks the user of the last decoded line as deleted, as an index in ``DeletionMarks/columns``; `nil`
  /// if none.
  public private(set) var mark: Int?

  public init() {}

  /// Decodes a line that is one JSON object with an `id`. ``TapeParser/padding`` readable bytes must follow it.
  public func decode(line: UnsafeRawBufferPointer) throws(RecordFault) -> UserID {
    let tape: Tape
    do throws(JSONFault) { tape = try parser.parse(line) } catch {
      throw RecordFault(field: nil, reason: error.reason).hinting(line)
    }
    guard tape.tag(Tape.root) == Tape.Tag.object else { throw RecordFault(field: nil, reason: "not a JSON object") }
    var found = 0
    mark = nil
    var at = Tape.root + 1
    while at < tape.after(Tape.root) - 1 {
      if tape.string(at).equals("id") { found = at + 1 }
      // A deletion mark with an unknown meaning is ignored: the id is valid anyway.
      if let column = DeletionMarks.index(of: tape.string(at)), (try? tape.marksDeleted(at + 1, column: column)) == true
      {
        mark = mark ?? column
      }
      at = tape.after(at + 1)
    }
    return try id(tape.text(ofColumn: found, "id"))
  }

  /// Decodes the splitter's current record.
  public func decode(record: FieldSplitter) throws(RecordFault) -> UserID {
    let field = record[UserColumn.id.rawValue]
    if field.isNull { throw .null("id") }
    return try id(field.bytes)
  }

  private func id(_ text: UnsafeRawBufferPointer) throws(RecordFault) -> UserID {
    guard let id = UserID(text) else { throw RecordFault(field: "id", reason: "not a UUID") }
    return id
  }
}
