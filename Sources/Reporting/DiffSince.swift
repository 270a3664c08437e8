import EventModel
import Formatting
import JSONTape

/// How a diff compares with the last run of the same scope. Counts are of rows that their causes alone do not accept.
package struct DiffSince: Sendable {
  package struct Run: Sendable {
    package var at: Instant
    package var asOf: Instant
    package var different: Int
    package var unacceptable: Int

    package init(at: Instant, asOf: Instant, different: Int, unacceptable: Int) {
      self.at = at
      self.asOf = asOf
      self.different = different
      self.unacceptable = unacceptable
    }
  }

  /// `nil` for the first run of its scope: all its differences are new.
  package var previous: Run?
  package var new = 0
  package var gone = 0
  package var persisting = 0
  /// New rows that are not acceptable.
  package var newUnacceptable = 0
  /// Those of them that `--max-changed` can excuse.
  package var newChanged = 0
  /// Whether only new differences fail the diff.
  package var failsOnNew = false
  /// The last runs, oldest first; this run is the last of them.
  package var trend: [Run] = []

  /// The maximum number of runs in ``trend``.
  package static let runs = 14

  package init() {}

  private var counts: String { "\(grouped(new)) new, \(grouped(gone)) gone, \(grouped(persisting)) persisting" }

  /// `since the run of 2026-02-16 02:00 UTC, as of 2026-02-16 00:00 UTC: 1 new, 1 gone, 1 persisting`.
  package var line: String {
    guard let previous else { return "the first run in this history: \(grouped(new)) new" }
    return "since the run of \(minute(previous.at)), as of \(minute(previous.asOf)): \(counts)"
  }

  var json: JSONTree {
    .object([
      .init("run", previous.map { $0.json } ?? .null), .init("new", number(new)), .init("gone", number(gone)),
      .init("persisting", number(persisting)), .init("new_unacceptable", number(newUnacceptable)),
      .init("new_changed", number(newChanged)),
      .init("fails_on_new", .bool(failsOnNew)),
    ])
  }
}

extension DiffSince.Run {
  var json: JSONTree {
    .object([
      .init("at", instant(at)), .init("as_of", instant(asOf)), .init("different", number(different)),
      .init("unacceptable", number(unacceptable)),
    ])
  }
}

extension DiffReport {
  /// How many of the unacceptable rows are new, for a verdict that depends on it.
  var newRows: String {
    guard let since, since.failsOnNew else { return "" }
    return ", \(grouped(since.newUnacceptable)) of them new"
  }

  /// Unacceptable rows that do not fail the diff, because they are not new.
  var knownRows: Int {
    guard let since, since.failsOnNew else { return 0 }
    return unacceptable - excused - (since.newUnacceptable - (excused > 0 ? since.newChanged : 0))
  }
}
