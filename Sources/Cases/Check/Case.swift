import EventLog
import EventModel
import Folding

/// A regression case: a folder whose `case.json` names a log, the instant to take for now, and the expected results.
///
/// Check.md describes the file format. All paths refer to files inside the folder.
package struct RegressionCase: Sendable {
  /// The projections, in the versions that the case names.
  package var catalogue: Catalogue
  /// The folder, as the caller named it.
  package var folder: String
  /// Why the case exists, as free text.
  package var why: String?
  package var asOf: Instant
  /// The log in one or more forms. Each entry is the whole log: a file, or a directory of shards.
  package var logs: [String]
  /// The users export in one or more forms; may be empty.
  package var users: [String] = []
  package var profile: String?
  /// How to read the files where the content is ambiguous.
  package var reading = ReadingOptions()
  /// The projections that the case covers; all when empty.
  package var only = ProjectionFilter()
  /// The projection types that were recorded; `nil`: the types that occur in the expected results.
  package var recorded: Set<String>?
  /// Path of the NDJSON file with the rows that a rebuild must produce.
  package var projections: String?
  /// Path of the NDJSON file with the failures that a rebuild must have.
  package var failures: String?
  /// The export of the live projections in one or more forms; may be empty.
  package var live: [String] = []
  /// How the live rows must differ; `nil`: they must not.
  package var differences: Differences?
  /// Users of whom the recording leaves out the rows of types that require each other.
  package var notRecorded: Set<UserID> = []
  /// Path of the JSON file with the results of the runbooks' SQL.
  package var verification: String?

  /// Where the expected differences of the live rows are stored.
  package enum Differences: Sendable, Equatable {
    /// An NDJSON file with the `causes` of each row; it may also list rows that are equal.
    case labels(String)
    /// An NDJSON file as `refold diff --ndjson` writes it.
    case file(String)
    /// The same objects in `case.json` itself.
    case inline([RecordedDifference])

    /// The file, and the key of `case.json` that names it; `nil` for differences inside `case.json`.
    var file: (place: String, path: String?)? {
      switch self {
      case .labels(let path): ("labels", path)
      case .file(let path): ("expected.differences", path)
      case .inline: nil
      }
    }
  }

  /// Whether the case has no expected results yet and needs `--record`.
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
