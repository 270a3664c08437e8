import BankDomain
import EventModel
import Foundation
import JSONTape
import ProcessSupport
import RefoldKit
import Testing

/// Refold for a bank: every command on a domain that shares nothing with the fitness platform.
@Suite("refold-bank: another domain, with the public API alone")
struct BankTests {
  private static let ann = "00000000-0000-4000-8000-00000000000a"
  private static let bob = "00000000-0000-4000-8000-00000000000b"
  private static let asOf = "2026-02-01T00:00:00Z"

  private static func event(_ id: Int, _ user: String, _ type: String, _ time: String, _ cents: String) -> String {
    let uuid = "00000000-0000-4000-9000-" + String(format: "%012d", id)
    return """
      {"id":"\(uuid)","user_id":"\(user)","timestamp":"\(time)","event_type":"\(type)","data":{"cents":\(cents)},\
      "metadata":{},"created_at":"\(time)"}
      """
  }

  private static let log = [
    event(1, ann, "money.deposited", "2026-01-05T10:00:00Z", "10000"),
    event(2, ann, "money.withdrawn", "2026-01-06T10:00:00Z", "12500"),
    event(3, ann, "money.deposited", "2026-01-07T10:00:00Z", "5000"),
    event(4, bob, "money.deposited", "2026-01-05T10:00:00Z", "700"),
    event(5, bob, "letter.sent", "2026-01-06T10:00:00Z", "0"),
  ]

  private final class Lab {
    let folder: ScratchFolder

    init() throws {
      folder = try ScratchFolder()
      try folder.write("log.ndjson", Array(log.joined(separator: "\n").utf8))
      #expect(try bank("rebuild", "log.ndjson", "--as-of", asOf, "-o", "snapshot.sqlite").status == 0)
    }

    func bank(_ arguments: String...) throws -> FinishedProcess {
      try run(builtPrograms + "/refold-bank", arguments, directory: folder.path)
    }

    func live(_ rows: [(user: String, data: String)]) throws {
      let lines = rows.map { row in
        """
        {"user_id":"\(row.user)","projection_type":"account","key":"balance","data":\(row.data),"version":1,\
        "updated_at":"\(asOf)"}
        """
      }
      try folder.write("live.ndjson", Array(lines.joined(separator: "\n").utf8))
    }
  }

  private static func data(_ cents: Int, lowest: Int? = nil, rules: String = "v2") -> String {
    let low = lowest.map { ",\"lowest\":\($0)" } ?? ""
    return #"{"cents":\#(cents),"computed_at":"2026-02-01T00:00:00+00:00"\#(low),"rules":"account.\#(rules)"}"#
  }

