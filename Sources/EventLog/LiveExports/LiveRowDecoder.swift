import EventModel
import JSONTape

/// The result of decoding a record of a projections export.
package enum LiveRecord {
  /// The row was appended to the arena.
  case row
  /// The record has a projection type that no reducer writes.
  case otherType(String)
  /// The record is a failure listed among the rows, not a projection.
  case failure
}

/// Records of an exported projections table → live rows. One per thread; O(n) in the record's length.
package final class LiveRowDecoder {
  private let catalog: LiveCatalog
  private let arena: ByteArena
  private let parser = TapeParser()
  private let packer: DocumentPacker
  /// User id of the last decoded record; `nil` for a failure without a user id.
  package private(set) var user: UserID?
  /// Which column marks the last row as deleted, as an index in ``DeletionMarks/columns``; `nil` if none.
  package private(set) var mark: Int?

  /// - Parameter arena: where rows are appended.
  package init(catalog: LiveCatalog, arena: ByteArena) {
    self.catalog = catalog
    self.arena = arena
    packer = DocumentPacker(arena: arena)
  }

  // MARK: NDJSON

  /// Decodes a line that is one JSON object with the table's columns as keys. `data` may be a JSON value or a string
  /// that contains JSON. If this throws, the arena is unchanged.
  package func decode(line: UnsafeRawBufferPointer, ordinal: UInt64) throws(RecordFault) -> LiveRecord {
    let start = arena.count
    mark = nil
    var fault: RecordFault
    do throws(JSONFault) {
      let result: Result<LiveRecord, RecordFault>
      do throws(JSONFault) {
        result = try decode(try parser.parse(line), line, ordinal)
      } catch TapeWalker.needsExactNumbers {
        arena.count = start
        result = try decode(try parser.parseExactly(line), line, ordinal)
      }
      do throws(RecordFault) { return try result.get() } catch { fault = error }
    } catch {
      fault = RecordFault(field: nil, reason: error.reason).hinting(line)
    }
    arena.count = start
    throw fault
  }

  private func decode(
    _ tape: Tape, _ line: UnsafeRawBufferPointer, _ ordinal: UInt64
  ) throws(JSONFault) -> Result<LiveRecord, RecordFault> {
    guard tape.tag(Tape.root) == Tape.Tag.object else { throw JSONFault("not a JSON object") }
    let columns = LineFields(tape)
    var text = RowText()
    var dataAt = 0
    do throws(RecordFault) {
      for (column, value) in columns.marks {
        if try tape.marksDeleted(value, column: column) { mark = mark ?? column }
      }
      if columns.data == 0 {
        if columns.failure != 0 {
          user = (try? tape.optionalText(ofColumn: columns.user, "user_id")).flatMap { UserID($0) }
          return .success(.failure)
        }
        throw .missing("data")
      }
      text.user = try tape.text(ofColumn: columns.user, "user_id")
      text.type = try tape.text(ofColumn: columns.type, "projection_type")
      text.key = try tape.text(ofColumn: columns.key, "key")
      text.id = try tape.optionalText(ofColumn: columns.id, "id")
      text.lastEvent = try tape.optionalText(ofColumn: columns.lastEvent, "last_event_id")
      text.hasLastEvent = columns.lastEvent != 0
      text.createdAt = try tape.optionalText(ofColumn: columns.createdAt, "created_at")
      text.updatedAt = try tape.optionalText(ofColumn: columns.updatedAt, "updated_at")
      if columns.version != 0 {
        switch tape.tag(columns.version) {
        case Tape.Tag.integer: text.version = Int64(bitPattern: tape.words[columns.version + 1])
        case Tape.Tag.null: break
        default: throw RecordFault(field: "version", reason: "not an integer")
        }
      }
      guard try begin(text, recordCount: line.count, ordinal) else {
        return .success(.otherType(String(decoding: text.type, as: UTF8.self)))
      }
      dataAt = arena.count
      if tape.tag(columns.data) == Tape.Tag.string {
        try packText(tape.string(columns.data))
        finish(dataAt)
        return .success(.row)
      }
    } catch {
      return .failure(error)
    }
    _ = try packer.walk(tape, of: line, at: columns.data)
    finish(dataAt)
    return .success(.row)
  }

  private func packText(_ text: UnsafeRawBufferPointer) throws(RecordFault) {
    do throws(JSONFault) { _ = try packer.pack(text) } catch {
      throw RecordFault(field: "data", reason: error.reason)
    }
  }

  // MARK: CSV and COPY text

  /// Decodes the splitter's current record.
  package func decode(record: FieldSplitter, ordinal: UInt64) throws(RecordFault) -> LiveRecord {
    let start = arena.count
    mark = nil
    do throws(RecordFault) {
      if record.hasMarks { mark = try record.deletionMark() }
      func field(_ column: ProjectionColumn) -> UnsafeRawBufferPointer? {
        let field = record[column.rawValue]
        return field.isNull ? nil : field.bytes
      }
      func text(_ column: ProjectionColumn, _ name: String) throws(RecordFault) -> UnsafeRawBufferPointer {
        guard let bytes = field(column) else { throw .null(name) }
        return bytes
      }
      var row = RowText()
      row.user = try text(.userID, "user_id")
      row.type = try text(.projectionType, "projection_type")
      row.key = try text(.key, "key")
      row.id = field(.id)
      row.lastEvent = field(.lastEventID)
      row.hasLastEvent = true
      row.createdAt = field(.createdAt)
      row.updatedAt = field(.updatedAt)
      if let digits = field(.version) {
        guard let version = Int64(String(decoding: digits, as: UTF8.self)) else {
          throw RecordFault(field: "version", reason: "not an integer")
        }
        row.version = version
      }
      guard let data = field(.data) else { throw .null("data") }
      guard try begin(row, recordCount: record.record.count, ordinal) else {
        return .otherType(String(decoding: row.type, as: UTF8.self))
      }
      let dataAt = arena.count
      do throws(JSONFault) { _ = try packer.pack(padded: data) } catch {
        throw RecordFault(field: "data", reason: error.reason).hinting(value: data)
      }
      finish(dataAt)
      return .row
    } catch {
      arena.count = start
      throw error
    }
  }

  // MARK: Both

  /// The unparsed columns of a row, except `data`.
  private struct RowText {
    var user = UnsafeRawBufferPointer(start: nil, count: 0)
    var type = UnsafeRawBufferPointer(start: nil, count: 0)
    var key = UnsafeRawBufferPointer(start: nil, count: 0)
    var id: UnsafeRawBufferPointer?
    var lastEvent: UnsafeRawBufferPointer?
    var hasLastEvent = false
    var createdAt: UnsafeRawBufferPointer?
    var updatedAt: UnsafeRawBufferPointer?
    var version: Int64?
  }

  private var headAt = 0

  /// Appends the head, with the length still to be set. Returns `false` for projection types that are not compared.
  private func begin(_ text: RowText, recordCount: Int, _ ordinal: UInt64) throws(RecordFault) -> Bool {
    guard let user = UserID(text.user) else { throw RecordFault(field: "user_id", reason: "not a UUID") }
    self.user = user
    guard let number = catalog.number(type: text.type, key: text.key) else { return false }
    let isUnknown = number >= LiveRowHead.unknownKey
    if text.key.count > UInt16.max { throw RecordFault(field: "key", reason: "longer than 65,535 bytes") }
    var columns: LiveColumns = []
    var id = UUID128(high: 0, low: 0)
    var lastEvent = EventID(high: 0, low: 0)
    if let bytes = text.id {
      guard let value = UUID128(bytes) else { throw RecordFault(field: "id", reason: "not a UUID") }
      id = value
      columns.insert(.id)
    }
    if let bytes = text.lastEvent {
      guard let value = EventID(bytes) else { throw RecordFault(field: "last_event_id", reason: "not a UUID") }
      lastEvent = value
      columns.insert(.lastEvent)
    } else if text.hasLastEvent {
      columns.insert(.noLastEvent)
    }
    if text.version != nil { columns.insert(.version) }
    let createdAt = try instant(text.createdAt, "created_at")
    if createdAt != LiveRowHead.none { columns.insert(.createdAt) }
    let updatedAt = try instant(text.updatedAt, "updated_at")
    if updatedAt != LiveRowHead.none { columns.insert(.updatedAt) }
    arena.reserve(LiveRowDecoder.room(forRecordOf: recordCount))
    headAt = arena.count
    arena.put(
      LiveRowHead(
        user: user, ordinal: ordinal, id: id, lastEvent: lastEvent, createdAt: createdAt, updatedAt: updatedAt,
        version: text.version ?? 0, length: 0, keyLength: isUnknown ? UInt16(text.key.count) : 0, name: number,
        columns: columns))
    arena.count = headAt + LiveRowHead.size
    if isUnknown { arena.put(text.key) }
    return true
  }

  /// Upper bound of a row's size in the arena, given the length of its record.
  @inline(__always)
  package static func room(forRecordOf count: Int) -> Int { count * 5 + 256 }

  private func finish(_ dataAt: Int) {
    let length = arena.count - headAt - LiveRowHead.size
    var head = (arena.base + headAt).loadUnaligned(as: LiveRowHead.self)
    head.length = UInt32(truncatingIfNeeded: length)
    arena.base.storeBytes(of: head, toByteOffset: headAt, as: LiveRowHead.self)
  }

  private func instant(_ text: UnsafeRawBufferPointer?, _ field: StaticString) throws(RecordFault) -> Int64 {
    guard let text else { return LiveRowHead.none }
    return try columnInstant(text, field).microseconds
  }
}

