import EventLog
import EventModel
import Folding

/// A regression case: a folder whose `case.json` names a log, when it is taken to be, and what must come of it.
///
/// The form of the file is in Check.md. All paths are of files that lie in the folder.
package struct RegressionCase: Sendable {
  /// The projections, in the versions that the case names.
  package var catalogue: Catalogue
  /// The folder, as it was named.
  package var folder: String
  /// What the case is for, in words.
  package var why: String?
  package var asOf: Instant
  /// One log in one or several forms; each entry is the whole log: a file, or a directory of shards.
  package var logs: [String]
  /// The users export, in one or several forms; may be empty.
  package var users: [String] = []
  package var profile: String?
  /// How the files are read where their content does not tell.
  package var reading = ReadingOptions()
  /// The projections the case is about; all when empty.
  package var only = ProjectionFilter()
  /// The projection types that were recorded; `nil`: those of what is expected.
  package var recorded: Set<String>?
  /// The rows a rebuild must give, as NDJSON.
  package var projections: String?
  /// The failures a rebuild must have, as NDJSON.
  package var failures: String?
  /// One export of the live projections in one or several forms; may be empty.
  package var live: [String] = []
  /// How the live rows must differ; `nil`: not at all.
  package var differences: Differences?
  /// Users of whom the recording leaves out the rows of types that require each other.
  package var notRecorded: Set<UserID> = []
  /// What the runbooks' SQL returned, as JSON.
  package var verification: String?

  /// Where the expected differences of the live rows stand.
  package enum Differences: Sendable, Equatable {
    /// A file of lines with `causes`, also for rows that are equal.
    case labels(String)
    /// A file of lines as `refold diff --ndjson` writes them.
    case file(String)
    /// The same objects in `case.json` itself.
    case inline([RecordedDifference])

    /// The file and where `case.json` names it; `nil` when it is that itself.
    var file: (place: String, path: String?)? {
      switch self {
      case .labels(let path): ("labels", path)
      case .file(let path): ("expected.differences", path)
      case .inline: nil
      }
    }
  }

  /// Whether nothing is expected yet: what `--record` is for.
  package var isUnrecorded: Bool { projections == nil && failures == nil && live.isEmpty }

  package static let fileName = "case.json"

  init(_ catalogue: Catalogue, folder: String, asOf: Instant, logs: [String]) {
    self.catalogue = catalogue
    self.folder = folder
    self.asOf = asOf
    self.logs = logs
  }
}

/// Why a case cannot be run: the file, the place in it and the reason.
package struct CaseError: Error, Hashable, Sendable, CustomStringConvertible {
  package var file: String
  /// A key such as `events[1]`, or `line 3`.
  package var place: String?
  package var reason: String

  package init(file: String, place: String?, reason: String) {
    self.file = file
    self.place = place
    self.reason = reason
  }

  package var description: String { "\(file): \(place.map { "\($0): " } ?? "")\(reason)" }
}
