import EventLog
import EventModel
import Fitness
import Folding
import JSONTape

/// One user's history in compact text, folded by the real decoder and the real reducers.
///
/// Each line is `[N×][#ID] TYPE TIME DATA [| METADATA]`:
/// - `N`: makes this many events that differ in nothing but, without `ID`, their id.
/// - `ID`: the number in the event id. Default: the running number of the event.
/// - `TIME`: `01-05T10:00` (in 2026, UTC) or a full timestamp.
/// - `DATA`, `METADATA`: JSON. `METADATA` defaults to `{}`.
package struct FoldedHistory {
  /// Rows' data by key: `strength_1rm`, …, `active`, `overview`.
  package private(set) var rows: [String: JSONTree] = [:]
  /// Failures by projection type.
  package private(set) var failures: [String: ReducerFailure] = [:]
  package private(set) var lastEvents: [String: EventID] = [:]

  package init(
    _ text: String, asOf: String = "2026-02-22T00:00:00Z", profile: Profile = Profile(),
    filter: ProjectionFilter = ProjectionFilter(), rememberedTerms: Int = 1024
  ) throws {
    let arena = ByteArena()
    let decoder = EventDecoder(
      vocabulary: Vocabulary.fitness.tables, arena: arena)
    var offsets: [Int] = []
    for line in try FoldedHistory.records(text) {
      let padded = Array(line.utf8) + [UInt8](repeating: 0x20, count: TapeParser.padding)
      offsets.append(arena.count)
      try padded.withUnsafeBytes { bytes in
        try decoder.decode(line: UnsafeRawBufferPointer(rebasing: bytes[..<line.utf8.count]))
      }
    }
    let events = offsets.map { Event(arena.base + $0) }.sorted(by: Event.precedesInHistory)
    var sink = Sink()
    let fold = UserFold(.fitness, profile: profile, filter: filter, rememberedTerms: rememberedTerms)
    try fold.fold(
      events, of: FoldedUser(decoder.user, isExported: false), asOf: try TimestampText.parse(asOf), into: &sink)
    if let unreadable = sink.unreadable { throw unreadable }
    withExtendedLifetime(arena) {
      rows = sink.rows
      failures = sink.failures
      lastEvents = sink.lastEvents
    }
  }

  /// The event id with this number.
  package static func id(_ number: Int) -> String {
    let digits = String(number, radix: 16)
    return "00000000-0000-4000-8000-" + String(repeating: "0", count: 12 - digits.count) + digits
  }

  package static let user = "0b1c2d3e-0000-4000-8000-00000000000a"

  /// The NDJSON lines of the text. `@7` inside DATA or METADATA is replaced by the id of event 7.
  package static func records(_ text: String) throws -> [String] {
    var lines: [String] = []
    var number = 0
    for line in text.split(separator: "\n") {
      var rest = line.drop { $0 == " " }
      if rest.isEmpty { continue }
      var count = 1
      if let sign = rest.firstIndex(of: "×"), let given = Int(rest[..<sign]) {
        count = given
        rest = rest[rest.index(after: sign)...].drop { $0 == " " }
      }
      var given: Int?
      if rest.first == "#" {
        given = Int(rest.dropFirst().prefix { $0 != " " })
        rest = rest.drop { $0 != " " }.drop { $0 == " " }
      }
      let parts = rest.split(separator: " ", maxSplits: 2).map(String.init)
      guard parts.count == 3 else { throw BadHistory(line: String(line)) }
      let payload = parts[2].split(separator: " | ", maxSplits: 1).map { withIDs(String($0)) }
      let time = parts[1].count == 11 ? "2026-\(parts[1]):00Z" : parts[1]
      for _ in 0..<count {
        number += 1
        lines.append(
          """
          {"id":"\(id(given ?? number))","user_id":"\(user)","timestamp":"\(time)","event_type":"\(parts[0])",\
          "data":\(payload[0]),"metadata":\(payload.count > 1 ? payload[1] : "{}"),"created_at":"\(time)"}
          """)
      }
    }
    return lines
  }

  private static func withIDs(_ json: String) -> String {
    json.replacing(#/@(\d+)/#) { match in id(Int(match.1) ?? 0) }
  }

  private struct BadHistory: Error { var line: String }

  private struct Sink: FoldSink {
    var rows: [String: JSONTree] = [:]
    var failures: [String: ReducerFailure] = [:]
    var lastEvents: [String: EventID] = [:]
    var unreadable: (any Error)?

    mutating func row(_ number: Int, data: UnsafeRawBufferPointer, lastEvent: EventID?) {
      let key = Catalogue.fitness.names[number].key
      do throws(JSONFault) {
        rows[key] = try JSONTree(parsing: Array(data))
      } catch {
        unreadable = error
      }
      lastEvents[key] = lastEvent
    }

    mutating func failed(type: String, _ failure: ReducerFailure) { failures[type] = failure }
  }
}
