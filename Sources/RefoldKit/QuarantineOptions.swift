import ArgumentParser
import EventModel
import Platform
import Rebuilding
import Running

/// What to do with malformed records, on the commands that read a whole log.
struct QuarantineOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Leave malformed records out and write them to this file, unchanged, with place and reason.", valueName: "file"),
    completion: .file())
  var quarantine: String?

  @Option(help: ArgumentHelp("With --quarantine: fail if more records than this are malformed.", valueName: "n|p%"))
  var maxBad: BadLimitArgument?

  func validate() throws {
    if maxBad != nil, quarantine == nil { throw ValidationError("--max-bad goes with --quarantine") }
  }

  /// The file for malformed records; `nil` if none is asked for.
  ///
  /// - Parameter force: whether an existing file is replaced.
  func plan(force: Bool) -> QuarantinePlan? {
    quarantine.map { QuarantinePlan(path: $0, maxBad: maxBad?.limit, force: force) }
  }

  /// Writes the malformed records of a log that the command then reads in its own way; `nil` without a file for them.
  func setAside(
    _ log: IngestPlan, force: Bool, mode: mode_t?, _ progress: ProgressMeter
  ) throws -> MalformedRecords? {
    guard let plan = plan(force: force) else { return nil }
    for path in log.logs + log.users {
      var status = stat()
      let isStream = stat(path, &status) == 0 && ![S_IFREG, S_IFDIR].contains(status.st_mode & S_IFMT)
      if path == "-" || isStream {
        throw RefoldError.usage("\(Foreign(path).text): --quarantine reads the log once more: name a file instead")
      }
    }
    return try MalformedRecords(of: log, into: plan, mode: mode, progress)
  }

  /// - Parameter force: whether an existing file is replaced.
  func add(to plan: inout RebuildPlan, force: Bool) {
    plan.input.setsMalformedAside = quarantine != nil
    plan.quarantine = quarantine
    plan.quarantineForce = force
    plan.maxBad = maxBad?.limit
  }
}
