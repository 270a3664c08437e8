import EventLog
import EventModel
import JSONTape
import Running
import SnapshotStore

/// Writes rows as NDJSON, one line per row of a snapshot's tables: `table` names the table, the other members are its
/// columns. The lines stay in a temporary file until the run has succeeded.
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
      json.member("id", id.description)
      json.member("source", source.rawValue)
    }
  }

  func insertProjection(user: UserID, name: ProjectionName, data: UnsafeRawBufferPointer, lastEvent: EventID?) throws {
    let user = user.description
    let id = UUID128.version5(namespace: .projectionNamespace, name: "\(user)/\(name.type)/\(name.key)")
    try write("projections") { json in
      json.member("id", id.description)
      json.member("user_id", user)
      json.member("projection_type", name.type)
      json.member("key", name.key)
      json.key("data")
      json.output.append(data)
      json.output.append(",\"version\":1,")
      json.beginDocument()
      json.member("last_event_id", lastEvent?.description)
      json.member("created_at", asOf)
      json.member("updated_at", asOf)
    }
  }

  func insertFailure(_ failure: Failure) throws {
    try write("failures") { json in
      json.member("user_id", failure.user.description)
      json.member("projection_type", failure.projectionType)
      json.member("code", failure.code.rawValue)
      json.member("event_id", failure.event?.description)
      json.member("detail", failure.detail)
    }
  }

  func insertSignal(_ signal: SignalSummary) throws {
    try write("signals") { json in
      json.member("user_id", signal.user.description)
      json.member("event_type", signal.eventType)
      json.key("events")
      json.integer(signal.count)
      json.member("first_timestamp", signal.first.description)
      json.member("last_timestamp", signal.last.description)
      json.member("newest_event_id", signal.newestEvent.description)
    }
  }

  /// Does nothing: lines cannot be merged into a snapshot, so they need no digests.
  func insertEventSet(_ user: UserID, digest: ArraySlice<UInt8>) throws {}

  func insertManifest(_ lines: [(key: String, value: String)]) throws {
    for (key, value) in lines.sorted(by: { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }) {
      try write("manifest") { json in
        json.member("key", key)
        json.member("value", value)
      }
    }
  }

  /// Copies all lines to standard output.
  func finish() throws {
    try flush()
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: RowLines.flushBytes, alignment: 16)
    defer { buffer.deallocate() }
    var offset = 0
    while offset < spool.size {
      let got = try spool.read(buffer, at: offset)
      offset += got
      if got == 0 { throw StorageFault(path: "temporary file", reason: "shorter than what was written") }
      try StandardOutput.write(UnsafeRawBufferPointer(rebasing: buffer[..<got]))
    }
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

extension CanonicalWriter {
  fileprivate mutating func member(_ key: StaticString, _ text: String?) {
    self.key(key)
    if let text { string(text) } else { null() }
  }
}
