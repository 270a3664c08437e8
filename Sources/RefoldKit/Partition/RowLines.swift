import EventLog
import EventModel
import Glibc
import JSONTape
import SnapshotStore

/// Rows as NDJSON, a row of a snapshot's tables a line: `table` names the table, the other members are its columns. They wait
/// in a temporary file until all are known to be right.
final class RowLines: RowSink {
  private let spool: SpillFile
  private let line = ByteArena(capacity: 1 << 18)
  private let asOf: String

  private static let flushBytes = 1 << 17

  init(directory: String, asOf: Instant) throws(StorageFault) {
    spool = try SpillFile(directory: directory)
    self.asOf = asOf.description
  }

  func insertUser(_ id: UserID, source: UserSource) throws {
    try write("users") { json in
      json.key("id")
      json.string(id.description)
      json.key("source")
      json.string(source.rawValue)
    }
  }

  func insertProjection(user: UserID, name: ProjectionName, data: UnsafeRawBufferPointer, lastEvent: EventID?) throws {
    let user = user.description
    let id = UUID128.version5(namespace: .projectionNamespace, name: "\(user)/\(name.type)/\(name.key)")
    try write("projections") { json in
      json.key("id")
      json.string(id.description)
      json.key("user_id")
      json.string(user)
      json.key("projection_type")
      json.string(name.type)
      json.key("key")
      json.string(name.key)
      json.key("data")
      json.output.append(data)
      json.output.append(",\"version\":1,\"last_event_id\":")
      json.beginDocument()
      text(lastEvent?.description, &json)
      json.key("created_at")
      json.string(asOf)
      json.key("updated_at")
      json.string(asOf)
    }
  }

  func insertFailure(_ failure: Failure) throws {
    try write("failures") { json in
      json.key("user_id")
      json.string(failure.user.description)
      json.key("projection_type")
      json.string(failure.projectionType)
      json.key("code")
      json.string(failure.code.rawValue)
      json.key("event_id")
      text(failure.event?.description, &json)
      json.key("detail")
      json.string(failure.detail)
    }
  }

  func insertSignal(_ signal: SignalSummary) throws {
    try write("signals") { json in
      json.key("user_id")
      json.string(signal.user.description)
      json.key("event_type")
      json.string(signal.eventType)
      json.key("events")
      json.integer(signal.count)
      json.key("first_timestamp")
      json.string(signal.first.description)
      json.key("last_timestamp")
      json.string(signal.last.description)
      json.key("newest_event_id")
      json.string(signal.newestEvent.description)
    }
  }

  /// Lines cannot be merged into a snapshot: they need no digests.
  func insertEventSet(_ user: UserID, digest: ArraySlice<UInt8>) throws {}

  func insertManifest(_ lines: [(key: String, value: String)]) throws {
    for (key, value) in lines.sorted(by: { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }) {
      try write("manifest") { json in
        json.key("key")
        json.string(key)
        json.key("value")
        json.string(value)
      }
    }
  }

  /// Copies all lines to a descriptor.
  func finish(to descriptor: Int32) throws {
    try flush()
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: RowLines.flushBytes, alignment: 16)
    defer { buffer.deallocate() }
    var offset = 0
    while offset < spool.size {
      let got = try spool.read(buffer, at: offset)
      offset += got
      var done = 0
      while done < got {
        let written = Glibc.write(descriptor, buffer.baseAddress! + done, got - done)
        if written < 0 {
          if errno == EINTR { continue }
          throw StorageFault(path: "standard output", errno: errno, doing: "writing the rows")
        }
        done += written
      }
    }
  }

  private func text(_ text: String?, _ json: inout CanonicalWriter) {
    if let text { json.string(text) } else { json.null() }
  }

  private func write(_ table: StaticString, _ members: (inout CanonicalWriter) -> Void) throws {
    var json = CanonicalWriter(output: line)
    json.beginObject()
    json.key("table")
    json.literal(table)
    members(&json)
    json.endObject()
    line.append(UInt8(ascii: "\n"))
    if line.count >= RowLines.flushBytes { try flush() }
  }

  private func flush() throws {
    try spool.append(line.bytes)
    line.count = 0
  }
}
