import ArgumentParser
import Cases
import EventLog
import EventModel
import Platform
import Rebuilding
import Reporting
import Running

struct CheckCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Runs regression cases: folders with a log and its expected rows.",
    discussion: """
      A case is a folder with a case.json (Check.md describes it). Its log is rebuilt
      in a temporary directory. The rows, the failures and, if the case has live rows,
      their differences must be as the case expects.

      Examples:
        refold check cases
        refold check cases --filter 'retract*' --junit check.xml
        refold check cases --tolerance estimate.mean=0.01 --accept known.ndjson
        refold check cases --record
        refold check --init cases/retracted --log events.ndjson \\
          --user \(Examples.user)
        refold check --prove events.ndjson.zst --users users.csv

      --prove rebuilds a log with several thread counts, memory budgets and hash
      seeds, and with its lines shuffled, doubled and split into shards. It prints one
      digest, or the first row that differs. It also lists the rows that depend on
      which of several events with the same timestamp has the smaller id; live rows
      depend on it, too.

      Exit status: 0 all as expected, 1 some differ, 2 trouble (a case that cannot
      be run, a folder without cases).
      """)

  @Argument(
    help: ArgumentHelp("Folders to search for cases; with --prove, a log.", valueName: "path"), completion: .file())
  var paths: [String] = []

  @Option(help: ArgumentHelp("Run only cases whose name matches: a glob, or a part of the name.", valueName: "pattern"))
  var filter: String?

  @Flag(help: "Write the current results as expected.")
  var record = false

  @Flag(help: "Record even if CI is set; with --init, replace an existing case.")
  var force = false

  @Option(
    help: ArgumentHelp("Make a case from --log in this folder, and record it.", valueName: "dir"),
    completion: .directory)
  var `init`: String?

  @Flag(help: "Run the reducer programs that cases name. Without it, such a case cannot be run.")
  var allowPrograms = false

  @Flag(help: "Rebuild a log in several ways that must give the same rows, and compare.")
  var prove = false

  @OptionGroup(title: "Judging") var judging: CheckJudgingOptions
  @OptionGroup(title: "Report") var reports: CheckReportOptions
  @OptionGroup(title: "With --init and --prove") var source: CheckSourceOptions
  @OptionGroup(title: "Reading, with --init and --prove") var reading: ReadingOptionGroup
  @OptionGroup var writing: WritingOptions
  @OptionGroup var resources: ResourceOptions

  func validate() throws {
    if [prove, `init` != nil, record || filter != nil].count(where: { $0 }) > 1 {
      throw ValidationError("--prove, --init and running cases (--filter, --record): one at a time")
    }
    if `init` != nil {
      if !paths.isEmpty { throw ValidationError("--init takes its log from --log") }
      if source.log.isEmpty { throw ValidationError("--init needs --log LOG") }
    } else {
      try source.refuse(isProof: prove, namesUsers: !judging.accepting.accept.isEmpty)
      if !prove, reading.reading() != ReadingOptions() {
        throw ValidationError(
          "a case has its reading options in its case.json; on the command line they go with --init and --prove")
      }
      if paths.isEmpty { throw ValidationError(prove ? "name the log to prove" : "name a folder with cases") }
    }
    if prove, (paths + source.users).contains("-") {
      throw ValidationError("--prove reads its input more than once: name a file instead of -")
    }
    if prove || `init` != nil { try reports.refuseFiles() }
    if prove || `init` != nil || record { try judging.refuse() }
    if judging.accepting.strictAccept, filter != nil {
      throw ValidationError("--strict-accept is about the entries of all cases: leave out --filter")
    }
  }

  func run() throws {
    if prove { return try runProof() }
    if let folder = `init` { return try make(folder) }
    if record, !force, isContinuousIntegration {
      throw RefoldError.usage(
        "CI is set: --record would accept any result; run it where you can review the changes, or add --force")
    }
    try InputFiles(
      try caseFiles(paths) + judging.fields.rules + judging.accepting.accept + source.naming.files
    ).refuse(as: [reports.junit])
    var plan = CheckPlan(ProgramDomain.catalogue)
    if allowPrograms { plan.programs = source.reducing.running.launcher(resources.resources) }
    plan.folders = paths
    plan.filter = filter
    plan.isRecording = record
    plan.limit = reports.all ? nil : reports.maxDiff
    plan.judging = try judging.judging(plan.catalogue, source.naming.scheme())
    plan.resources = resources.resources
    var cases: [CheckedCase] = []
    let report = try check(plan) { checked in
      if reports.printsLines, !reports.quiet { try Terminal.output(checked.text(time: isatty(STDOUT_FILENO) == 1)) }
      cases.append(checked)
    }
    try reports.write(report, cases, mode: writing.bits)
    try report.judgement.end()
  }

  private func make(_ folder: String) throws {
    let inputs = InputFiles(
      source.log + source.users + source.live + [source.profile].compactMap { $0 } + source.reducing.files
        + source.naming.files)
    try inputs.refuse(as: [source.reducing.running.reducerStderr])
    try inputs.refuse(asFolder: folder)
    let programs = source.reducing.running.launcher(resources.resources)
    var plan = CaseInitPlan(try source.reducing.catalogue(programs))
    plan.programs = programs
    plan.folder = folder
    plan.logs = source.log
    plan.users = source.users
    plan.live = source.live
    plan.only = try source.only.filter(in: plan.catalogue)
    plan.profile = source.profile
    plan.asOf = source.asOf?.instant
    plan.why = source.why
    plan.reading = reading.reading(source.format)
    plan.force = force
    plan.mode = writing.bits
    plan.resources = resources.resources
    var input = IngestPlan(plan.catalogue.vocabulary)
    input.logs = source.log
    input.users = source.users
    input.reading = plan.reading
    input.resources = plan.resources
    plan.onlyUsers = try source.user.ids(in: input, source.naming.scheme(), ProgressMeter())
    let made = try makeCase(plan)
    try Terminal.output(reports.json ? made.json.pretty + "\n" : made.text(time: false))
    if !reports.quiet { Terminal.error("refold: the case holds the events as they are, ids and free text included") }
    if made.status != .recorded { throw ExitCode(1) }
  }

  private func runProof() throws {
    let programs = source.reducing.running.launcher(resources.resources)
    var plan = ProvePlan(try source.reducing.catalogue(programs))
    plan.programs = programs
    plan.logs = paths
    plan.users = source.users
    plan.profile = source.profile
    plan.reading = reading.reading(source.format)
    plan.asOf = source.asOf?.instant
    plan.resources = resources.resources
    let report = try Cases.prove(plan) { run in
      if !reports.json { try Terminal.output(run.text) }
    }
    try Terminal.output(reports.json ? report.json.pretty + "\n" : report.text)
    try report.judgement.end()
  }

}
