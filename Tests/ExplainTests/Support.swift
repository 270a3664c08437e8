import Comparing
import EventModel
import Explaining
import Fitness
import Folding
import Foundation
import JSONTape
import Reporting
import Running
import TestSupport

/// Explains a history, which is given in the compact text of ``FoldedHistory``.
func explained(
  _ history: String, asOf: String = "2026-02-22T00:00:00Z", storedBy: String? = nil,
  wanted: (type: String, key: String?)? = nil
) throws -> Provenance {
  let folder = try TemporaryFolder()
  let lines = try FoldedHistory.records(history)
  var plan = ExplainPlan(.fitness, user: UserID(FoldedHistory.user)!)
  plan.search.logs = [try folder.write("events.ndjson", lines.map { $0 + "\n" }.joined())]
  plan.asOf = try TimestampText.parse(asOf)
  plan.storedBy = try storedBy.map { try TimestampText.parse($0) }
  plan.wanted = wanted
  return try explain(plan)
}

extension Provenance {
  /// The event's number (`-` if there is no event) and the disposition of each record, in fold order.
  var dispositions: [String] {
    records.map { record in
      let id = record.event.flatMap { Int($0.id.description.suffix(12), radix: 16) }
      return "\(id.map(String.init) ?? "-") \(record.disposition.name)"
    }
  }

  func facts(of number: Int) -> [FitnessFact] { allFacts(of: number).compactMap { $0 as? FitnessFact } }

  /// Those of the engine too.
  func allFacts(of number: Int) -> [any EventFact] {
    records.first { $0.event?.id.description == FoldedHistory.id(number) && !$0.facts.isEmpty }?.facts ?? []
  }

  func row(_ key: String) -> JSONTree? {
    guard case .row(let data, _) = projections.first(where: { $0.name.key == key })?.outcome else { return nil }
    return data
  }

  /// The explanation as JSON, without the positions of records.
  var placeless: JSONTree {
    var copy = self
    for index in copy.records.indices {
      copy.records[index].position = nil
      if case .repeated = copy.records[index].disposition { copy.records[index].disposition = .repeated(of: nil) }
    }
    return copy.json
  }
}

/// The recorded logs. Each is read once for all of its users.
enum Recorded {
  static let cases = ["realistic", "hostile", "storm", "formats"]
  static let asOf = Instant(microseconds: 1_771_718_400_000_000)

  static func path(_ name: String) -> String { Fixtures.path("cases/\(name)/events.ndjson.gz") }

  struct User: Sendable {
    var id: UserID
    var records: UserRecords
    /// How many lines of the log belong to the user.
    var lines: Int
    var explanation: Provenance
  }

  /// Users of each log, by ascending id.
  static let users: [String: [User]] = {
    var users: [String: [User]] = [:]
    for name in cases { users[name] = try? read(name) }
    return users
  }()

  private static func read(_ name: String) throws -> [User] {
    var counts: [UserID: Int] = [:]
    let column = Data("\"user_id\":\"".utf8)
    for line in try Fixtures.lines(path(name)) {
      let line = Data(line)
      guard let found = line.range(of: column),
        let id = UserID(String(decoding: line[found.upperBound..<found.upperBound + 36], as: UTF8.self))
      else { continue }
      counts[id, default: 0] += 1
    }
    var search = RecordSearch(Vocabulary.fitness)
    search.logs = [path(name)]
    search.resources.threads = 2
    let found = try findRecords(of: Set(counts.keys), search, progress: ProgressMeter())
    return try counts.keys.sorted().compactMap { id in
      try found.byUser[id].map {
        User(id: id, records: $0, lines: counts[id, default: 0], explanation: try explain(.fitness, $0, asOf: asOf))
      }
    }
  }
}

/// Rows and failures of a fold, in a form that can be compared.
struct FoldResult: FoldSink, Equatable {
  var rows: [String: [UInt8]] = [:]
  var failures: [String: String] = [:]

  mutating func row(_ number: Int, data: UnsafeRawBufferPointer, lastEvent: EventID?) {
    let name = Catalogue.fitness.names[number]
    rows["\(name)"] = Array(data)
    rows["\(name) last event"] = Array((lastEvent?.description ?? "none").utf8)
  }

  mutating func failed(type: String, _ failure: ReducerFailure) {
    failures[type] = "\(failure.code.rawValue) \(failure.detail) \(failure.event?.description ?? "none")"
  }

  static func of(_ events: [Event], observer: FoldObserver? = nil) throws -> FoldResult {
    var result = FoldResult()
    try UserFold(.fitness, profile: Profile(), observer: observer).fold(
      events, of: FoldedUser(UserID(high: 0, low: 0), isExported: false), asOf: Recorded.asOf, into: &result)
    return result
  }
}

extension UserRecords {
  /// The distinct events, in fold order.
  var events: [Event] {
    var last: EventID?
    return entries.compactMap { entry in
      guard case .event(let event, _) = entry.content, event.id != last else { return nil }
      last = event.id
      return event
    }
  }
}
