import EventModel
import Fitness
import Folding
import Foundation
import JSONTape
import Rebuilding
import Reporting
import Runbooks
import Running
import TestSupport
import Testing

@Suite("refold verify --completeness")
struct CompletenessTests {
  private static let users = (1...4).map { "00000000-0000-4000-8000-00000000000\($0)" }
  private static let header = "user_id,events,ids,as_of,users"
  private static let asOf = "2026-01-05T10:00:00.000000Z"

  @Test("the hash of an id is the first half of the MD5 of its text, as a signed number")
  func hashes() throws {
    for (id, hash) in [
      ("00000000-0000-0000-0000-000000000000", -6_950_804_328_280_008_906),
      ("b9f046f1-9b06-4942-b4d8-2a2cb8140b27", 155_418_249_268_743_958),
      ("FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF", -5_388_692_821_506_044_188),
    ] {
      #expect(idHash(try #require(EventID(id))) == Int64(hash))
    }
  }

  /// A row of counts for some events of `eventLine`.
  private func row(_ user: String, _ ids: [Int], asOf: String = CompletenessTests.asOf) throws -> String {
    let sum = try ids.reduce(Int128(0)) { $0 + Int128(idHash(try #require(EventID(FoldedHistory.id($1))))) }
    return "\(user),\(ids.count),\(sum),\(asOf)"
  }

  /// - Parameter counts: the rows without the last column, `users`.
  private func report(
    _ log: [String], _ counts: [String], header: String = CompletenessTests.header, limit: Int = 20,
    memory: Int? = nil
  ) throws -> CompletenessReport {
    let folder = try TemporaryFolder()
    var plan = CompletenessPlan(IngestPlan(Catalogue.fitness.vocabulary))
    plan.log.logs = [try folder.write("log.ndjson", log.joined(separator: "\n"))]
    plan.counts = [
      try folder.write(
        "counts.csv",
        ([header] + counts.map { $0.isEmpty || $0 == "\r" ? $0 : "\($0),\(counts.count { $0.count > 1 })" }).joined(
          separator: "\n") + "\n")
    ]
    plan.limit = limit
    plan.log.resources.temporaryDirectory = folder.path
    plan.log.resources.threads = 2
    if let memory { plan.log.resources.memory = memory }
    return try completeness(plan, ProgressMeter())
  }

  @Test("equal events are complete: in any order, repeated, of types that no reducer reads")
  func complete() throws {
    let (first, second) = (CompletenessTests.users[0], CompletenessTests.users[1])
    let log = [
      eventLine(3, user: second, type: "no.reducer.reads.it"), eventLine(1, user: first), eventLine(2, user: first),
      eventLine(1, user: first), eventLine(3, user: second, type: "no.reducer.reads.it"),
    ]
    let report = try report(log, [row(second, [3]), row(first, [2, 1])])
    #expect(report.judgement.verdict == .same)
    #expect(report.equalUsers == 2 && report.logEvents == 3 && report.liveEvents == 3)
    // The instant says nothing of what came last of all.
    #expect(report.notices.contains { $0.raw.contains("up to the log's newest created_at") })
  }

  @Test("each kind of difference is counted and listed, the worst users first")
  func differences() throws {
    let users = CompletenessTests.users
    let log = [
      eventLine(1, user: users[0]), eventLine(2, user: users[1]), eventLine(3, user: users[1]),
      eventLine(4, user: users[2]), eventLine(8, user: FoldedHistory.user),
    ]
    let counts = [
      try row(users[0], [1, 11, 12]), try row(users[1], [2]), try row(users[2], [5]), try row(users[3], [6, 7]),
    ]
    let report = try report(log, counts)
    #expect(report.judgement.verdict == .different)
    #expect(report.lacking == .init(users: 2, events: 4))
    #expect(report.exceeding == .init(users: 2, events: 2))
    #expect(report.withOtherIDs == 1 && report.onlyOnLive == 1 && report.onlyInLog == 1 && report.equalUsers == 0)
    let worst = report.worst.map { "\($0.user) \($0.difference.rawValue) \($0.log) \($0.live)" }
    #expect(
      worst == [
        "\(users[0]) lacks 1 3", "\(users[3]) lacks 0 2", "\(users[1]) too_many 2 1",
        "\(FoldedHistory.user) too_many 1 0", "\(users[2]) other_ids 1 1",
      ])
    #expect(
      report.complaints.map(\.raw) == [
        "the log lacks 4 events of 2 users", "the log has 2 events too many, of 2 users",
        "the log has as many events as live, but other ids, of 1 user",
      ])
    let few = try self.report(log, counts, limit: 1)
    #expect(few.worst.count == 1 && few.text.contains("4 other users not listed"))
    #expect(few.judgement.status == 1)
    #expect(try self.report(log, counts, limit: 0).judgement.status == 1)
  }

  @Test("the log is counted up to live's instant")
  func instants() throws {
    let user = CompletenessTests.users[0]
    let log = [
      eventLine(1, user: user, createdAt: "2026-01-05T10:00:00Z"),
      eventLine(2, user: user, createdAt: "2026-01-05T10:00:00.000001Z"),
    ]
    let earlier = try report(log, [row(user, [1])])
    #expect(earlier.judgement.verdict == .same && earlier.laterEvents == 1)
    #expect(earlier.notices.map(\.raw).contains { $0.contains("1 later event of the log not compared") })
    let later = try report(log, [row(user, [1, 2, 3], asOf: "2026-01-06 00:00:00+00")])
    #expect(later.lacking == .init(users: 1, events: 1))
    #expect(later.notices.map(\.raw).contains { $0.contains("after the log's newest created_at") })
    let all = try report(log, [row(user, [1, 2], asOf: "")])
    #expect(all.judgement.verdict == .same && all.asOf == nil)
    #expect(all.notices.map(\.raw).contains { $0.contains("no as_of") })
  }

  @Test("a log without created_at is counted whole")
  func withoutInstants() throws {
    let user = CompletenessTests.users[0]
    let log = [1, 2].map { id in
      eventLine(id, user: user, time: "2026-03-01T00:00:00Z")
        .replacing(#","created_at":"2026-03-01T00:00:00Z""#, with: "")
    }
    let report = try report(log, [row(user, [1, 2])])
    #expect(report.judgement.verdict == .same && report.asOf == nil)
    #expect(report.notices.map(\.raw).contains { $0.contains("live's as_of cannot be used") })
  }

  @Test("little memory and many users: the same tallies from spilled runs")
  func spilled() throws {
    var (log, counts): ([String], [String]) = ([], [])
    for number in 0..<3000 {
      let user = "00000000-0000-4000-8000-\(String(format: "%012x", number &* 7919 % 3000))"
      let ids = (0..<(number % 4 + 1)).map { number * 4 + $0 + 1 }
      for id in ids {
        log.append(eventLine(id, user: user, data: #"{"note":"\#(String(repeating: "x", count: 300))"}"#))
      }
      counts.append(try row(user, ids))
    }
    log.sort { $0.reversed().lexicographicallyPrecedes($1.reversed()) }
    let report = try report(log + log, counts, memory: 1 << 20)
    #expect(report.judgement.verdict == .same)
    #expect(report.equalUsers == 3000)
    // One event of one user among them.
    let other = try self.report(Array(log.dropLast()), counts, memory: 1 << 20)
    #expect(other.lacking == .init(users: 1, events: 1))
  }

  @Test("columns by name, in any order, quoted or not, beside others; CRLF, a byte order mark, blank lines")
  func forms() throws {
    let user = CompletenessTests.users[0]
    let hash = idHash(try #require(EventID(FoldedHistory.id(1))))
    let report = try report(
      [eventLine(1, user: user)],
      ["\"\(CompletenessTests.asOf)\",\"a \"\"b\"\", c\",\"\(hash)\",\"1\",\(user.uppercased())", "", "\r"],
      header: "\u{FEFF}as_of,region,\"ids\",events,user_id,users\r")
    #expect(report.judgement.verdict == .same)
  }

  @Test("malformed counts are refused, with line, column and reason")
  func malformed() throws {
    let (user, other) = (CompletenessTests.users[0], CompletenessTests.users[1])
    let good = "\(user),1,5,\(CompletenessTests.asOf),1"
    let cases: [(lines: [String], says: String)] = [
      ([], "empty; expected a line with the names user_id,events,ids,users,as_of"),
      (["user_id,events,ids,users", good], ":1 (byte 0): as_of: no such column"),
      ([good], ":1 (byte 0): user_id: no such column"),
      (["{\"user_id\":1}"], ":1 (byte 0): a quote inside an unquoted field; expected a line with the names"),
      (["user_id,events,ids,as_of,users,ids"], ":1 (byte 0): ids: the column is named twice"),
      ([CompletenessTests.header, "x,1,5,,1"], ":2 (byte 31): user_id: not a UUID"),
      ([CompletenessTests.header, ",1,5,,1"], ":2 (byte 31): user_id: not a UUID"),
      ([CompletenessTests.header, "\(user),1.0,5,,1"], ": events: not a whole number"),
      ([CompletenessTests.header, "\(user),-1,5,,1"], ": events: not a whole number"),
      ([CompletenessTests.header, "\(user),,5,,1"], ": events: not a whole number"),
      ([CompletenessTests.header, "\(user),9223372036854775807,5,,1"], ": events: not a whole number"),
      ([CompletenessTests.header, "\(user),1,1e5,,1"], ": ids: not a whole number"),
      ([CompletenessTests.header, "\(user),1,9223372036854775809,,1"], ": ids: not the sum"),
      ([CompletenessTests.header, "\(user),1,5,2026-01-05,1"], ": as_of: "),
      ([CompletenessTests.header, "\(user),1,5"], ":2 (byte 31): wrong number of columns: 3 where the header names 5"),
      ([CompletenessTests.header, "\(user),1,\"5,"], ":2 (byte 31): the quote is not closed"),
      ([CompletenessTests.header, "\(user),1,5\","], ":2 (byte 31): a quote inside"),
      ([CompletenessTests.header, "\(user),1,\"5\"6,"], ":2 (byte 31): text after"),
      ([CompletenessTests.header, String(repeating: "x", count: 70_000)], ":2 (byte 31): longer than"),
      ([CompletenessTests.header, good, "\(other),1,5,,1"], ": as_of: another instant"),
      ([CompletenessTests.header, "\(user),1,5,,x"], ": users: not a whole number of users"),
      ([CompletenessTests.header, "\(user),1,5,,2", "\(other),1,5,,1"], ":3 (byte 75): users: another number"),
      ([CompletenessTests.header, "\(user),1,5,,3", "\(other),1,5,,3"], ": 2 rows where each says that there are 3"),
      ([CompletenessTests.header, good, good], ":3 (byte 102): user_id: a second row of one user"),
      (
        [CompletenessTests.header] + [user, other, user].map { "\($0),1,5,\(CompletenessTests.asOf),3" },
        "line 4: user_id: a second row of one user"
      ),
    ]
    let folder = try TemporaryFolder()
    for (lines, says) in cases {
      let path = try folder.write("counts.csv", lines.joined(separator: "\n"))
      let fault = #expect(throws: MalformedInput.self, "\(lines)") { try LiveCounts([path]) }
      let text = try #require(fault).description
      #expect(text.hasPrefix(path) && text.contains(says), "\(lines): \(text)")
      #expect(!text.contains(user))
    }
  }

  @Test("neither side has an event: no answer")
  func nothing() throws {
    let folder = try TemporaryFolder()
    var plan = CompletenessPlan(IngestPlan(Catalogue.fitness.vocabulary))
    plan.log.logs = [try folder.write("log.csv", "id,user_id,event_type,timestamp,data,metadata,created_at\n")]
    plan.log.reading.allowsEmpty = true
    plan.counts = [try folder.write("counts.csv", CompletenessTests.header + "\n")]
    #expect(try completeness(plan, ProgressMeter()).judgement.status == 2)
  }

  @Test("JSON holds every figure")
  func json() throws {
    let user = CompletenessTests.users[0]
    let report = try report([eventLine(1, user: user)], [row(user, [1, 2])])
    let json = try JSONTree(parsing: Array(report.json.pretty.utf8))
    #expect(
      json.members?.map(\.key) == [
        "as_of", "newest", "events", "users", "worst", "complete", "verdict", "notices", "unjudged", "complaints",
      ])
    #expect(json["events"]?.canonicalText == #"{"lacking":1,"later":0,"live":2,"log":1,"too_many":0}"#)
    #expect(
      json["users"]?.canonicalText
        == #"{"compared":1,"equal":0,"lacking":1,"only_in_log":0,"only_on_live":0,"other_ids":0,"too_many":0}"#)
    #expect(
      json["worst"]?.canonicalText == #"[{"difference":"lacks","live":2,"log":1,"user_id":"\#(user)"}]"#)
    #expect(json["complete"] == .bool(false) && json["verdict"] == .string("different"))
    #expect(json["as_of"] == .string("2026-01-05T10:00:00+00:00"))
  }
}
