import ArgumentParser
import Comparing
import EventModel
import Folding
import Formatting
import Pages
import Platform
import Rebuilding
import Reporting
import Running
import SnapshotStore
import Surveying

/// The options that `diff` and `audit` share: what to compare, what to accept, how to report.
struct DiffOptions: ParsableArguments {
  @Option(help: ArgumentHelp("The profile the snapshot was made with.", valueName: "file"), completion: .file())
  var profile: String?

  @Option(help: ArgumentHelp("Compare this projection only; repeatable.", valueName: "type[/key]"))
  var only: [ProjectionArgument] = []

  @Option(
    help: ArgumentHelp("Compare this user only: an id, or the pseudonym in a report; repeatable.", valueName: "id"))
  var user: [NamedUserArgument] = []

  @OptionGroup(title: "Judging") var judging: JudgingOptions

  @Option(help: ArgumentHelp("Number of differences to print in full.", valueName: "n"))
  var maxDiff = 10

  @Flag(help: "Print all differences in full.")
  var all = false

  @Flag(help: "Print differences that are accepted too, after the others.")
  var showAccepted = false

  @OptionGroup(title: "Accepted differences") var accepting: AcceptOptions
  @OptionGroup(title: "Night after night") var history: HistoryOptions

  @Flag(help: "Print the report as JSON.")
  var json = false

  @OptionGroup var form: MarkdownOptions

  @Option(
    help: ArgumentHelp("Write the differences as NDJSON; - for standard output.", valueName: "file"),
    completion: .file())
  var ndjson: String?

  @Option(help: ArgumentHelp("Write the differences to a SQLite file.", valueName: "file"), completion: .file())
  var sqlite: String?

  @Option(
    help: ArgumentHelp("Write JUnit XML: one test case per projection key and cause.", valueName: "file"),
    completion: .file())
  var junit: String?

  @Option(
    help: ArgumentHelp(
      "Write the page of refold report, with pseudonyms and without free text unless --identify.", valueName: "file"),
    completion: .file())
  var html: String?

  @Flag(help: "Show real ids and free text in --html.")
  var identify = false

  @Flag(help: "Print GitHub annotations and append to the step summary.")
  var github = false

  @Flag(help: "Pseudonyms for user and event ids, no free text, in errors too: for reports that leave the company.")
  var redact = false

  @Flag(help: "Replace an existing SQLite file; the text reports are always replaced.")
  var force = false

  @Flag(help: "No progress, differences, summary or notices, only the verdict.")
  var quiet = false

  @OptionGroup var naming: PseudonymOptions
  @OptionGroup var writing: WritingOptions

  func validate() throws {
    if maxDiff < 0 { throw ValidationError("--max-diff takes a number, 0 or more") }
    if naming.pseudonymKey != nil, !redact, html == nil, user.allSatisfy(\.isID), accepting.accept.isEmpty {
      throw ValidationError("--pseudonym-key is for --redact, --html, or pseudonyms in --accept and --user")
    }
    if identify, redact || html == nil { throw ValidationError("--identify is for --html, without --redact") }
    if json && form.markdown { throw ValidationError("--json and --markdown: choose one") }
    try accepting.validate(force: force)
  }

  /// Throws, before any work, if an output file is also an input.
  func refuseInputs(_ inputs: [String], as outputs: [String?] = []) throws {
    let summary = github ? getenv("GITHUB_STEP_SUMMARY").map { String(cString: $0) } : nil
    let reports = outputs + [ndjson, sqlite, junit, html, summary, history.history, history.openmetrics]
    try InputFiles(inputs + naming.files + judging.fields.rules + [profile].compactMap { $0 }).refuse(
      as: reports + [accepting.writeAccept])
    // The file of --write-accept may be one of --accept: it is read first, and written anew.
    try InputFiles(accepting.accept).refuse(as: reports)
    try checkOutputs([ndjson, junit, html, history.openmetrics, accepting.writeAccept], force: true)
    try checkOutputs([sqlite], force: force)
  }

