import ArgumentParser
import EventModel
import Platform
import Reporting
import Running

/// How `check` reports.
struct CheckReportOptions: ParsableArguments {
  @Option(help: ArgumentHelp("Number of changes to print per case.", valueName: "n"))
  var maxDiff = 10

  @Flag(help: "Print all changes.")
  var all = false

  @Flag(help: "Print the outcome as JSON.")
  var json = false

  @Option(
    help: ArgumentHelp("Write JUnit XML, one test case per case; - for standard output.", valueName: "file"),
    completion: .file())
  var junit: String?

  @Flag(help: "Print GitHub annotations and append to the step summary.")
  var github = false

  func validate() throws {
    if maxDiff < 0 { throw ValidationError("--max-diff takes a number, 0 or more") }
    if json, junit == "-" { throw ValidationError("--json and --junit - both go to standard output") }
  }

  func refuseFiles() throws {
    if junit != nil || github { throw ValidationError("--junit and --github are for running cases") }
  }

  /// Whether standard output is text for people.
  var printsLines: Bool { !json && junit != "-" }

  func write(_ report: CheckReport, _ cases: [CheckedCase], mode: mode_t?) throws {
    // Write the file first. Standard output takes only one form.
    if let junit { try writeReport(report.junit(cases), to: junit, mode: mode) }
    if json { try Terminal.output(report.json(cases).pretty + "\n") }
    if printsLines { try Terminal.output(report.text) }
    guard github else { return }
    // GitHub reads workflow commands from either stream.
    let annotations = report.githubAnnotations(cases)
    if printsLines { try Terminal.output(annotations) } else { Terminal.error(lines: annotations) }
    if let path = getenv("GITHUB_STEP_SUMMARY") {
      try appendStepSummary(report.markdown(cases), to: String(cString: path))
    }
  }
}

/// The input of `--init` and `--prove`.
struct CheckSourceOptions: ParsableArguments {
  @Option(help: ArgumentHelp("--init: the event log; repeatable.", valueName: "file"), completion: .file())
  var log: [String] = []

  @Option(help: ArgumentHelp("The users export; repeatable.", valueName: "file"), completion: .file())
  var users: [String] = []

  @Option(
    help: ArgumentHelp("--init: an export of the live projections; repeatable.", valueName: "file"), completion: .file()
  )
  var live: [String] = []

  @Option(help: ArgumentHelp("--init: take this user's records only; repeatable.", valueName: "id"))
  var user: [UserArgument] = []

  @Option(help: ArgumentHelp("--init: the case is about this projection only; repeatable.", valueName: "type[/key]"))
  var only: [ProjectionArgument] = []

  @Option(
    help: ArgumentHelp("Profile that overrides parts of the built-in one.", valueName: "file"), completion: .file())
  var profile: String?

  @Option(
    name: .customLong("as-of"),
    help: ArgumentHelp(
      "The instant to use as now, with an offset. Default: the newest created_at.", valueName: "instant"))
  var asOf: InstantArgument?

  @Option(help: ArgumentHelp("--init: what the case is for.", valueName: "text"))
  var why: String?

  @OptionGroup var reducing: ReducerOptions

  /// Refuses the options that only `--init` takes and, without a proof, all of these options.
  func refuse(isProof: Bool) throws {
    let given = [
      ("--log", !log.isEmpty), ("--live", !live.isEmpty), ("--user", !user.isEmpty), ("--only", !only.isEmpty),
      ("--why", why != nil),
    ]
    let shared = [
      ("--users", !users.isEmpty), ("--profile", profile != nil), ("--as-of", asOf != nil),
      ("--reducers", !reducing.reducers.isEmpty),
    ]
    for (name, isGiven) in given + (isProof ? [] : shared) where isGiven {
      throw ValidationError("\(name) goes with --init" + (shared.contains { $0.0 == name } ? " or --prove" : ""))
    }
  }
}
