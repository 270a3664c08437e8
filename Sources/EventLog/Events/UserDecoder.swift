import EventModel
import JSONTape

/// Records of a users export → user ids. Nothing else of a user is looked at.
public final class UserDecoder {
  private let parser = TapeParser()
  /// What marks the user of the line decoded last as deleted: the column's place in ``DeletionMarks/columns``.
  public private(set) var mark: Int?

  public init() {}

  /// Decodes a line that is one JSON object with an `id`; padding as ``TapeParser/padding`` follows it.
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
      // A value that nobody can tell of takes nothing from the id.
      if let column = DeletionMarks.index(of: tape.string(at)), (try? tape.marksDeleted(at + 1, column: column)) == true
      {
        mark = mark ?? column
      }
      at = tape.after(at + 1)
    }
    return try id(tape.text(ofColumn: found, "id"))
  }

  /// Decodes the record a splitter is at.
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
