import EventModel
import Fitness
import JSONTape
import Reporting
import Running
import TestSupport
import Testing

@testable import Comparing

/// Live rows whose `updated_at` does not say when they were computed, and logs that do not say when events were stored.
@Suite("diff: what shows that a row is behind")
struct EvidenceTests {
  /// The recorded live rows, changed.
  private func rows(_ change: (inout JSONTree) -> Void) throws -> [JSONTree] {
    try Fixtures.lines(Fixtures.path("diff/live/live-projections.ndjson.gz")).map { line in
      var row = try JSONTree(parsing: line)
      change(&row)
      return row
    }
  }

  /// The causes of each row beside those of its label, and what shows that rows are behind.
  private func judge(_ found: [RowDifference]) throws -> (pairs: [(got: [String], label: [String])], [Evidence: Int]) {
    var evidence: [Evidence: Int] = [:]
    for row in found {
      for case .behind(_, _, _, _, let shown) in row.details { evidence[shown, default: 0] += 1 }
    }
    var causes: [Key: [String]] = [:]
    for row in found { causes[row.at] = row.causes.map(\.rawValue).sorted() }
    var pairs: [(got: [String], label: [String])] = []
    for (key, label) in try LabelTests.labels() {
      pairs.append((causes.removeValue(forKey: key) ?? [], label.sorted()))
    }
    #expect(causes.isEmpty)
    return (pairs, evidence)
  }

  @Test("an updated_at that is missing, or that a migration wrote: 98 % of the labels are found, none is wrong")
  func untrustedUpdates() throws {
    let run = try DiffRun.live()
    let one = try run.write("one.ndjson", rows { $0[path: ["updated_at"]] = .string("2026-03-01T00:00:00+00:00") })
    let none = try run.write("none.ndjson", rows { $0[path: ["updated_at"]] = nil })
    for (path, isShared) in [(one, true), (none, false)] {
      let (found, outcome) = try run.differences(path)
      let (pairs, evidence) = try judge(found)
      let right = pairs.count { $0.got == $0.label }
      #expect(Double(right) >= 0.98 * Double(pairs.count), "\(right) of \(pairs.count)")
      for pair in pairs where pair.got != pair.label {
        #expect(pair.got == ["unexplained"], "\(pair.label) is called \(pair.got)")
      }
      #expect(evidence[.updatedAt] == nil && evidence[.generatedAt, default: 0] > 0 && evidence[.cut, default: 0] > 0)
      #expect((outcome.sharedUpdate != nil) == isShared)
    }
  }

  @Test("a log without created_at: no label is wrong, what timestamps do not explain is unexplained, and it is said")
  func noCreatedAt() throws {
    let whole = try DiffRun.live()
    let log = try whole.folder.write(
      "log.ndjson",
      lines: try Fixtures.lines(whole.log[0]).map { line in
        var event = try JSONTree(parsing: line)
        event[path: ["created_at"]] = nil
        return event.canonicalBytes
      })
    let users = [Fixtures.path("diff/live/users.ndjson")]
    let run = try DiffRun(log: [log], users: users, asOf: "2026-02-22T00:00:00Z")
    let (found, outcome) = try run.differences(try run.write("live.ndjson", rows { _ in }))
    let (pairs, _) = try judge(found)
    for pair in pairs where pair.got != pair.label {
      #expect(pair.got == ["unexplained"], "\(pair.label) is called \(pair.got)")
      #expect(pair.label == ["behind"] || pair.label == ["changed"])
    }
    let behind = pairs.filter { $0.label == ["behind"] }
    #expect(behind.count { $0.got == ["behind"] } * 2 > behind.count)
    #expect(outcome.storedInstants == .none)
  }

  @Test("an updated_at of very many rows is trusted where the row's own instant agrees, and said only where it is not")
  func agreeing() throws {
    let run = try DiffRun.live()
    var rows = try run.rows()
    for index in rows.indices where rows[index]["key"]?.string == "strength_1rm" {
      rows[index][path: ["data", "data_sufficiency", "observed_observations"]] = .integer(-1)
    }
    let (agreeing, outcome) = try run.differences(try run.write("agreeing.ndjson", rows))
    #expect(!agreeing.isEmpty && agreeing.allSatisfy { $0.causes == [.changed] })
    #expect(outcome.sharedUpdate == nil)
    for index in rows.indices { rows[index][path: ["updated_at"]] = .string("2026-02-22T00:01:01+00:00") }
    let other = try run.differences(try run.write("later.ndjson", rows)).outcome
    #expect(other.sharedUpdate?.rows == rows.count && other.sharedUpdate?.of == rows.count)
  }

  @Test("the report says what is not trusted, and that the log has no created_at")
  func report() throws {
    var report = DiffReport()
    report.hasLog = true
    report.storedInstants = .none
    report.sharedUpdate = SharedUpdate(
      instant: Instant(microseconds: 1_772_323_200_000_000), rows: 803, of: 803, users: 160)
    #expect(report.text.contains("updated_at is 2026-03-01T00:00:00+00:00 in 803 of 803 live rows"))
    #expect(report.text.contains("the log has no created_at"))
    #expect(report.json["log"]?["created_at"]?.string == "none")
    #expect(report.json["shared_update"]?["users"] == .integer(160))
  }

  @Test("an instant is shared from 20 users and over half of the rows on")
  func shared() throws {
    func shared(users: Int, rows: Int, others: Int) -> SharedUpdate? {
      var counts = UpdateCounts()
      func row(_ microseconds: Int64) -> SideRow {
        SideRow(key: .listed(0), bookkeeping: Bookkeeping(updatedAt: Instant(microseconds: microseconds)))
      }
      for _ in 0..<users {
        var slice = UpdateCounts()
        slice.note((0..<rows).map { _ in row(7) })
        counts.add(slice)
      }
      var slice = UpdateCounts()
      slice.note((0..<others).map { row(Int64(100 + $0)) })
      counts.add(slice)
      return counts.shared
    }
    #expect(shared(users: 20, rows: 2, others: 39)?.users == 20)
    #expect(shared(users: 20, rows: 2, others: 39)?.of == 79)
    #expect(shared(users: 20, rows: 2, others: 40) == nil)
    #expect(shared(users: 19, rows: 2, others: 0) == nil)
    // More instants than are kept: the frequent one stays.
    #expect(shared(users: 30_000, rows: 1, others: 29_000)?.rows == 30_000)
  }

  @Test("how a row without a trusted updated_at is told to be behind")
  func words() {
    let event = EventID(high: 1, low: 2)
    func text(_ evidence: Evidence) -> String {
      CauseDetail.behind(
        events: 1, firstEvent: event, since: Instant(microseconds: 0), microseconds: 60_000_000, evidence: evidence
      ).text(.plain)
    }
    #expect(!text(.updatedAt).contains("shown by"))
    #expect(text(.generatedAt).contains("shown by generated_at"))
    #expect(text(.cut).contains("shown by the events stored before it"))
  }
}
