import EventModel

/// Everything a report shows: all counts, names and texts, already under the names it may show.
package struct ReportFacts: Sendable {
  /// What the snapshot was compared with.
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
  /// For two snapshots: whether the reported one is the earlier one, as in `diff`; in `report` it is the later one.
  package var snapshotIsBefore = false
  /// Whether the sides have been put into reading order; see ``inReadingOrder``.
  var isTurned = false
  /// Base names of the inputs.
  package var snapshot: Foreign = ""
  package var against: [Foreign] = []
  package var logs: [Foreign] = []
  /// Whether ids and free text are shown unchanged.
  package var isIdentified = false
  /// The tag of the key with which pseudonyms are made; `nil`: without a key.
  package var pseudonymKey: String?
  package var manifest: [(key: Foreign, value: Foreign)] = []
  /// Counts by projection and cause. From a file of differences, only the causes and the snapshot's rows are known.
  package var diff: DiffReport?
  package var changes: [FieldChanges] = []
  package var behind: Behind?
  package var users: [User] = []
  package var quality: [Quality] = []
  package var coverage: Coverage?
  package var failures: [FailureGroup] = []
  package var log = LogFigures()
  /// What cannot be known from the inputs.
  package var unknown: [Foreign] = []
  /// What was left out to limit the size.
  package var cuts: [Foreign] = []

  package init() {}

  /// The names of the two sides.
  package var sides: (rebuilt: String, other: String) {
    if mode != .pair { return ("rebuilt", "live") }
    return isTurned ? ("before", "after") : ("after", "before")
  }

  /// What the exit status is derived from. A single snapshot is not compared with anything.
  package var judgement: Judgement { diff?.judgement ?? Judgement(of: "rows", compared: nil) }
  package var exitStatus: Int { Int(judgement.status) }
}
