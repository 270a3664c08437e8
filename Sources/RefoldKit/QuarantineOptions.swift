import ArgumentParser
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

  /// - Parameter force: whether an existing file is replaced.
  func add(to plan: inout RebuildPlan, force: Bool) {
    plan.input.setsMalformedAside = quarantine != nil
    plan.quarantine = quarantine
    plan.quarantineForce = force
    plan.maxBad = maxBad?.limit
  }
}
