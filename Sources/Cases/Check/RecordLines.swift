import EventLog
import EventModel
import Folding
import JSONTape
import Rebuilding

/// Converts the records of an export, in any form, to NDJSON lines. Use from one thread at a time.
///
/// NDJSON events are passed on unchanged. Other records are reduced to the columns that refold reads, and users to
/// their id. Constant memory.
final class RecordLines {
  private let reader: ChunkReader
  private let inputs: LogInputs
  private let packed: PackedRecordWriter
  private let chunk = RecordChunk()
  private let splitter = FieldSplitter()
  private let users = UserDecoder()
  private let arena = ByteArena(capacity: 1 << 14)
  private let events: EventDecoder
  private let scratch = ByteArena(capacity: 1 << 14)
  /// Only the records of these users are passed on; all when empty.
  private let onlyUsers: Set<UserID>
  private let table: TableKind
  /// What packed logs leave out of other files.
  private let droppedUsers: Set<UserID>
  private let deletedIDs: Set<EventID>

  /// - Parameter table: what the files hold. For events, the users of a dump or a packed log are passed on too.
  /// - Parameter keepsAll: whether packed logs must have all fields.
  /// - Parameter reading: how to read the files where the content is ambiguous. Options that also matter for the
  ///   copy are left to its reader.
  init(
    _ vocabulary: Vocabulary, _ paths: [String], _ table: TableKind, reading: ReadingOptions, directory: String,
    onlyUsers: Set<UserID> = [], keepsAll: Bool = false
  ) throws {
    inputs =
      table == .events
      ? try LogInputs(paths, for: keepsAll ? .everything : .reducers(vocabulary))
      : LogInputs(files: try expandLogPaths(paths))
    droppedUsers = inputs.droppedUsers
    deletedIDs = inputs.deletedIDs
    packed = PackedRecordWriter(vocabulary)
    self.table = table
    reader = try ChunkReader(
      paths: inputs.files, table: table, dumpTables: table == .events ? [.events, .users] : [table],
      reading: table == .events ? reading : reading.besideLog, temporaryDirectory: directory)
    self.onlyUsers = onlyUsers
    events = EventDecoder(
      vocabulary: vocabulary.tables, arena: scratch)
  }

  /// Passes each line, with its line feed, and its table, in input order.
  func each(_ body: (TableKind, UnsafeRawBufferPointer) throws -> Void) throws {
    while try reader.next(chunk) {
      if chunk.form == .ndjson { try eachLine(body) } else { try eachRecord(body) }
    }
    for pack in inputs.packs { try each(of: pack, body) }
  }

  /// Passes the events of a packed log, and the users of its users export.
  private func each(of pack: PackedLog, _ body: (TableKind, UnsafeRawBufferPointer) throws -> Void) throws {
    let reader = PackBlockReader(pack)
    for block in pack.blocks.indices {
      try reader.load(block)
      while reader.next() {
        if !onlyUsers.isEmpty, !onlyUsers.contains(reader.user) { continue }
        arena.count = 0
        if reader.isExported, !reader.continues, write(user: reader.user) {
          arena.append(UInt8(ascii: "\n"))
          try body(.users, arena.bytes)
        }
        if table != .events { continue }
        while reader.eventsLeft > 0 {
          arena.count = 0
          try packed.write(reader.event(), of: reader, to: arena)
          arena.append(UInt8(ascii: "\n"))
          try body(.events, arena.bytes)
        }
      }
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

  /// Writes the line to `arena`. Returns whether it is wanted.
  private func write(_ line: UnsafeRawBufferPointer) throws(RecordFault) -> Bool {
    switch chunk.table {
    case .users: return write(user: try users.decode(line: line))
    case .projections: return try write(row: line)
    default:
      if !takesAll {
        scratch.count = 0
        scratch.reserve(EventDecoder.room(forRecordOf: line.count))
        try events.decode(line: line)
        if !takes(events.user) || deletedIDs.contains(Event(scratch.base).id) { return false }
      }
      arena.append(line)
      return true
    }
  }

  /// Whether every event is passed on.
  private var takesAll: Bool { onlyUsers.isEmpty && droppedUsers.isEmpty && deletedIDs.isEmpty }

  private func takes(_ user: UserID) -> Bool {
    (onlyUsers.isEmpty || onlyUsers.contains(user)) && !droppedUsers.contains(user)
  }

  /// The id in a column of the splitter's record.
  private func id(_ column: EventColumn) throws(MalformedInput) -> UUID128 {
    let field = splitter[column.rawValue]
    guard !field.isNull, let id = UUID128(field.bytes) else {
      throw RecordFault(field: TableKind.events.columns[column.rawValue], reason: "not a UUID").at(splitter.position)
    }
    return id
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
        if !takesAll {
          // user_id is the second column of both tables.
          let user = try id(.userID)
          if !takes(user) { continue }
          if chunk.table == .events, !deletedIDs.isEmpty, deletedIDs.contains(try id(.id)) { continue }
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
        // Copy the JSON as it is. A line feed in it can only be white space.
        json.digits(String(decoding: field.bytes.map { $0 == 0x0A || $0 == 0x0D ? 0x20 : $0 }, as: UTF8.self))
      default: json.string(field.bytes)
      }
    }
    // Copy the marks of deleted rows too: the reader of the copy decides about them.
    for (column, text) in splitter.marks {
      Array(DeletionMarks.columns[column].utf8).withUnsafeBytes { json.key($0) }
      json.string(text.bytes)
    }
    json.endObject()
  }
}
