import EventLog
import EventModel
import Folding
import JSONTape
import Rebuilding

/// The records of an export as NDJSON lines, whatever its form. One thread at a time.
///
/// NDJSON events are passed on as they stand; of other records the columns that refold reads, of users nothing but the
/// id. Flat memory.
final class RecordLines {
  private let reader: ChunkReader
  private let chunk = RecordChunk()
  private let splitter = FieldSplitter()
  private let users = UserDecoder()
  private let arena = ByteArena(capacity: 1 << 14)
  private let events: EventDecoder
  private let scratch = ByteArena(capacity: 1 << 14)
  /// Pass these users' records on only; all when empty.
  private let onlyUsers: Set<UserID>

  /// - Parameter table: what the files hold; of a dump, users are passed on beside events.
  /// - Parameter reading: how the files are read where their content does not tell; what a copy still needs of it is left to
  ///   whoever reads the copy.
  init(
    _ vocabulary: Vocabulary, _ paths: [String], _ table: TableKind, reading: ReadingOptions, directory: String,
    onlyUsers: Set<UserID> = []
  ) throws(MalformedInput) {
    reader = try ChunkReader(
      paths: try expandLogPaths(paths), table: table, dumpTables: table == .events ? [.events, .users] : [table],
      reading: table == .events ? reading : reading.besideLog, temporaryDirectory: directory)
    self.onlyUsers = onlyUsers
    events = EventDecoder(
      vocabulary: vocabulary.tables, arena: scratch)
  }

  /// Gives each line with its end, and the table it is of, in the order of the input.
  func each(_ body: (TableKind, UnsafeRawBufferPointer) throws -> Void) throws {
    while try reader.next(chunk) {
      if chunk.form == .ndjson { try eachLine(body) } else { try eachRecord(body) }
    }
  }

  private func eachLine(_ body: (TableKind, UnsafeRawBufferPointer) throws -> Void) throws {
    var lines = NDJSONLines(chunk)
    while lines.next() {
      arena.count = 0
      do throws(RecordFault) { guard try write(lines.line) else { continue } } catch {
        throw error.at(LogPosition(file: chunk.file, line: lines.lineNumber, byteOffset: lines.byteOffset))
      }
      arena.append(UInt8(ascii: "\n"))
      try body(chunk.table, arena.bytes)
    }
  }

  /// Whether the line is wanted.
  private func write(_ line: UnsafeRawBufferPointer) throws(RecordFault) -> Bool {
    switch chunk.table {
    case .users: return write(user: try users.decode(line: line))
    case .projections: return try write(row: line)
    default:
      if !onlyUsers.isEmpty {
        scratch.count = 0
        scratch.reserve(EventDecoder.room(forRecordOf: line.count))
        try events.decode(line: line)
        if !onlyUsers.contains(events.user) { return false }
      }
      arena.append(line)
      return true
    }
  }

  private func write(user: UserID) -> Bool {
    if !onlyUsers.isEmpty, !onlyUsers.contains(user) { return false }
    arena.append("{\"id\":\"\(user)\"}")
    return true
  }

  private func write(row line: UnsafeRawBufferPointer) throws(RecordFault) -> Bool {
    let json: JSONTree
    do throws(JSONFault) { json = try JSONTree(parsing: Array(line)) } catch {
      throw RecordFault(field: nil, reason: error.reason)
    }
    if !onlyUsers.isEmpty {
      guard let user = json["user_id"]?.string.flatMap({ UserID($0) }) else {
        throw RecordFault(field: "user_id", reason: "missing, or not a UUID")
      }
      if !onlyUsers.contains(user) { return false }
    }
    let members = json.members?.filter { TableKind.projections.columns.contains($0.key) }
    guard let members else { throw RecordFault(field: nil, reason: "not a JSON object") }
    JSONTree.object(members).canonicalBytes.withUnsafeBytes { arena.append($0) }
    return true
  }

  // MARK: CSV and COPY text

  private func eachRecord(_ body: (TableKind, UnsafeRawBufferPointer) throws -> Void) throws {
    splitter.begin(chunk)
    while try splitter.next() {
      arena.count = 0
      if chunk.table == .users {
        do throws(RecordFault) { guard write(user: try users.decode(record: splitter)) else { continue } } catch {
          throw error.at(splitter.position)
        }
      } else {
        if !onlyUsers.isEmpty {
          // user_id is the second column of both tables.
          let field = splitter[EventColumn.userID.rawValue]
          guard !field.isNull, let user = UserID(field.bytes) else {
            throw RecordFault(field: "user_id", reason: "not a UUID").at(splitter.position)
          }
          if !onlyUsers.contains(user) { continue }
        }
        writeColumns()
      }
      arena.append(UInt8(ascii: "\n"))
      try body(chunk.table, arena.bytes)
    }
  }

  private func writeColumns() {
    var json = CanonicalWriter(output: arena)
    json.beginObject()
    for (number, column) in chunk.table.columns.enumerated() {
      let field = splitter[number]
      if field.isNull { continue }
      Array(column.utf8).withUnsafeBytes { json.key($0) }
      switch column {
      case "data", "metadata", "version":
        // JSON as it is; a line feed can only be white space in it.
        json.digits(String(decoding: field.bytes.map { $0 == 0x0A || $0 == 0x0D ? 0x20 : $0 }, as: UTF8.self))
      default: json.string(field.bytes)
      }
    }
    // What marks a row as deleted goes with it, for whoever reads the copy.
    for (column, text) in splitter.marks {
      Array(DeletionMarks.columns[column].utf8).withUnsafeBytes { json.key($0) }
      json.string(text.bytes)
    }
    json.endObject()
  }
}