  /// Reads what is known of earlier diffs, before any other work; `nil` if nothing was asked for.
  func register(_ pseudonyms: PseudonymScheme) throws -> DifferenceRegister? {
    var plan = accepting.plan
    history.add(to: &plan)
    plan.mode = writing.bits
    plan.isRedacted = redact
    plan.pseudonyms = pseudonyms
    return try plan.isNeeded ? DifferenceRegister(plan) : nil
  }

  /// Compares and reports. Ends with exit code 1 if something unacceptable was found.
  ///
  /// - Parameter files: renamed into place together with the reports.
  func run(
    _ plan: inout DiffPlan, _ resources: Resources, _ register: DifferenceRegister?,
    publishing files: [PendingFile] = []
  ) throws {
    try redacting(plan.pseudonyms) { try compare(&plan, resources, register, publishing: files) }
  }

  /// With --redact, removes ids from errors too.
  func redacting(_ pseudonyms: PseudonymScheme, _ body: () throws -> Void) throws {
    do { try body() } catch {
      if !redact || error is ExitCode || error is StandardOutputFault { throw error }
      throw RefoldError.usage(pseudonyms.redacted("\(error)"))
    }
  }

  private func compare(
    _ plan: inout DiffPlan, _ resources: Resources, _ register: DifferenceRegister?, publishing files: [PendingFile]
  ) throws {
    // A program may have written the projections that rules and --only name.
    let isNamed = judging.fields.hasRules || !only.isEmpty
    let catalogue = isNamed ? try plan.bound().catalogue : plan.catalogue
    let rules = try judging.fields.read(catalogue)
    plan.profile = try plan.catalogue.loadProfile(profile)
    plan.filter = try only.filter(in: catalogue)
    plan.onlyUsers = Set(try user.map { try $0.id(in: plan.snapshot, plan.pseudonyms) })
    plan.rules = rules.fields
    plan.unseenWithin = judging.unseenWithin.microseconds
    plan.resources = resources
    plan.isRedacted = redact

    var reports = DiffReportPlan()
    reports.ndjson = ndjson
    reports.snapshot = plan.snapshot
    reports.sqlite = sqlite
    reports.force = force
    reports.mode = writing.bits
    reports.limit = all ? nil : maxDiff
    reports.showsAccepted = showAccepted
    reports.register = register
    reports.isRedacted = redact
    reports.pseudonyms = plan.pseudonyms
    judging.add(rules, to: &reports)

    let metrics = try history.openmetrics.map { try OutputFile($0, mode: writing.bits) }
    plan = try plan.bound()
    let reporter = try DiffReporter(
      reports, plan.catalogue, detailsAsJSON: json, temporaryDirectory: resources.temporaryDirectory)
    plan.census = html == nil ? nil : ReportRecorder.census
    let page = try html.map { _ in try ReportRecorder(reports, plan, isIdentified: identify) }
    plan.fingerprints = register != nil
    let meter = ProgressMeter()
    if let notice = try register?.begin(plan) { meter.note(notice) }
    let outcome = try ProgressLine.showing(meter, quiet: quiet) { [plan, reports] in
      try diff(plan, progress: meter) { difference in
        let difference = try register?.mark(difference, isAllowed: reports.isAllowed) ?? difference
        try reporter.take(difference)
        try page?.take(difference)
      }
    }
    if let html, let page {
      var facts = try page.facts(outcome)
      facts.snapshotIsBefore = true
      try reporter.outputs.write(facts.html, to: html)
    }
    var report = try reporter.finish(outcome, plan)
    report.peakMemory = peakMemory
    let findings = reporter.findings(report, outcome.tally)
    if let junit { try reporter.outputs.write(report.junit(findings), to: junit) }
    if let metrics {
      try metrics.write(report.openMetrics(now: WallClock.now))
      reporter.outputs.add(try metrics.complete())
    }
    for file in files { reporter.outputs.add(file) }
    let accepted = report.judgement.verdict == .unjudged ? nil : try register?.finish(into: reporter.outputs)
    // All files are complete and renamed into place before anything is printed.
    try reporter.outputs.publish()
    try print(report, reporter, findings)
    if let accepted { Terminal.error(accepted) }
    try register?.record(report)
    try report.judgement.end()
  }

