import ArgumentParser
import Comparing
import EventLog
import EventModel
import Folding
import Formatting
import JSONTape
import Pages
import Platform
import Programs
import Rebuilding
import Reporting
import Running

struct CompareCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compare",
    abstract: "Shows what another version of the reducers, or another profile, changes: the blast radius.",
    discussion: """
      Reads LOG once, folds it with the reducers and profiles of both sides, and
      compares the rows. SPEC is TYPE=VERSION, the file of a reducer program, or a
      profile file; repeat the option for several of them. A side uses the built-in
      default for everything that it does not name.

      Counts the values, statuses and users that change. A row whose version stamp
      alone differs is unchanged. Writes no snapshot, only the files that you name.

      For --allow and --accept, a change has the cause that refold diff BEFORE AFTER
      gives it: changed, texts (only wording differs), missing (only before),
      surplus (only after), or failed (neither, for different reasons).

      Examples:
        refold compare events.ndjson \\
          --before \(Examples.firstType)=v1 --after new.json
        refold compare events.ndjson --before old.json --after new.json
        refold compare events.ndjson.zst --after profile.json --json
        refold compare dump.sql.gz --after profile.json \\
          --ndjson changes.ndjson --html blast-radius.html
        refold compare events.csv --after profile.json \\
          --only \(Examples.projection) --all
        refold compare events.ndjson --after new.json --accept intended.ndjson

      Exit status: 0 nothing changes, 1 something does, 2 trouble.
      """)

  @Argument(help: "Event log files, directories, or - for standard input.", completion: .file())
  var log: [String]

  @Option(
    parsing: .singleValue,
    help: ArgumentHelp("The side before: TYPE=VERSION or a profile file; repeatable.", valueName: "spec"),
    completion: .file())
  var before: [String] = []

  @Option(
    parsing: .singleValue,
    help: ArgumentHelp("The side after: TYPE=VERSION or a profile file; repeatable.", valueName: "spec"),
    completion: .file())
  var after: [String] = []

  @OptionGroup var source: FoldInputOptions

  @Option(help: ArgumentHelp("Fold this user only: an id, or the pseudonym in a report; repeatable.", valueName: "id"))
  var user: [NamedUserArgument] = []

  @Option(help: ArgumentHelp("Compare this projection only; repeatable.", valueName: "type[/key]"))
  var only: [ProjectionArgument] = []

  @Option(
    help: ArgumentHelp("Write every change as a line of NDJSON; - for standard output.", valueName: "file"),
    completion: .file())
  var ndjson: String?

  @Option(help: ArgumentHelp("Write an HTML page.", valueName: "file"), completion: .file())
  var html: String?

  @Option(help: ArgumentHelp("Acceptable causes, separated by commas. Default: none.", valueName: "cause,…"))
  var allow: CausesArgument?

  @OptionGroup(title: "Judging") var fields: RuleOptions
  @Option(help: ArgumentHelp("How many other changes to accept. Default: 0.", valueName: "n|p%"))
  var maxChanged: BudgetArgument?
  @OptionGroup(title: "Accepted differences") var accepting: AcceptOptions

  @Option(help: ArgumentHelp("Number of changes to print in full.", valueName: "n"))
  var maxDiff = 10

  @Flag(help: "Print all changes in full.") var all = false
  @Flag(help: "Print changes that are accepted too.") var showAccepted = false
  @Flag(help: "Pseudonyms in place of ids, and no free text.") var redact = false
  @Flag(help: "Write --write-accept although CI is set; replace a quarantine file.") var force = false
  @Flag(help: "Print a JSON object.") var json = false
  @OptionGroup var form: MarkdownOptions
  @Flag(help: "No progress, only the verdict.") var quiet = false
  @OptionGroup(title: "Reading") var reading: ReadingOptionGroup
  @OptionGroup(title: "Reading") var bad: QuarantineOptions
  @OptionGroup(title: "Reducing") var running: ProgramOptions
  @OptionGroup var naming: PseudonymOptions
  @OptionGroup var writing: WritingOptions
  @OptionGroup var resources: ResourceOptions

  func validate() throws {
    if before.isEmpty, after.isEmpty {
      throw ValidationError("name what to compare: --before SPEC, --after SPEC, or both")
    }
    if maxDiff < 0 { throw ValidationError("--max-diff takes a number, 0 or more") }
    if json && form.markdown { throw ValidationError("--json and --markdown: choose one") }
    if form.markdown, ndjson == "-" { throw ValidationError("--markdown and --ndjson - both go to standard output") }
    if json, ndjson == "-" { throw ValidationError("--json and --ndjson - both go to standard output") }
    _ = try (side(before, "--before"), side(after, "--after"))
    if html == "-" { throw ValidationError("--html takes a file") }
    try accepting.validate(force: force)
  }

  func run() throws {
    let (before, after) = (try side(before, "--before"), try side(after, "--after"))
    let files = [before, after].flatMap { [$0.profile].compactMap { $0 } + $0.reducers.files }
    let outputs = [ndjson, html, running.reducerStderr, bad.quarantine]
    try InputFiles(log + source.users + files + fields.rules + naming.files).refuse(
      as: outputs + [accepting.writeAccept])
    try InputFiles(accepting.accept).refuse(as: outputs)
    try checkOutputs([accepting.writeAccept], force: true)
    let programs = running.launcher(resources.resources)
    var plan = ComparePlan(before: try before.loaded(programs), after: try after.loaded(programs))
    if plan.before.catalogue.versions.elementsEqual(plan.after.catalogue.versions, by: ==),
      plan.before.catalogue.outside.map(\.digest) == plan.after.catalogue.outside.map(\.digest),
      plan.before.profile.digest == plan.after.profile.digest
    {
      throw RefoldError.usage("nothing to compare: before and after are the same reducers and the same profile")
    }
    plan.input.logs = log
    plan.input.users = source.users
    plan.input.reading = reading.reading(source.format)
    plan.input.resources = resources.resources
    plan.pseudonyms = try naming.scheme()
    plan.filter = try filter(plan)
    plan.asOf = source.asOf?.instant
    let rules = try fields.read(plan.before.catalogue)
    plan.rules = rules.fields
    if let allowed = allow?.causes ?? rules.allowed { plan.allowed = allowed }
    if let budget = maxChanged?.budget { plan.maxChanged = budget }
    plan.showsAccepted = showAccepted
    var known = accepting.plan
    known.mode = writing.bits
    known.isRedacted = redact
    known.pseudonyms = plan.pseudonyms
    if known.isNeeded { plan.register = try DifferenceRegister(known) }
    plan.input.setsMalformedAside = bad.quarantine != nil
    plan.quarantine = bad.plan(force: force)
    plan.isRedacted = redact
    plan.ndjson = ndjson
    plan.mode = writing.bits
    plan.limit = all ? nil : maxDiff
    let meter = ProgressMeter()
    plan.input.onlyUsers = try user.ids(in: plan.input, plan.pseudonyms, meter)
    let comparison = try Comparison(plan, detailsAsJSON: json)
    var report = try ProgressLine.showing(meter, quiet: quiet) { try comparison.run(meter) }
    report.peakMemory = peakMemory
    if let html { try comparison.outputs.write(report.html, to: html) }
    let accepted = try plan.register?.finish(into: comparison.outputs)
    try comparison.outputs.publish()
    try print(report, comparison)
    if let accepted { Terminal.error(accepted) }
    try report.judgement.end()
  }

  /// The projections asked for. Each must be written by one of the sides.
  private func filter(_ plan: ComparePlan) throws -> ProjectionFilter {
    var filter = ProjectionFilter()
    for projection in only {
      let known = try? projection.wanted(in: plan.before.catalogue, "--only <type[/key]>")
      filter.wanted.append(try known ?? projection.wanted(in: plan.after.catalogue, "--only <type[/key]>"))
    }
    return filter
  }

  /// A side as given on the command line.
  private struct NamedSide {
    var reducers: ReducerChoice
    /// A profile file; `nil`: the built-in profile.
    var profile: String?

    /// Reads the profile once, because it may be a pipe.
    func loaded(_ programs: ProgramLauncher) throws -> ComparePlan.Side {
      let catalogue = try reducers.catalogue(programs)
      var side = ComparePlan.Side(catalogue)
      side.profile = try catalogue.loadProfile(profile)
      return side
    }
  }

  private func side(_ specs: [String], _ option: String) throws -> NamedSide {
    let profiles = specs.filter { spec in
      !ReducerChoice.namesVersion(spec) && (access(spec, F_OK) == 0 || !spec.contains("=")) && !ReducerFile.isOne(spec)
    }
    if profiles.count > 1 { throw ValidationError("\(option): one profile at most") }
    let reducers = try ReducerChoice(specs.filter { !profiles.contains($0) }, option: option)
    return NamedSide(reducers: reducers, profile: profiles.first)
  }

  private func print(_ report: CompareReport, _ comparison: Comparison) throws {
    let details = comparison.details
    if json {
      try Terminal.output(report.json, listing: "changes", cut: comparison.cut, details.each)
      return
    }
    if ndjson == "-" { return }
    if form.markdown {
      var texts: [String] = []
      try details.each { texts.append($0) }
      return try form.print(report.markdown(details: texts, cut: comparison.cut))
    }
    if quiet { return try Terminal.output(report.verdict.text + "\n") }
    try Terminal.output(report.text(width: Terminal.outputWidth))
    if details.count > 0 { try Terminal.output("\n") }
    try details.each { try Terminal.output($0) }
    if comparison.hidden > 0 {
      try Terminal.output("… \(grouped(comparison.hidden)) accepted changes not listed; --show-accepted prints them\n")
    }
    if comparison.cut > 0 {
      try Terminal.output("… \(grouped(comparison.cut)) more changes; --all prints them, --ndjson FILE writes them\n")
    }
  }
}
