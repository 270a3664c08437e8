import EventLog
import EventModel
import Foundation
import JSONTape
import Rebuilding
import TestSupport
import Testing

/// What packs keep of unusual events.
@Suite("events in packs")
struct PackPayloadTests {
  private static let payloads = [
    "null", "false", "0", "\"\"", "[]", "{}", "true", "1", "-0", "1e400", "\"text\"", "[1,2]", "[[]]", "[{}]",
    #""{\"reps\":5}""#, #""[1]""#, #""null""#, #"{"reps":null}"#, #"{"":""}"#, #"{"reps":5,"reps":6}"#,
    #"{"a\u0001\n\t\"\\\/é\ud83d\ude00":"\u001f\u007f\u2028😀𝒳\uffff"}"#, #"{"weight_kg":"1e2","reps":"５"}"#,
    #"{"weight_kg":123456789012345678901234567890.50,"reps":1e-7,"x":1.0E+2}"#,
    #"{"a":{"b":{"c":[{"d":[null,true,false,{"e":{}}]}]}}}"#, #"{"exercise_id":"","exercise":["x"]}"#,
  ]

  private static var lines: [String] {
    var lines: [String] = []
    for type in ["set.logged", "session.logged", "sleep.logged", "preference.set"] {
      for payload in payloads {
        lines.append(eventLine(lines.count, type: type, data: payload, metadata: "{}"))
        lines.append(eventLine(lines.count, user: Made.user(lines.count), type: type, data: "{}", metadata: payload))
      }
    }
    return lines
  }

  @Test("data and metadata that are no objects, are falsy, hold escapes or JSON in texts", arguments: Kept.allCases)
  func payloads(kept: Kept) throws {
    let lab = try PackLab()
    let log = try lab.log(Self.lines)
    let packed = try lab.pack([log], all: kept.all).path
    let (fromLog, fromPack) = (try RunLog([log]), try RunLog([packed]))
    #expect(try fromPack.fileHash == fromLog.fileHash)
    #expect(try !fromLog.failures.isEmpty)
    #expect(try lab.bytes([packed], all: kept.all) == PackLab.bytes(packed))
    #expect(try lab.bytes([packed, log], all: kept.all) == PackLab.bytes(packed))
  }

  @Test("--all-fields keeps every value: the records of the pack are the events of the log, in another spelling")
  func everything() throws {
    let lab = try PackLab()
    let packed = try lab.pack([lab.log(Self.lines)], all: true)
    let records = try lab.records(packed.path)
    #expect(records.count == Self.lines.count)
    // The same pack again: no content was lost, or the records would be other events.
    let again = try lab.log(records)
    #expect(try lab.bytes([again], all: true) == PackLab.bytes(packed.path))
    #expect(try lab.bytes([packed.path, again], all: true) == PackLab.bytes(packed.path))
    let trees = Dictionary(
      uniqueKeysWithValues: try records.map { line in
        let tree = try JSONTree(parsing: Array(line.utf8))
        return (tree["id"]?.string ?? "", tree)
      })
    for line in Self.lines {
      let tree = try JSONTree(parsing: Array(line.utf8))
      let record = try #require(trees[tree["id"]?.string ?? ""])
      for column in ["user_id", "event_type", "data", "metadata"] {
        // Two numbers are equal if they are the same double: 1e400 is none.
        if line.contains("e400") { continue }
        #expect(jsonDifferences(record[column] ?? .null, tree[column] ?? .null).isEmpty, "\(column) of \(line)")
      }
    }
  }

