import EventModel

/// What a report shows, gathered: every count, name and text of it, under the names it may show.
package struct ReportFacts: Sendable {
  /// What the snapshot was held against.
  package enum Mode: String, Sendable {
    /// Nothing.
    case snapshot
    /// An export of the live projections.
    case live
    /// Another snapshot.
    case pair
    /// Unknown: a file of differences was given.
    case file
  }

  package var mode = Mode.snapshot
  /// Whether the sides are in reading order; see ``inReadingOrder``.
  var isTurned = false
  /// Base names of what was given.
  package var snapshot: Foreign = ""
  package var against: [Foreign] = []
  package var logs: [Foreign] = []
  /// Whether ids and free text are shown as they stand.
  package var isIdentified = false
  package var manifest: [(key: Foreign, value: Foreign)] = []
  /// Counts by projection and cause. Of a file of differences, only the causes and the snapshot's rows are known.
  package var diff: DiffReport?
  package var changes: [FieldChanges] = []
  package var behind: Behind?
  package var users: [User] = []
  package var quality: [Quality] = []
  package var coverage: Coverage?
  package var failures: [FailureGroup] = []
  package var log = LogFigures()
  /// What cannot be known from what was given.
  package var unknown: [Foreign] = []
  /// What was left out for size.
  package var cuts: [Foreign] = []

  package init() {}

  /// The two sides' names in words.
  package var sides: (rebuilt: String, other: String) {
    if mode != .pair { return ("rebuilt", "live") }
    return isTurned ? ("before", "after") : ("after", "before")
  }

  /// What the exit status follows from. A snapshot alone is held against nothing.
  package var judgement: Judgement { diff?.judgement ?? Judgement(of: "rows", compared: nil) }
  package var exitStatus: Int { Int(judgement.status) }
}
