import EventLog
import EventModel
import Fitness
import Folding
import JSONTape
import TestSupport
import Testing

/// Records of each form give the same events.
@Suite("event-log.md: records to events")
struct EventsDecoderTests {
  /// An event by its parts, for comparison.
  struct Seen: Equatable {
    var user: UserID
    var id: EventID
    var timestamp: Instant
    var createdAt: Instant
    var content: UInt64
    var type: UInt8
    var flags: UInt8
    var data: [UInt8]
    var metadata: [UInt8]
  }

  static func seen(_ event: Event, of user: UserID) -> Seen {
    Seen(
      user: user, id: event.id, timestamp: event.timestamp, createdAt: event.createdAt, content: event.content,
      type: event.type, flags: event.flags.rawValue, data: Array(event.data), metadata: Array(event.metadata))
  }

  static let vocabulary = Vocabulary.fitness.tables

  /// Decodes a line alone, both without and after announcing it. Both must give the same.
  static func decode(_ line: String) throws -> Seen {
    let announced = try? decode(line, announced: true)
    let seen = try decode(line, announced: false)
    #expect(announced == seen)
    return seen
  }

  private static func decode(_ line: String, announced: Bool) throws -> Seen {
    let arena = ByteArena(capacity: 64)
    let decoder = EventDecoder(vocabulary: vocabulary, arena: arena)
    let padded = Array(line.utf8) + [UInt8](repeating: 0x20, count: TapeParser.padding)
    try padded.withUnsafeBytes { bytes in
      let line = UnsafeRawBufferPointer(rebasing: bytes[..<line.utf8.count])
      if announced { decoder.begin(lines: line) }
      try decoder.decode(line: line)
    }
    #expect(arena.count <= arena.capacity)
    #expect(Event(arena.base).size == arena.count)
    return seen(Event(arena.base), of: decoder.user)
  }

  static func decode(_ file: String, _ form: RecordForm, in folder: TemporaryFolder) throws -> [Seen] {
    let reader = try ChunkReader(paths: [try folder.write("records", file)], table: .events, form: form)
    let chunk = RecordChunk()
    let splitter = FieldSplitter()
    let arena = ByteArena(capacity: 64)
    let decoder = EventDecoder(vocabulary: vocabulary, arena: arena)
    var events: [Seen] = []
    while try reader.next(chunk) {
      splitter.begin(chunk)
      while try splitter.next() {
        let start = arena.count
        try decoder.decode(record: splitter)
        #expect(arena.count <= arena.capacity)
        events.append(seen(Event(arena.base + start), of: decoder.user))
      }
    }
    return events
  }

