import ArgumentParser
import Comparing
import EventModel
import Pages
import Rebuilding
import Reporting
import Running
import Surveying

struct ReportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report",
    abstract: "Writes one HTML page about a snapshot, and about how live projections differ from it.",
    discussion: """
      The page needs only a browser: no network, no fonts and no scripts from
      elsewhere. It shows what was compared, what differs and why, which users are
      affected most, how far rows are behind, coverage, lag, failures and what the
      log holds. Without --identify, users and events have pseudonyms and free text
      is left out.

      Examples:
        refold report snapshot.sqlite --live live.csv --log events.csv -o page.html
        refold report new.sqlite --against old.sqlite -o blast-radius.html
        refold report snapshot.sqlite --diff differences.sqlite -o page.html
        refold report snapshot.sqlite --live live.csv --markdown > summary.md

      Exit status: 0 nothing unacceptable, 1 differences, 2 trouble.
      """)

  @Argument(help: "The snapshot: what the rows should be.", completion: .file()) var snapshot: String?

  @Option(help: ArgumentHelp("Export of the live projections; repeatable.", valueName: "file"), completion: .file())
  var live: [String] = []

  @Option(
    help: ArgumentHelp(
      "Compare with this snapshot: shows what a change of code, profile or log does.", valueName: "snapshot"),
    completion: .file())
  var against: String?

  @Option(
    help: ArgumentHelp("Read the differences from a file of refold diff --sqlite.", valueName: "file"),
    completion: .file())
  var diff: String?

  @Option(
    help: ArgumentHelp("The event log the snapshot was made from; repeatable.", valueName: "file"), completion: .file())
  var log: [String] = []

  @Option(
    name: [.short, .long], help: ArgumentHelp("Write the page to this file; - for standard output.", valueName: "file"),
    completion: .file())
  var output: String?

  @OptionGroup var form: MarkdownOptions
  @Flag(help: "Print what the page shows as JSON.") var json = false
  @Flag(help: "Show real ids and free text.") var identify = false

  @Option(help: ArgumentHelp("The profile the snapshot was made with.", valueName: "file"), completion: .file())
  var profile: String?

  @Option(
    help: ArgumentHelp(
      "Format of the live export: \(FormArgument.list). Default: detected from the content.", valueName: "form"))
  var format: FormArgument?

  @Option(help: ArgumentHelp("Report this projection only; repeatable.", valueName: "type[/key]"))
  var only: [ProjectionArgument] = []

  @Option(
    help: ArgumentHelp("Report this user only: an id, or the pseudonym in a report; repeatable.", valueName: "id"))
  var user: [NamedUserArgument] = []

  @Flag(help: "List all users with differences and all their rows, as far as 2 MB hold them.") var all = false
  @Flag(help: "List differences that are accepted too, after the others.") var showAccepted = false

  @OptionGroup(title: "Judging") var judging: JudgingOptions
  @OptionGroup(title: "Accepted differences") var accepting: AcceptOptions
  @OptionGroup(title: "Night after night") var history: HistoryOptions

  @Flag(help: "Write --write-accept although CI is set.") var force = false
  @Flag(help: "No progress.") var quiet = false
  @OptionGroup var expected: ExpectedSideOptions
  @OptionGroup(title: "Reducing") var reducing: SnapshotReducerOptions
  @OptionGroup(title: "Reading") var reading: ReadingOptionGroup
  @OptionGroup var naming: PseudonymOptions
  @OptionGroup var writing: WritingOptions
  @OptionGroup var resources: ResourceOptions

  func validate() throws {
    try reducing.validate(isSnapshot: !expected.isGiven)
    if snapshot == nil, !expected.isGiven { throw ValidationError("Missing expected argument '<snapshot>'") }
    if snapshot != nil, expected.isGiven { throw ValidationError("--expected takes the place of the snapshot") }
    if expected.isGiven, diff != nil { throw ValidationError("--expected and --diff: choose one") }
    if [!live.isEmpty, against != nil, diff != nil].count(where: { $0 }) > 1 {
      throw ValidationError("--live, --against and --diff: choose one")
    }
    if live.isEmpty, against == nil, !log.isEmpty {
      throw ValidationError("--log explains differences: name the other side with --live or --against")
    }
    try accepting.validate(force: force)
    if live.isEmpty, against == nil {
      let judges = [
        ("--accept", !accepting.accept.isEmpty), ("--write-accept", accepting.writeAccept != nil),
        ("--ignore, --tolerance and --rules", judging.fields.hasRules), ("--only", !only.isEmpty),
        ("--user", !user.isEmpty), ("--min-coverage", judging.minCoverage != nil),
        ("--bookkeeping", judging.bookkeeping != nil), ("--format", format != nil),
      ].filter(\.1).map(\.0)
      if let option = judges.first {
        throw ValidationError("\(option) judges differences: name the other side with --live or --against")
      }
    }
    if live.isEmpty, against == nil, history.history != nil || history.openmetrics != nil {
      throw ValidationError(
        "--history and --openmetrics are for a comparison: name the other side with --live or --against")
    }
    if live.isEmpty, against == nil, diff == nil, all || showAccepted {
      throw ValidationError(
        "\(all ? "--all" : "--show-accepted") lists differences: name the other side with --live, --against or --diff")
    }
    if json && form.markdown { throw ValidationError("--json and --markdown: choose one") }
    if output == nil, !json, !form.markdown {
      throw ValidationError("name the page with -o, or ask for --markdown or --json")
    }
    if output == "-", json || form.markdown {
      throw ValidationError("-o - and --json or --markdown both go to standard output")
    }
  }

  func run() throws {
    try InputFiles(
      [snapshot].compactMap { $0 } + expected.files + live + log + [against, diff, profile].compactMap { $0 }
        + reducing.files + judging.fields.rules + naming.files
    )
    .refuse(as: [output, history.history, history.openmetrics, accepting.writeAccept, reducing.running.reducerStderr])
    try InputFiles(accepting.accept)
      .refuse(as: [output, history.history, history.openmetrics, reducing.running.reducerStderr])
    try checkOutputs([output, history.openmetrics, accepting.writeAccept], force: true)
    if let snapshot { try refuseSwapped(snapshot, live) }
    let pseudonyms = try naming.scheme()
    let register = try register(pseudonyms)
    var plan = ReportPlan(try reducing.programs(resources.resources))
    var rows: TemporarySnapshot?
    if let snapshot {
      plan.snapshot = snapshot
    } else {
      let expectedPlan = try expected.plan(plan.catalogue, reading.reading(), profile: profile, resources.resources)
      let imported = try importExpected(expectedPlan, ProgressMeter())
      rows = imported
      plan.snapshot = imported.path
      plan.snapshotName = expected.name
    }
    plan.against = live + (against.map { [$0] } ?? [])
    plan.differences = diff
    plan.logs = log
    plan.reading = reading.reading()
    plan.profile = try plan.catalogue.loadProfile(profile)
    plan.liveForm = format?.form
    let names =
      try judging.fields.hasRules || !only.isEmpty
      ? DiffPlan(plan.catalogue, snapshot: plan.snapshot).bound().catalogue : plan.catalogue
    let rules = try judging.fields.read(names)
    plan.rules = rules.fields
    plan.filter = try only.filter(in: names)
    plan.onlyUsers = Set(try user.map { try $0.id(in: plan.snapshot, pseudonyms) })
    plan.unseenWithin = judging.unseenWithin.microseconds
    judging.add(rules, to: &plan.judging)
    if all { plan.judging.limit = nil }
    plan.judging.showsAccepted = showAccepted
    plan.register = register
    plan.pseudonyms = pseudonyms
    plan.isIdentified = identify
    plan.resources = resources.resources
    let meter = ProgressMeter()
    let facts = try withExtendedLifetime(rows) {
      try ProgressLine.showing(meter, quiet: quiet) { [plan] in try report(plan, progress: meter) }
    }
    let outputs = OutputGroup(mode: writing.bits)
    if let output { try outputs.write(facts.html, to: output) }
    if let path = history.openmetrics, let diff = facts.diff {
      try outputs.write(diff.openMetrics(now: WallClock.now), to: path)
    }
    let accepted = facts.judgement.verdict == .unjudged ? nil : try register?.finish(into: outputs)
    try outputs.publish()
    if json { try Terminal.output(facts.json.pretty + "\n") }
    if form.markdown { try form.print(facts.markdown) }
    if !quiet, let output, output != "-" { Terminal.error("wrote \(output): \(facts.headline)") }
    if let accepted { Terminal.error(accepted) }
    if let diff = facts.diff { try register?.record(diff) }
    try facts.judgement.end()
  }

  /// Reads what is known of earlier diffs, before any other work; `nil` if nothing was asked for.
  private func register(_ pseudonyms: PseudonymScheme) throws -> DifferenceRegister? {
    var plan = accepting.plan
    history.add(to: &plan)
    plan.mode = writing.bits
    plan.isRedacted = !identify
    plan.pseudonyms = pseudonyms
    return try plan.isNeeded ? DifferenceRegister(plan) : nil
  }
}
