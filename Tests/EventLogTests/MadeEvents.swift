import EventLog
import EventModel
import JSONTape
import TestSupport
import Testing

/// Random events with texts that are hard to write, and the forms to write them in.
struct MadeEvents {
  var random: SeededGenerator
  /// Texts of the columns, in the table's order; `nil` is NULL.
  private(set) var rows: [[String?]] = []

  init(seed: UInt64, count: Int) {
    random = SeededGenerator(seed: seed)
    for number in 0..<count { rows.append(row(number)) }
  }

  mutating func below(_ bound: Int) -> Int { Int.random(in: 0..<bound, using: &random) }
  mutating func pick<T>(_ choices: [T]) -> T { choices[below(choices.count)] }
  mutating func chance(_ one: Int) -> Bool { below(one) == 0 }

  private static let words = [
    "it's", "say \"hi\"", "a\\b", "');", "$$", "$q$", "--", "/*", "*/", "\\.", "\n\\.\n",
    "COPY public.events FROM stdin;",
    "\nINSERT INTO public.events VALUES (1);\n", "é", "😀", "\t", ",", ";", "|", "{", "}]", "[", "::jsonb", "\r\n", "E'",
    " ",
    "-- PostgreSQL database dump complete", "NULL", "\\N", "\u{FEFF}",
  ]

  private mutating func text() -> String { (0..<below(5)).map { _ in pick(MadeEvents.words) }.joined() }

  static func quoted(_ text: String) -> String { String(decoding: JSONTree.string(text).canonicalBytes, as: UTF8.self) }

  private mutating func document() -> String {
    if chance(12) { return pick(["null", "[]", "7", "{}"]) }
    let values = [
      "5", "100.50", "true", "null", "[1, {\"a\": \"b\"}]", MadeEvents.quoted(text()), MadeEvents.quoted(text()),
    ]
    let (first, second) = (pick(values), pick(values))
    return "{\"note\": \(MadeEvents.quoted("x" + text())), \"reps\": \(first), \"weight_kg\": \(second)}"
  }

  private mutating func row(_ number: Int) -> [String?] {
    let seconds = 10 + number % 50
    return [
      FoldedHistory.id(number + 1), pick(MadeEvents.users), "2026-01-05 17:30:\(seconds)+00",
      pick(["set.logged", "sleep.logged", "it's; odd"]), document(), chance(4) ? nil : document(),
      "2026-01-05 17:31:\(seconds).5+00",
    ]
  }

  private static let users = [FoldedHistory.user, "10000000-0000-4000-8000-000000000002"]

  // MARK: Writing

  /// A row as one line of JSON or, with an indent, as an object over several lines.
  static func json(_ row: [String?], indent: String? = nil) -> String {
    let members = zip(TableKind.events.columns, row).map { name, text in
      let isJSON = name == "data" || name == "metadata"
      return "\"\(name)\":\(indent == nil ? "" : " ")\(isJSON ? text ?? "null" : quoted(text ?? ""))"
    }
    guard let indent else { return "{" + members.joined(separator: ",") + "}" }
    return "{\n" + members.map { indent + $0 }.joined(separator: ",\n") + "\n}"
  }

  var ndjson: String { rows.map { MadeEvents.json($0) + "\n" }.joined() }

  static func copy(_ row: [String?]) -> String {
    row.map { text in
      guard let text else { return "\\N" }
      return text.replacing("\\", with: "\\\\").replacing("\t", with: "\\t").replacing("\n", with: "\\n")
        .replacing("\r", with: "\\r")
    }.joined(separator: "\t") + "\n"
  }

  /// A text as an SQL constant, in one of its notations, chosen at random.
  mutating func constant(_ text: String?) -> String {
    guard let text else { return pick(["NULL", "null", "NULL::jsonb"]) }
    let plain = "'" + text.replacing("'", with: "''") + "'"
    switch below(4) {
    case 0:
      let escaped = text.replacing("\\", with: "\\\\").replacing("'", with: pick(["\\'", "''"]))
        .replacing("\n", with: "\\n").replacing("é", with: pick(["é", "\\u00e9"])).replacing("\t", with: "\\x09")
      return pick(["E'", "e'"]) + escaped + "'"
    case 1:
      let tag = pick(["$$", "$q$", "$tag_1$"])
      return text.contains("$") ? plain : tag + text + tag
    default: return plain + (chance(4) ? pick(["::text", "::character varying(900)", "::\"text\""]) : "")
    }
  }

  /// One field of CSV.
  static func csv(_ text: String?, _ separator: String, quotesAll: Bool) -> String {
    guard let text else { return "" }
    let mustQuote =
      quotesAll || text.isEmpty || text.unicodeScalars.contains { "\"\n\r\(separator)".unicodeScalars.contains($0) }
    return mustQuote ? "\"" + text.replacing("\"", with: "\"\"") + "\"" : text
  }

  static func utf16(_ text: String, bigEndian: Bool, mark: Bool) -> [UInt8] {
    ((mark ? [0xFEFF] : []) + Array(text.utf16)).flatMap { unit in
      let (high, low) = (UInt8(unit >> 8), UInt8(unit & 0xFF))
      return bigEndian ? [high, low] : [low, high]
    }
  }

  // MARK: Reading

  /// The events of a file, read in blocks of this size. Throws the error that stops the reading.
  static func read(
    _ path: String, blockSize: Int, reading: ReadingOptions = ReadingOptions()
  ) throws -> [EventsDecoderTests.Seen] {
    let reader = try ChunkReader(paths: [path], table: .events, reading: reading, blockSize: blockSize)
    let chunk = RecordChunk()
    let splitter = FieldSplitter()
    let arena = ByteArena(capacity: 64)
    let decoder = EventDecoder(vocabulary: EventsDecoderTests.vocabulary, arena: arena)
    var events: [EventsDecoderTests.Seen] = []
    while try reader.next(chunk) {
      if chunk.form == .ndjson {
        var lines = NDJSONLines(chunk)
        decoder.begin(lines: chunk.bytes)
        while lines.next() {
          arena.reserve(EventDecoder.room(forRecordOf: lines.line.count))
          let start = arena.count
          try decoder.decode(line: lines.line)
          events.append(EventsDecoderTests.seen(Event(arena.base + start), of: decoder.user))
        }
      } else {
        splitter.begin(chunk)
        while try splitter.next() {
          let start = arena.count
          try decoder.decode(record: splitter)
          events.append(EventsDecoderTests.seen(Event(arena.base + start), of: decoder.user))
        }
      }
    }
    return events
  }
}
