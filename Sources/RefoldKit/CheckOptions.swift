import ArgumentParser
import Cases
import Comparing
import EventModel
import Folding
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

  @OptionGroup var form: MarkdownOptions

  @Flag(help: "Print only the verdict.")
  var quiet = false

  @Option(
    help: ArgumentHelp("Write JUnit XML, one test case per case; - for standard output.", valueName: "file"),
    completion: .file())
  var junit: String?

  @Flag(help: "Print GitHub annotations and append to the step summary.")
  var github = false

  func validate() throws {
    if maxDiff < 0 { throw ValidationError("--max-diff takes a number, 0 or more") }
    if json && form.markdown { throw ValidationError("--json and --markdown: choose one") }
    if form.markdown, junit == "-" { throw ValidationError("--markdown and --junit - both go to standard output") }
    if json, junit == "-" { throw ValidationError("--json and --junit - both go to standard output") }
  }

  func refuseFiles() throws {
    if junit != nil || github || form.markdown {
      throw ValidationError("--junit, --github and --markdown are for running cases")
    }
  }

  /// Whether standard output is text for people.
  var printsLines: Bool { !json && !form.markdown && junit != "-" }

  func write(_ report: CheckReport, _ cases: [CheckedCase], mode: mode_t?) throws {
    // Write the file first. Standard output takes only one form.
    if let junit { try writeReport(report.junit(cases), to: junit, mode: mode) }
    if json { try Terminal.output(report.json(cases).pretty + "\n") }
    if form.markdown { try form.print(report.markdown(cases)) }
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

/// Which differences do not fail a case.
struct CheckJudgingOptions: ParsableArguments {
  @OptionGroup var fields: RuleOptions
  @OptionGroup var accepting: AcceptFileOptions

  @Flag(help: "Print changes that are accepted too, after the others.")
  var showAccepted = false

  /// Refuses all of these options: what writes or proves results accepts nothing.
  func refuse() throws {
    let given = [
      ("--rules", !fields.rules.isEmpty), ("--ignore", !fields.ignore.isEmpty),
      ("--tolerance", !fields.tolerance.isEmpty), ("--accept", !accepting.accept.isEmpty),
      ("--show-accepted", showAccepted),
    ]
    for (name, isGiven) in given where isGiven {
      throw ValidationError("\(name) is for comparing: leave it out with --record, --init and --prove")
    }
  }

  /// Reads the files, before any work.
  func judging(_ catalogue: Catalogue, _ pseudonyms: PseudonymScheme) throws -> CaseJudging {
    var judging = CaseJudging()
    judging.rules = try fields.read(catalogue).fields
    judging.showsAccepted = showAccepted
    var plan = accepting.plan
    plan.pseudonyms = pseudonyms
    if plan.isNeeded { judging.accepted = try AcceptedChanges(plan, AcceptScope(catalogue)) }
    return judging
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

  @Option(
    help: ArgumentHelp(
      "--init: take this user's records only: an id, or the pseudonym in a report; repeatable.", valueName: "id"))
  var user: [NamedUserArgument] = []

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

  @Option(
    help: ArgumentHelp(
      "Format of the log: \(FormArgument.list). Default: detected from each file's content.", valueName: "form"))
  var format: FormArgument?

  @Option(help: ArgumentHelp("--init: what the case is for.", valueName: "text"))
  var why: String?

  @OptionGroup var naming: PseudonymOptions
  @OptionGroup var reducing: ReducerOptions

  /// Refuses the options that only `--init` takes and, without a proof, all of these options.
  ///
  /// - Parameter namesUsers: whether another option takes pseudonyms.
  func refuse(isProof: Bool, namesUsers: Bool) throws {
    let given = [
      ("--log", !log.isEmpty), ("--live", !live.isEmpty), ("--user", !user.isEmpty), ("--only", !only.isEmpty),
      ("--why", why != nil), ("--pseudonym-key", naming.pseudonymKey != nil && !namesUsers),
    ]
    let shared = [
      ("--users", !users.isEmpty), ("--profile", profile != nil), ("--as-of", asOf != nil),
      ("--reducers", !reducing.reducers.isEmpty), ("--format", format != nil),
    ]
    for (name, isGiven) in given + (isProof ? [] : shared) where isGiven {
      throw ValidationError("\(name) goes with --init" + (shared.contains { $0.0 == name } ? " or --prove" : ""))
    }
  }
}
