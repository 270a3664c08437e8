import EventModel
import Foundation
import JSONTape
import ProcessSupport
import TestSupport
import Testing

/// An event that is stored at the same microsecond as a reading is part of what is read, in every command.
@Suite("what is visible at an instant")
struct VisibilityTests {
  @Test("an event stored at the same microsecond is visible, one stored a microsecond later is not")
  func definition() {
    let instant = Instant(microseconds: 1_770_717_600_000_000)
    #expect(instant.isVisible(at: instant))
    #expect(instant.isVisible(at: Instant(microseconds: instant.microseconds + 1)))
    #expect(!instant.isVisible(at: Instant(microseconds: instant.microseconds - 1)))
  }

  /// The last set is stored at 2026-02-10T10:00:00.
  private static let stored = "2026-02-10T10:00:00+00:00"
  private static let before = "2026-02-10T09:59:59.999999+00:00"

  @Test("diff: a row of the same microsecond could see the event; a row of a microsecond earlier is behind")
  func diff() throws {
    let lab = try ExampleLab()
    for (updatedAt, cause) in [(VisibilityTests.stored, "unseen"), (VisibilityTests.before, "behind")] {
      // The row lacks the late set.
      try lab.live("live.ndjson") { data in
        let data = data.replacing(#",{"kg_repetitions":900,"sets":1,"week":"2026-W04"}"#, with: "")
        return (data.replacing("2026-02-22T00:00:00+00:00", with: updatedAt), updatedAt)
      }
      let run = try lab.example("diff", "snapshot.sqlite", "live.ndjson", "--log", "log.ndjson")
      #expect(run.status == 1)
      #expect(
        run.output.onOneLine.contains("training_volume/weekly \(cause) user \(ExampleLab.user)"), "\(run.output)")
      if cause == "behind" {
        #expect(run.output.onOneLine.contains("behind by 1 event for 11 d 14 h, since \(FoldedHistory.id(6)) stored"))
      }
    }
  }

  @Test("explain --stored-by: folded at the same microsecond, stored later for a microsecond earlier")
  func explain() throws {
    let lab = try ExampleLab()
    for (instant, disposition) in [
      (VisibilityTests.stored, "folded"), (VisibilityTests.before, "stored later, at \(VisibilityTests.stored)"),
    ] {
      let run = try lab.example(
        "explain", "log.ndjson", "--user", ExampleLab.user, "--as-of", ExampleLab.asOf, "--stored-by", instant,
        "--only", "training_volume")
      #expect(run.status == 0)
      let line = try #require(trimmedLines(run.output).first { $0.contains("\(FoldedHistory.id(6))  log.ndjson") })
      #expect(line.hasSuffix("  \(disposition)"), "\(line)")
    }
  }

  @Test(
    "witness: the event is unseen by a row of the same microsecond; a row of a microsecond earlier is behind")
  func witness() throws {
    let lab = try ExampleLab()
    for (updatedAt, cause) in [(VisibilityTests.stored, "unseen"), (VisibilityTests.before, "behind")] {
      try lab.live("live.ndjson") { data in
        let data = data.replacing(#",{"kg_repetitions":900,"sets":1,"week":"2026-W04"}"#, with: "")
        return (data.replacing("2026-02-22T00:00:00+00:00", with: updatedAt), updatedAt)
      }
      let made = try lab.example(
        "witness", "log.ndjson", "--live", "live.ndjson", "--user", ExampleLab.user, "--only",
        ExampleLab.volume,
        "--as-of", ExampleLab.asOf, "-o", "\(cause)-case")
      #expect(made.status == 0, "\(made.errors)")
      let json = try JSONTree(parsing: Array(try #require(lab.folder.bytes("\(cause)-case/case.json"))))
      let difference = try #require(json["expected"]?["differences"]?.array?.first)
      #expect(difference["causes"]?.array?.compactMap(\.string) == [cause])
      #expect(try lab.example("check", "\(cause)-case").status == 0)
    }
  }
}
