import EventModel
import JSONTape
import Pages
import Reporting
import Running
import Surveying
import TestSupport
import Testing

@Suite("report: privacy, same bytes, size")
struct PrivacyTests {
  @Test("no form of the report holds an id or a text of the data, unless asked for")
  func pseudonyms() throws {
    let hostile = try Hostile()
    let facts = try hostile.facts(isIdentified: false)
    let forms = [facts.page, facts.markdown, facts.json.pretty]
    for text in hostile.ids + Hostile.texts {
      #expect(forms.allSatisfy { !$0.contains(text) }, "\(text)")
    }
    // The ids would be found: with --identify they are there.
    let identified = try hostile.facts(isIdentified: true).json.pretty
    #expect(hostile.ids.contains { identified.contains($0) })
  }

  @Test("the same bytes for any threads, memory, order of live rows and folder")
  func sameBytes() throws {
    let run = try ReportRun.live()
    let expected = try run.facts(ReportRun.liveRows)
    var lines = try Fixtures.lines(ReportRun.liveRows)
    var random = SeededGenerator(seed: 8)
    lines.shuffle(using: &random)
    let other = try ReportRun.live()
    let shuffled = try other.folder.write("live-projections.ndjson.gz", lines: lines)
    let again = try other.facts(shuffled) {
      $0.resources.threads = 1
      $0.resources.memory = Resources.minimumMemory
    }
    #expect(again.html == expected.html)
    #expect(again.markdown == expected.markdown)
    #expect(again.json.pretty == expected.json.pretty)
  }

  @Test("a report with everything at its limits is below 2 MB, its Markdown below 1 MiB")
  func size() throws {
    let facts = try Flood.facts(users: 300)
    #expect(facts.users.count == ReportLimits.users)
    #expect(
      facts.users.allSatisfy {
        $0.rows.count == Flood.rowsOfUser && $0.rows.allSatisfy { $0.fields.count == ReportLimits.fields }
      })
    #expect(facts.html.count <= 2_000_000)
    #expect(facts.markdown.utf8.count < 1 << 20)
    // With explanations the last users do not fit; the page says so.
    var explained = facts
    for user in explained.users.indices {
      for row in explained.users[user].rows.indices {
        explained.users[user].rows[row].explanation = String(repeating: "<&\"", count: 4000)
      }
    }
    let page = explained.page
    #expect(page.utf8.count <= 2_000_000)
    let shown = page.ranges(of: "<details class=\"user\"").count
    #expect(
      shown > 0 && page.contains("\(ReportLimits.users - shown) users of those with the most differences, for size"))
    // With --all, as many users as fit.
    let all = try Flood.facts(users: 300, listsAll: true)
    #expect(all.users.count > ReportLimits.users && all.users[0].name == facts.users[0].name)
    let allPage = all.page
    let most = allPage.ranges(of: "<details class=\"user\"").count
    #expect(allPage.utf8.count <= 2_000_000 && most == facts.page.ranges(of: "<details class=\"user\"").count)
    #expect(allPage.contains("\(all.users.count - most) users of those with the most differences, for size"))
    let text = all.markdown
    let named = text.ranges(of: "<details>").count
    #expect(text.utf8.count < 1 << 20 && named > 0)
    #expect(text.contains("</details>\n\n… \(all.users.count - named) more users, left out for size"))
    // Twice as many users change only figures, and so add almost nothing.
    let twice = try Flood.facts(users: 600)
    #expect(abs(twice.html.count - facts.html.count) < 20_000)
    #expect(facts.cuts.contains("290 more users with differences that are not accepted"))
  }
}