/// Tape indices of the column values in an NDJSON line; 0 for a missing column. If a key is repeated, the last one
/// counts.
private struct LineFields {
  var id = 0
  var user = 0
  var type = 0
  var key = 0
  var data = 0
  var version = 0
  var lastEvent = 0
  var createdAt = 0
  var updatedAt = 0
  var failure = 0
  /// Values of columns that may mark the row as deleted; `column` is an index in ``DeletionMarks/columns``.
  var marks: [(column: Int, value: Int)] = []

  init(_ tape: Tape) {
    let end = tape.after(Tape.root) - 1
    var at = Tape.root + 1
    while at < end {
      let key = tape.string(at)
      switch key.count {
      case 2 where key.equals("id"): id = at + 1
      case 3 where key.equals("key"): self.key = at + 1
      case 4 where key.equals("data"): data = at + 1
      case 7 where key.equals("user_id"): user = at + 1
      case 7 where key.equals("version"): version = at + 1
      case 7 where key.equals("failure"): failure = at + 1
      case 10 where key.equals("created_at"): createdAt = at + 1
      case 10 where key.equals("updated_at"): updatedAt = at + 1
      case 13 where key.equals("last_event_id"): lastEvent = at + 1
      case 15 where key.equals("projection_type"): type = at + 1
      default: if let mark = DeletionMarks.index(of: key) { marks.append((mark, at + 1)) }
      }
      at = tape.after(at + 1)
    }
  }
}