  @Test("rebuild and show: rows of the last version, of the one that is chosen, and of the library in memory")
  func rebuilding() throws {
    let lab = try Lab()
    let shown = try lab.bank("show", "snapshot.sqlite", BankTests.ann, "account/balance")
    #expect(
      shown.output == """
        account/balance
        {
          "cents": 2500,
          "computed_at": "2026-02-01T00:00:00+00:00",
          "lowest": -2500,
          "rules": "account.v2"
        }

        """)
    #expect(
      try lab.bank(
        "rebuild", "log.ndjson", "--as-of", BankTests.asOf, "--reducers", "account=v1", "-o", "v1.sqlite"
      ).status == 0)
    let first = try lab.bank("show", "v1.sqlite", BankTests.bob, "account/balance")
    #expect(first.output.contains(#""cents": 700,"#) && !first.output.contains("lowest"))

    let rows = try Refold(Bank()).rows(of: BankTests.log.shuffled(), asOf: BankTests.asOf)
    #expect(rows.map(\.user.description) == [BankTests.ann, BankTests.bob])
    #expect(
      rows.map { String(decoding: $0.data, as: UTF8.self) } == [
        BankTests.data(2500, lowest: -2500), BankTests.data(700, lowest: 0),
      ])
    #expect(throws: FoldError.self) { try Refold(Bank()).rows(of: ["{}"], asOf: BankTests.asOf) }
  }

  @Test("a value that the reducer refuses is a failure with the domain's own code; report and digest know it")
  func refusing() throws {
    let lab = try Lab()
    let bad = BankTests.event(6, BankTests.bob, "money.withdrawn", "2026-01-07T10:00:00Z", #""much""#)
    try lab.folder.write("bad.ndjson", Array((BankTests.log + [bad]).joined(separator: "\n").utf8))
    let rebuilt = try lab.bank("rebuild", "bad.ndjson", "--as-of", BankTests.asOf, "-o", "bad.sqlite")
    #expect(rebuilt.status == 0 && (rebuilt.output + rebuilt.errors).contains("account not_cents"))
    #expect(try lab.bank("digest", "bad.sqlite").status == 0)
    #expect(try lab.bank("report", "bad.sqlite", "-o", "page.html").status == 0)
    let page = String(decoding: try #require(lab.folder.bytes("page.html")), as: UTF8.self).replacing("<wbr>", with: "")
    #expect(page.contains("not_cents") && !page.contains("capability"))
  }

  @Test("diff: the same, another version, a change with its magnitude; repair says that no backfill heals it")
  func comparing() throws {
    let lab = try Lab()
    try lab.live([
      (BankTests.ann, BankTests.data(2500, lowest: -2500)), (BankTests.bob, BankTests.data(700, lowest: 0)),
    ])
    #expect(try lab.bank("diff", "snapshot.sqlite", "live.ndjson").status == 0)

    try lab.live([(BankTests.ann, BankTests.data(2500, rules: "v1")), (BankTests.bob, BankTests.data(701, lowest: 0))])
    let different = try lab.bank("diff", "snapshot.sqlite", "live.ndjson", "--log", "log.ndjson", "--json")
    #expect(different.status == 1)
    #expect(different.output.contains(#""version""#) && different.output.contains(#""changed""#))
    let report = try lab.bank(
      "report", "snapshot.sqlite", "--live", "live.ndjson", "--log", "log.ndjson", "-o", "page.html")
    #expect(report.status == 1)
    let repair = try lab.bank(
      "repair", "snapshot.sqlite", "live.ndjson", "--log", "log.ndjson", "--source", "deploy")
    #expect((repair.output + repair.errors).contains("no backfill computes this projection"))
  }

  @Test("compare: the blast radius of the second version")
  func blastRadius() throws {
    let lab = try Lab()
    let compared = try lab.bank(
      "compare", "log.ndjson", "--as-of", BankTests.asOf, "--before", "account=v1", "--after", "account=v2")
    #expect(compared.status == 1)
    #expect(compared.output.contains("account/balance") && compared.output.contains("lowest"))
  }

  @Test("explain: each event that a balance is made of, and what none is made of")
  func explaining() throws {
    let lab = try Lab()
    let explained = try lab.bank("explain", "log.ndjson", "--user", BankTests.bob)
    #expect(explained.status == 0)
    #expect(explained.output.contains("money.deposited") && explained.output.contains("folded"))
    #expect(explained.output.contains("no reducer reads this type"))
  }

  @Test("witness: the fewest events of a difference, anonymous, as a case that check runs")
  func witnessing() throws {
    let lab = try Lab()
    try lab.live([
      (BankTests.ann, BankTests.data(9999, lowest: -2500)), (BankTests.bob, BankTests.data(700, lowest: 0)),
    ])
    let found = try lab.bank(
      "witness", "log.ndjson", "--live", "live.ndjson", "--as-of", BankTests.asOf, "-o", "cases")
    #expect(found.status == 0, "\(found.output)\(found.errors)")
    let checked = try lab.bank("check", "cases")
    #expect(checked.status == 0, "\(checked.output)\(checked.errors)")
    let folder = lab.folder.file("cases")
    let files = try FileManager.default.subpathsOfDirectory(atPath: folder).filter { $0.hasSuffix("events.ndjson") }
    let events = try String(contentsOfFile: folder + "/" + #require(files.first), encoding: .utf8)
    #expect(!events.contains(BankTests.ann))
  }

  @Test("check: a case made from the log, green, and red after the reducers changed")
  func checking() throws {
    let lab = try Lab()
    let made = try lab.bank(
      "check", "--init", "case", "--log", "log.ndjson", "--as-of", BankTests.asOf, "--reducers", "account=v1")
    #expect(made.status == 0, "\(made.output)\(made.errors)")
    #expect(try lab.bank("check", "case").status == 0)
    let path = lab.folder.file("case/case.json")
    let text = try String(contentsOfFile: path, encoding: .utf8).replacingOccurrences(
      of: "account.v1", with: "account.v2")
    try text.write(toFile: path, atomically: true, encoding: .utf8)
    #expect(try lab.bank("check", "case").status == 1)
    #expect(try lab.bank("check", "--prove", "log.ndjson", "--as-of", BankTests.asOf).status == 0)
  }

  @Test("verify and plan: a domain without backfills has no figures, and says so")
  func runbooks() throws {
    let lab = try Lab()
    let verified = try lab.bank("verify", "snapshot.sqlite")
    #expect(verified.status == 0)
    #expect((verified.output + verified.errors).contains("no runbook names account"))
    #expect(try lab.bank("plan", "capability", "snapshot.sqlite", "--source", "x").status == 2)
  }
}
