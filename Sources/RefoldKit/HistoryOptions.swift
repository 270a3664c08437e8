import ArgumentParser
import Comparing

/// What earlier diffs say, and what monitoring reads. `diff`, `audit` and `report` share it.
struct HistoryOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Record the diff in this SQLite file and say what is new since the last one of the same scope.",
      valueName: "file"), completion: .file())
  var history: String?

  @Option(
    help: ArgumentHelp("Forget what is older than this, such as 90d. Default: nothing.", valueName: "duration"))
  var historyKeep: DurationArgument?

  @Option(
    help: ArgumentHelp(
      "Fail on any unacceptable difference, or, with --history, on new ones only.", valueName: "any|new"))
  var failOn = FailOnArgument.any

  @Option(
    help: ArgumentHelp(
      "Write the figures as OpenMetrics text, for the textfile collector of a node exporter (a .prom name).",
      valueName: "file"), completion: .file())
  var openmetrics: String?

  func validate() throws {
    if history == nil, historyKeep != nil { throw ValidationError("--history-keep is for --history") }
    if history == nil, failOn == .new { throw ValidationError("--fail-on new needs --history") }
  }

  func add(to plan: inout RegisterPlan) {
    plan.history = history
    plan.historyKeep = historyKeep?.microseconds
    plan.failsOnNew = failOn == .new
  }
}

/// Which unacceptable differences fail a diff.
enum FailOnArgument: String, ExpressibleByArgument, CaseIterable {
  case any, new
}
