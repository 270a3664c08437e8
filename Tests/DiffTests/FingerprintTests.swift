import EventModel
import Fitness
import Folding
import JSONTape
import TestSupport
import Testing

/// The fingerprints of differences of recorded live rows.
@Suite("diff: fingerprints")
struct FingerprintTests {
  private let live = Fixtures.path("diff/live/live-projections.ndjson.gz")

  private func differences(_ run: DiffRun, _ live: String, withLog: Bool = true) throws -> [Key: RowDifference] {
    let found = try run.differences(live, withLog: withLog) { $0.fingerprints = true }.rows
    return Dictionary(uniqueKeysWithValues: found.map { ($0.at, $0) })
  }

  /// A run with the events stored before an instant.
  private func run(before instant: String, in folder: TemporaryFolder) throws -> DiffRun {
    let lines = try Fixtures.lines(Fixtures.path("diff/live/events.ndjson.gz")).filter { line in
      let stored = try #require(JSONTree(parsing: line)["created_at"]?.string)
      return try TimestampText.parse(stored) < TimestampText.parse(instant)
    }
    let log = try folder.write("events.ndjson", lines: lines)
    return try DiffRun(log: [log], users: [Fixtures.path("diff/live/users.ndjson")], asOf: instant)
  }

  @Test("a difference keeps its fingerprint while its row stays and the log grows")
  func nights() throws {
    let last = try differences(DiffRun.live(), live)
    var causes: Set<Cause> = []
    for night in ["2025-08-19T00:00:00Z", "2025-08-21T00:00:00Z", "2025-08-25T00:00:00Z", "2025-12-01T00:00:00Z"] {
      let folder = try TemporaryFolder()
      let run = try run(before: night, in: folder)
      let instant = try TimestampText.parse(night)
      for (key, difference) in try differences(run, live) {
        guard let updated = difference.updatedAt ?? difference.generatedAt, updated < instant,
          let later = last[key],
          Set(later.causes).subtracting([.clock]) == Set(difference.causes).subtracting([.clock])
        else { continue }
        causes.formUnion(difference.causes)
        #expect(difference.marks.fingerprint == later.marks.fingerprint, "\(night) \(key) \(difference.causes)")
      }
    }
    #expect(causes.isSuperset(of: [.behind, .changed, .texts, .surplus]), "\(causes)")
  }

  @Test("fingerprints are of 32 hex digits, no two are the same, and are there only if asked for")
  func form() throws {
    let run = try DiffRun.live()
    let found = try differences(run, live)
    let fingerprints = found.values.compactMap(\.marks.fingerprint)
    #expect(fingerprints.count == found.count && Set(fingerprints).count == found.count)
    #expect(fingerprints.allSatisfy { $0.utf8.count == 32 && $0.allSatisfy(\.isHexDigit) })
    #expect(try run.differences(live).rows.allSatisfy { $0.marks.fingerprint == nil })
  }

  @Test("the spelling of a number, the order of members and the redaction do not change a fingerprint; the data does")
  func data() throws {
    let run = try DiffRun.live()
    var rows = try run.rows()
    let index = try #require(rows.firstIndex { $0["data"]?["estimate"]?["mean"]?.number != nil })
    func fingerprint(_ name: String, _ change: (inout JSONTree) -> Void, isRedacted: Bool = false) throws -> String? {
      var row = rows[index]
      row[path: ["data", "estimate", "mean"]] = .integer(7)
      change(&row)
      var lines = rows.map(\.canonicalBytes)
      lines[index] = Array(row.pretty(indent: "").replacing("\n", with: " ").utf8)
      let path = try run.folder.write(name, lines: lines)
      let found = try run.differences(path) {
        $0.fingerprints = true
        $0.isRedacted = isRedacted
      }.rows
      return try #require(found.first { $0.at == row.at }).marks.fingerprint
    }
    let first = try fingerprint("a", { _ in })
    #expect(first != nil)
    #expect(try fingerprint("b", { $0[path: ["data", "estimate", "mean"]] = .double(7) }) == first)
    #expect(try fingerprint("c", { _ in }, isRedacted: true) == first)
    let clock = try #require(Catalogue.fitness.versions(of: rows[index]["projection_type"]?.string ?? "").first?.clock)
    #expect(
      try fingerprint("g", { $0[path: ["data", clock.description]] = .string("2026-02-22T00:00:01Z") }) == first)
    #expect(try fingerprint("d", { $0[path: ["data", "estimate", "mean"]] = .integer(8) }) != first)
    #expect(try fingerprint("e", { $0[path: ["data", "extra"]] = .integer(1) }) != first)
    rows.append(rows[index])
    #expect(try fingerprint("f", { _ in }) != first)
  }
}
