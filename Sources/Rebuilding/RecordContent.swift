import EventLog
import EventModel
import JSONTape
import Running

/// The columns of one record of a log, to compare it with another record.
struct RecordContent {
  /// `user_id`, `timestamp`, `event_type` and `created_at`, as written.
  private var texts: [String?]
  private var data: JSONTree
  private var metadata: JSONTree

  /// Whether the records are equal, except perhaps in how numbers are written.
  func isSame(as other: RecordContent) -> Bool {
    texts == other.texts && RecordContent.isSame(data, other.data) && RecordContent.isSame(metadata, other.metadata)
  }

  private static func isSame(_ a: JSONTree, _ b: JSONTree) -> Bool {
    if let members = a.members, let others = b.members {
      guard members.count == others.count else { return false }
      return members.allSatisfy { member in b[member.key].map { isSame(member.value, $0) } ?? false }
    }
    if let elements = a.array, let others = b.array {
      return elements.count == others.count && zip(elements, others).allSatisfy { isSame($0, $1) }
    }
    if a == b { return true }
    guard let one = a.number, let other = b.number else { return false }
    return one == other
  }

  /// Reads a log again, on the calling thread, and calls `body` with each record at one of the places.
  static func each(
    of plan: IngestPlan, _ files: [String], at places: Set<LogPosition>, _ body: (LogPosition, RecordContent) -> Void
  ) throws {
    let reader = try ChunkReader(
      paths: files, table: .events, reading: plan.reading,
      temporaryDirectory: plan.resources.temporaryDirectory)
    let chunk = RecordChunk()
    let splitter = FieldSplitter()
    while try reader.next(chunk) {
      if chunk.form == .ndjson {
        var lines = NDJSONLines(chunk)
        while lines.next() {
          let place = LogPosition(file: chunk.file, line: lines.lineNumber, byteOffset: lines.byteOffset)
          if places.contains(place), let content = RecordContent(line: lines.line) { body(place, content) }
        }
      } else {
        splitter.begin(chunk)
        while true {
          do throws(MalformedInput) { guard try splitter.next() else { break } } catch { continue }
          if places.contains(splitter.position), let content = RecordContent(record: splitter) {
            body(splitter.position, content)
          }
        }
      }
    }
  }

  private init?(line: UnsafeRawBufferPointer) {
    guard let tree = try? JSONTree(parsing: Array(line)) else { return nil }
    texts = ["user_id", "timestamp", "event_type", "created_at"].map { tree[$0]?.string }
    data = tree["data"] ?? .null
    metadata = tree["metadata"] ?? .null
  }

  private init?(record: FieldSplitter) {
    func text(_ column: EventColumn) -> [UInt8]? {
      let field = record[column.rawValue]
      return field.isNull ? nil : Array(field.bytes)
    }
    func tree(_ column: EventColumn) -> JSONTree? {
      guard let bytes = text(column) else { return .null }
      return try? JSONTree(parsing: bytes)
    }
    guard let data = tree(.data), let metadata = tree(.metadata) else { return nil }
    texts = [EventColumn.userID, .timestamp, .eventType, .createdAt].map { column in
      text(column).map { String(decoding: $0, as: UTF8.self) }
    }
    (self.data, self.metadata) = (data, metadata)
  }
}
