import EventLog
import EventModel
import Folding
import Formatting
import JSONTape
import Programs
import Rebuilding
import Running

extension RegressionCase {
  /// Reads the `case.json` of a folder.
  ///
  /// Throws for unknown keys, values of the wrong type, files that are missing or outside the folder, and a case that
  /// could not fail.
  /// - Parameters:
  ///   - isRecording: whether files of expected results may be missing because they are about to be written.
  ///   - programs: runs the reducer programs that the case names; `nil`: naming one is an error.
  package init(
    _ catalogue: Catalogue, folder: String, isRecording: Bool = false, programs: ProgramLauncher? = nil
  ) throws(CaseError) {
    let files = try CaseFiles(folder)
    let json: JSONTree
    do throws(JSONFault) { json = try readHandwritten(files.description) } catch {
      throw CaseError(file: files.description, place: nil, reason: error.reason)
    }
    try files.refuseUnknown(
      json, nil,
      [
        "why", "as_of", "events", "users", "profile", "reducers", "reading", "only", "recorded", "expected", "live",
        "labels", "not_recorded",
        "verification",
      ])
    guard let logs = try files.list(json, "events"), !logs.isEmpty else {
      throw files.fault("events", "missing: the files of the log")
    }
    self.init(catalogue, folder: folder, asOf: try files.instant(json, "as_of"), logs: logs)
    why = try files.text(json, "why")
    users = try files.list(json, "users") ?? []
    profile = try files.file(json, "profile")
    reading = try ReadingOptions(json["reading"], files)
    self.catalogue = try files.reducers(json, catalogue, programs)
    only = try files.projections(json, self.catalogue)
    recorded = try files.types(json, "recorded", self.catalogue)
    live = try files.list(json, "live") ?? []
    notRecorded = try files.users(json, "not_recorded")
    verification = try files.file(json, "verification")
    try readExpected(json["expected"], files, isRecording)
    if let labels = try files.file(json, "labels", mayBeMissing: isRecording) {
      if differences != nil { throw files.fault("labels", "cannot be combined with expected.differences") }
      differences = .labels(labels)
    }
    if differences != nil, live.isEmpty {
      throw files.fault("live", "missing: labels and differences are about live rows")
    }
    try files.refuseShared(
      written: [
        ("expected.projections", projections), ("expected.failures", failures), differences?.file ?? ("", nil),
      ], read: logs + users + live + [profile, verification].compactMap { $0 })
    if isUnrecorded, verification != nil { throw files.fault("verification", "needs the live rows it is about") }
  }

  private mutating func readExpected(
    _ expected: JSONTree?, _ files: CaseFiles, _ isRecording: Bool
  ) throws(CaseError) {
    guard let expected else { return }
    try files.refuseUnknown(expected, "expected", ["projections", "failures", "differences"])
    projections = try files.file(expected, "projections", in: "expected", mayBeMissing: isRecording)
    failures = try files.file(expected, "failures", in: "expected", mayBeMissing: isRecording)
    if let objects = expected["differences"]?.array {
      var differences: [RecordedDifference] = []
      for (index, object) in objects.enumerated() {
        let place = "expected.differences[\(index)]"
        differences.append(try RecordedDifference(object, files.description, place))
      }
      self.differences = .inline(differences)
    } else if let file = try files.file(expected, "differences", in: "expected", mayBeMissing: isRecording) {
      differences = .file(file)
    }
  }
}