  static let payloads = [
    (#"{"reps":5,"weight_kg":100.50,"note":"a,b"}"#, #"{"session_id":"s","x":[1,{"y":null}]}"#),
    (#"{"reps":1e2,"weight_kg":1.50e1,"z":-0.0}"#, "{}"), ("null", "null"), ("[]", "\"\""), ("[1]", "7"),
    ("false", "true"),
    ("0", "0.0"), ("0e7", "1e400"), ("\"x\"", "[[]]"),
    (#"{"blocks":[{"b":1,"a":[2.5,{}]}],"blocks":[]}"#, #"{"timezone":"UTC"}"#),
    (#"{"weight_kg":1e131071}"#, #"{"session_id":1e131071}"#), (#"{"unknown":1e131071}"#, "{}"),
    (#"{"reps":123456789012345678901234567890}"#, #"{"session_id":"ü😀\u00e9"}"#),
  ]

  @Test("event-log.md: NDJSON, CSV and COPY text of an event give one event", arguments: payloads)
  func forms(_ data: String, _ metadata: String) throws {
    let folder = try TemporaryFolder()
    for type in ["set.logged", "sleep.logged"] {
      let line = try EventsDecoderTests.decode(eventLine(1, type: type, data: data, metadata: metadata))
      func quoted(_ text: String) -> String { "\"" + text.replacing("\"", with: "\"\"") + "\"" }
      let csv =
        "created_at,extra,metadata,data,event_type,timestamp,user_id,id\n2026-01-05 10:00:00+00,,"
        + "\(quoted(metadata)),\(quoted(data)),\(type),2026-01-05 11:00:00+01,\(FoldedHistory.user),\(FoldedHistory.id(1))\n"
      #expect(try EventsDecoderTests.decode(csv, .csv, in: folder) == [line])
      let copy =
        [
          FoldedHistory.id(1), FoldedHistory.user, "2026-01-05 10:00:00+00", type, data.replacing("\\", with: "\\\\"),
          metadata.replacing("\\", with: "\\\\"), "2026-01-05 10:00:00+00",
        ].joined(separator: "\t") + "\n"
      #expect(try EventsDecoderTests.decode(copy, .copyText, in: folder) == [line])
      if type == "sleep.logged" { #expect(line.type == 0 && line.data.isEmpty && line.metadata.isEmpty) }
    }
  }

  @Test("event-log.md: an SQL NULL payload counts as a JSON null; a NULL elsewhere is a fault")
  func nulls() throws {
    let folder = try TemporaryFolder()
    let header = "id,user_id,timestamp,event_type,data,metadata,created_at\n"
    let (id, user, time) = (FoldedHistory.id(1), FoldedHistory.user, "2026-01-05 10:00:00+00")
    let null = try EventsDecoderTests.decode(header + "\(id),\(user),\(time),set.logged,,,\(time)\n", .csv, in: folder)
    #expect(try null == [EventsDecoderTests.decode(eventLine(1, data: "null", metadata: "null"))])
    for record in [
      ",\(user),\(time),x,{},{},\(time)", "\(id),,\(time),x,{},{},", "\(id),\(user),,x,{},{},",
      "\(id),\(user),\(time),,{},{},",
    ] {
      let fault = #expect(throws: RecordFault.self) {
        try EventsDecoderTests.decode(header + record + "\n", .csv, in: folder)
      }
      #expect(fault?.reason == "null")
    }
    // created_at may be missing; the timestamp then replaces it.
    let without = try EventsDecoderTests.decode(header + "\(id),\(user),\(time),set.logged,{},{},\n", .csv, in: folder)
    #expect(without.first?.createdAt == without.first?.timestamp)
  }

  @Test(
    "event-log.md: the flags of data and metadata",
    arguments: [
      ("{}", 0), ("{\"a\":1}", 0), ("null", 1), ("false", 1), ("0", 1), ("0.0", 1), ("-0", 1), ("0e9", 1), ("\"\"", 1),
      ("[]", 1), ("true", 2), ("1", 2),
      ("1e-400", 1), ("\" \"", 2), ("[0]", 2), ("1e400", 2), ("0.1", 2),
    ] as [(String, UInt8)])
  func flags(_ payload: String, _ flags: UInt8) throws {
    #expect(try EventsDecoderTests.decode(eventLine(1, data: payload)).flags == flags)
    #expect(try EventsDecoderTests.decode(eventLine(1, metadata: payload)).flags == flags << 2)
  }

  @Test(
    "clock-and-failures.md: integers of more than 4,300 digits are noted for their column", arguments: [4300, 4301])
  func longIntegers(digits: Int) throws {
    let number = String(repeating: "9", count: digits)
    let expected: UInt8 = digits > 4300 ? 1 : 0
    for text in [number, "-" + number, "1e\(digits - 1)"] {
      #expect(try EventsDecoderTests.decode(eventLine(1, data: "{\"x\":[\(text)]}")).flags == expected << 4)
      #expect(try EventsDecoderTests.decode(eventLine(1, metadata: "{\"reps\":\(text)}")).flags == expected << 5)
      #expect(try EventsDecoderTests.decode(eventLine(1, data: "{\"x\":\(number).5}")).flags == 0)
    }
  }

  @Test("a fault leaves the arena as it was, and the next record is read")
  func afterFault() throws {
    let arena = ByteArena()
    let decoder = EventDecoder(vocabulary: EventsDecoderTests.vocabulary, arena: arena)
    func decode(_ line: String) throws {
      let padded = Array(line.utf8) + [UInt8](repeating: 0x20, count: TapeParser.padding)
      try padded.withUnsafeBytes { try decoder.decode(line: UnsafeRawBufferPointer(rebasing: $0[..<line.utf8.count])) }
    }
    try decode(eventLine(1, data: #"{"reps":5}"#))
    let before = Array(arena.bytes)
    for bad in [
      "{", eventLine(2, time: "x"), eventLine(2, data: #"{"reps":"\ud800"}"#),
      eventLine(2, metadata: #"{"a":1e999999}"#),
    ] {
      #expect(throws: RecordFault.self) { try decode(bad) }
      #expect(Array(arena.bytes) == before)
    }
    try decode(eventLine(2, data: #"{"reps":6}"#))
    #expect(arena.count == before.count * 2)
  }
}