  private func print(_ report: DiffReport, _ reporter: DiffReporter, _ findings: [DiffFinding]) throws {
    if json {
      try printJSON(report, reporter)
    } else if form.markdown {
      try form.print(try markdown(report, reporter))
    } else if ![ndjson, junit, html].contains(where: Terminal.outputIs) {
      try printText(report, reporter)
    }
    if github {
      // GitHub reads workflow commands from either stream.
      let annotations = report.githubAnnotations(findings)
      if json || form.markdown || ndjson == "-" {
        Terminal.error(lines: annotations)
      } else {
        try Terminal.output(annotations)
      }
      if let path = getenv("GITHUB_STEP_SUMMARY") {
        try appendStepSummary(try markdown(report, reporter), to: String(cString: path))
      }
    }
  }

  /// The differences, the summary, and last the verdict; with --quiet only the verdict.
  private func printText(_ report: DiffReport, _ reporter: DiffReporter) throws {
    let (width, style) = (Terminal.outputWidth, TextStyle(isColoured: Terminal.outputIsColoured))
    if !quiet {
      try Terminal.output(report.opening(width: width) + "\n")
      try reporter.details.each { try Terminal.output($0 + "\n") }
      if reporter.cut > 0 {
        let more = "… \(plural(reporter.cut, "more difference")); --all prints all, --ndjson FILE writes them\n\n"
        try Terminal.output(more)
      }
      if reporter.hidden > 0 {
        let hidden = "… \(plural(reporter.hidden, "accepted difference")) not listed; --show-accepted prints them\n\n"
        try Terminal.output(hidden)
      }
      try Terminal.output(report.summary(width: width, style) + "\n", isStyled: style.isColoured)
    } else {
      // That rows may be wrong is never silenced.
      for line in report.unknownVersionLines + report.warnings { Terminal.error(line) }
    }
    try Terminal.output(report.verdictLine(style), isStyled: style.isColoured)
  }

  /// Prints the summary object with the differences at its end.
  private func printJSON(_ report: DiffReport, _ reporter: DiffReporter) throws {
    try Terminal.output(report.json, listing: "differences", cut: reporter.cut, reporter.details.each)
  }

  private func markdown(_ report: DiffReport, _ reporter: DiffReporter) throws -> String {
    var texts: [String] = []
    var size = 0
    if !json {
      try reporter.details.each { text in
        if size < 512 << 10 { texts.append(text) }
        size += text.utf8.count
      }
    }
    return report.markdown(details: texts, cut: reporter.cut + reporter.details.count - texts.count)
  }
}

/// `clock,texts`, or `none`.
struct CausesArgument: ExpressibleByArgument {
  var causes: Set<Cause> = []

  init?(argument: String) {
    if argument == "none" { return }
    for name in argument.split(separator: ",", omittingEmptySubsequences: false) {
      guard let cause = Cause(rawValue: String(name)) else { return nil }
      causes.insert(cause)
    }
  }

  static var allValueStrings: [String] { Cause.allCases.map(\.rawValue) + ["none"] }
}

/// `12` or `0.5%`.
struct BudgetArgument: ExpressibleByArgument {
  var budget: DiffReportPlan.MaxChanged

  init?(argument: String) {
    if let share = ShareArgument(argument: argument) {
      budget = .share(share.share)
    } else if let count = Int(argument), count >= 0 {
      budget = .count(count)
    } else {
      return nil
    }
  }
}

/// `99.5%`.
struct ShareArgument: ExpressibleByArgument {
  var share: Double

  init?(argument: String) {
    guard argument.hasSuffix("%"), let percent = Double(argument.dropLast()), percent >= 0, percent <= 100 else {
      return nil
    }
    share = percent / 100
  }
}

struct ColumnsArgument: ExpressibleByArgument {
  var columns: Set<String> = []

  init?(argument: String) {
    for name in argument.split(separator: ",", omittingEmptySubsequences: false) {
      guard DiffTally.bookkeepingColumns.contains(String(name)) else { return nil }
      columns.insert(String(name))
    }
  }

  static var allValueStrings: [String] { DiffTally.bookkeepingColumns }
}