  @Test("types with escapes, control characters and letters of every length", arguments: Kept.allCases)
  func types(kept: Kept) throws {
    let lab = try PackLab()
    let types = [
      #"a\n\t\u0001b"#, #"\"quoted\\"#, "é", "型", "😀", #"\ud83d\ude00\u2028"#, String(repeating: "long", count: 20_000),
      "set.logged ",
      "Set.Logged", #"set\u002elogged"#,
    ]
    let lines = types.enumerated().map { eventLine($0.offset, type: $0.element, data: #"{"reps":1}"#) }
    let log = try lab.log(lines)
    let packed = try lab.pack([log], all: kept.all)
    #expect(packed.report.events == types.count)
    #expect(try RunLog([packed.path]).fileHash == RunLog([log]).fileHash)
    // One of the types is only another spelling of one that is read.
    #expect(try RunLog([packed.path]).summary.folded == 1)
    #expect(try lab.bytes([packed.path, log], all: kept.all) == PackLab.bytes(packed.path))
    // A type that differs in one letter is other content, also where no reducer reads it.
    let other = try lab.log([lines[2].replacing("é", with: "è")])
    #expect(throws: (any Error).self) { try lab.pack([packed.path, other], all: kept.all) }
    if kept.all {
      let names = try lab.records(packed.path).map { try JSONTree(parsing: Array($0.utf8))["event_type"]?.string ?? "" }
      let expected = try lines.map { try JSONTree(parsing: Array($0.utf8))["event_type"]?.string ?? "" }
      #expect(Set(names) == Set(expected))
    }
  }

  @Test("instants of all years, with microseconds and any offset", arguments: Kept.allCases)
  func instants(kept: Kept) throws {
    let lab = try PackLab()
    let times = [
      "0001-01-01T00:00:00Z", "0001-01-01T00:00:00.000001Z", "0099-12-31T23:59:59Z", "1582-10-10T00:00:00Z",
      "1969-12-31T23:59:59.999999Z", "1970-01-01T00:00:00Z", "1970-01-01 00:00:00.000001+00",
      "2026-02-22T12:34:56.123456+05:30",
      "9999-12-31T23:59:59.999999Z", "0044-03-15 00:00:00+00 BC",
    ]
    let lines = times.enumerated().flatMap { place, time in
      // created_at in the other order, so that the differences are large in both directions.
      [
        eventLine(2 * place, time: time, createdAt: times[times.count - 1 - place]),
        eventLine(2 * place + 1, user: Made.user(place), type: "sleep.logged", time: time)
          .replacing(#/,"created_at":"[^"]*"/#, with: ""),
      ]
    }
    .filter { line in (try? RunLog([lab.log([line])])) != nil }
    #expect(lines.count > 14)
    let log = try lab.log(lines)
    let packed = try lab.pack([log], all: kept.all).path
    #expect(try RunLog([packed]).fileHash == RunLog([log]).fileHash)
    #expect(
      try RunLog([packed]) { $0.asOf = nil }.manifest("as_of") == RunLog([log]) { $0.asOf = nil }.manifest("as_of"))
    #expect(try lab.bytes([packed, log], all: kept.all) == PackLab.bytes(packed))
    if kept.all {
      let again = try lab.log(lab.records(packed))
      #expect(try lab.bytes([again], all: true) == PackLab.bytes(packed))
    }
  }

  @Test("other spellings of the same events give the same pack of all fields")
  func spellings() throws {
    let lab = try PackLab()
    let one = eventLine(1, data: #"{"reps":5,"sport":"box","weight_kg":100,"n":[1.5,0]}"#, metadata: #"{"é":1.50}"#)
    let other = #"""
      { "created_at" : "2026-01-05 12:00:00+02" , "extra":[1e400], "metadata":{"\u00e9":15e-1},"data":{"weight_kg":1e2,"n":[1.50,-0],"reps":4,"sport":"b\u006fx","reps":5}, "event_type":"set.logged","timestamp":"2026-01-05T10:00:00.000000Z","user_id":"\#(FoldedHistory.user.uppercased())","id":"\#(FoldedHistory.id(1).uppercased())"}
      """#
    for all in [false, true] {
      let expected = try lab.bytes([lab.log([one])], all: all)
      #expect(try lab.bytes([lab.log([other])], all: all) == expected)
      #expect(try lab.bytes([lab.log([one, other])], all: all) == expected)
      #expect(try lab.bytes([lab.log([other, one])], all: all) == expected)
    }
  }

  @Test("a pack without metadata or created_at is one of such a log", arguments: Kept.allCases)
  func missingColumns(kept: Kept) throws {
    let lab = try PackLab()
    let bare = (1...4).map {
      Made.event($0, of: $0 % 2).replacing(#/,"created_at":"[^"]*"/#, with: "").replacing(
        #/"metadata":\{[^}]*\},?/#, with: ""
      )
      .replacing(",}", with: "}")
    }
    let log = try lab.log(bare)
    #expect(throws: (any Error).self) { try lab.pack([log], all: kept.all) }
    let packed = try lab.pack([log], all: kept.all) { $0.input.reading.allowsNoMetadata = true }.path
    let run = try RunLog([log]) {
      $0.asOf = nil
      $0.input.reading.allowsNoMetadata = true
    }
    let fromPack = try RunLog([packed]) { $0.asOf = nil }
    #expect(try fromPack.rows == run.rows)
    #expect(try fromPack.manifest("as_of.source") == "newest timestamp")
    #expect(try fromPack.manifest("as_of") == run.manifest("as_of"))
    // A delta without metadata is refused like a log without.
    #expect(throws: (any Error).self) { try lab.pack([packed, lab.log([bare[0]])], all: kept.all) }
    let nulls = try lab.log(bare.map { $0.dropLast() + ",\"metadata\":null}" })
    #expect(try lab.bytes([nulls, packed], all: kept.all) == PackLab.bytes(packed))
  }
}
