import EventModel
import JSONTape

/// Records of a background_jobs export → jobs. One per thread; O(n) in the record's length.
public final class JobDecoder {
  private let parser = TapeParser()
  private let payloadParser = TapeParser()

  public init() {}

  /// Decodes a line that is one JSON object with the table's columns as keys. ``TapeParser/padding`` readable bytes
  /// must follow it. `payload` may be a JSON value or a string that contains JSON.
  public func decode(line: UnsafeRawBufferPointer) throws(RecordFault) -> Job {
    let tape: Tape
    do throws(RecordFault) { tape = try parse(line, parser, field: nil) } catch { throw error.hinting(line) }
    guard tape.tag(Tape.root) == Tape.Tag.object else { throw RecordFault(field: nil, reason: "not a JSON object") }
    let names = TableKind.backgroundJobs.columns
    var places = [Int](repeating: 0, count: names.count)
    tape.forEachMember(of: Tape.root) { key, value in
      if let column = names.firstIndex(where: { key.elementsEqual($0.utf8) }) { places[column] = value }
    }
    func text(_ column: JobColumn) throws(RecordFault) -> UnsafeRawBufferPointer? {
      let place = places[column.rawValue]
      if place == 0 || tape.tag(place) == Tape.Tag.null { return nil }
      guard tape.tag(place) == Tape.Tag.string else { throw .notText(names[column.rawValue]) }
      return tape.string(place)
    }
    var job = try columns(text)
    let payload = places[JobColumn.payload.rawValue]
    if payload == 0 { throw .missing("payload") }
    if tape.tag(payload) == Tape.Tag.string {
      let padded = Array(tape.string(payload)) + [UInt8](repeating: 0x20, count: TapeParser.padding)
      let count = padded.count - TapeParser.padding
      let fault: RecordFault? = padded.withUnsafeBytes { bytes in
        do throws(RecordFault) {
          try readPayload(UnsafeRawBufferPointer(rebasing: bytes[..<count]), into: &job)
          return nil
        } catch { return error }
      }
      if let fault { throw fault }
    } else {
      job.read(tape, payload)
    }
    return job
  }

  /// Decodes the splitter's current record.
  public func decode(record: FieldSplitter) throws(RecordFault) -> Job {
    var job = try columns { (column) throws(RecordFault) in
      let field = record[column.rawValue]
      return field.isNull ? nil : field.bytes
    }
    let payload = record[JobColumn.payload.rawValue]
    if payload.isNull { throw .null("payload") }
    try readPayload(payload.bytes, into: &job)
    return job
  }

  private func readPayload(_ text: UnsafeRawBufferPointer, into job: inout Job) throws(RecordFault) {
    job.read(try parse(text, payloadParser, field: "payload"), Tape.root)
  }

  private func parse(
    _ text: UnsafeRawBufferPointer, _ parser: TapeParser, field: String?
  ) throws(RecordFault) -> Tape {
    do throws(JSONFault) { return try parser.parse(text) } catch {
      throw RecordFault(field: field, reason: error.reason)
    }
  }

  /// Decodes all columns except the payload. `text` returns a column's text, `nil` for NULL.
  private func columns(
    _ text: (JobColumn) throws(RecordFault) -> UnsafeRawBufferPointer?
  ) throws(RecordFault) -> Job {
    func name(_ column: JobColumn) -> String { TableKind.backgroundJobs.columns[column.rawValue] }
    func string(_ column: JobColumn) throws(RecordFault) -> String? {
      guard let bytes = try text(column) else { return nil }
      guard let string = String(validating: bytes, as: UTF8.self) else {
        throw RecordFault(field: name(column), reason: "invalid UTF-8")
      }
      return string
    }
    func instant(_ column: JobColumn) throws(RecordFault) -> Instant? {
      guard let bytes = try text(column) else { return nil }
      do throws(TimestampText.Fault) { return try TimestampText.parse(bytes) } catch {
        throw RecordFault(field: name(column), reason: error.reason)
      }
    }
    guard let userText = try text(.userID) else { throw .null("user_id") }
    guard let user = UserID(userText) else { throw RecordFault(field: "user_id", reason: "not a UUID") }
    guard let jobType = try string(.jobType) else { throw .null("job_type") }
    guard let status = try string(.status) else { throw .null("status") }
    return Job(
      user: user, jobType: jobType, status: status, error: try string(.errorMessage),
      createdAt: try instant(.createdAt), startedAt: try instant(.startedAt), completedAt: try instant(.completedAt),
      scheduledFor: try instant(.scheduledFor))
  }
}

extension Job {
  /// Reads the wanted strings from a payload. A payload that is not an object has none.
  fileprivate mutating func read(_ tape: Tape, _ payload: Int) {
    guard tape.tag(payload) == Tape.Tag.object else { return }
    tape.forEachMember(of: payload) { key, value in
      func text() -> String? {
        tape.tag(value) == Tape.Tag.string ? String(decoding: tape.string(value), as: UTF8.self) : nil
      }
      if key.equals("source") { source = text() }
      if key.equals("event_type") { eventType = text() }
      if key.equals("handler_name") { handler = text() }
    }
  }
}

extension Tape {
  /// Calls `body` with each member of the object at a tape index: the key, and the index of the value.
  fileprivate func forEachMember(of object: Int, _ body: (UnsafeRawBufferPointer, Int) -> Void) {
    var at = object + 1
    while at < after(object) - 1 {
      body(string(at), at + 1)
      at = after(at + 1)
    }
  }
}
