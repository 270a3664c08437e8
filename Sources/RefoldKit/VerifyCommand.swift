import ArgumentParser
import EventModel
import Rebuilding
import Reporting
import Runbooks
import Running

struct VerifyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract:
      "Runs the checks of the backfill runbooks: coverage, lag and queue progress; or asks whether a log is complete.",
    discussion: """
      INPUT is a snapshot, or a log (files, directories, -) that is rebuilt first.
      The figures have the runbooks' names and rounding; with --live they are given
      for the live rows, too.

      Examples:
        refold verify snapshot.sqlite --live projections.csv
        refold verify events.ndjson --users users.csv --live projections.csv \\
          --list missing
        refold verify snapshot.sqlite --live projections.csv --max-lag 6h --json
        refold verify --jobs background_jobs.csv --source deploy.v1

      Does the log have all events that live has? Live counts its events by user,
      up to an instant, and refold compares the log's. Take the instant of the
      export, so that lost newest events are found, too; without it, it is the
      log's newest created_at. Neither users nor rows are needed.

        refold verify --completeness-sql --as-of 2026-02-22T00:00:00Z > counts.sql
        refold verify events.ndjson --completeness-sql > counts.sql
        psql -X -q -v ON_ERROR_STOP=1 -f counts.sql "$DATABASE_URL" > counts.csv
        refold verify events.ndjson --completeness counts.csv

      Exit status: 0 coverage is complete and the queue is done, or the log has all
      of live's events and no others; 1 it is not, or has not, jobs of --source are
      not completed, --max-lag is exceeded, or --log shows rows that are not what
      the log says; 2 trouble, or the answer cannot be known (no users, no events,
      live rows without updated_at for --max-lag, a --source that no job has).
      """)

  @Argument(help: ArgumentHelp("A snapshot, or log files.", valueName: "input"), completion: .file())
  var input: [String] = []

  @Option(help: ArgumentHelp("Export of the live projections; repeatable.", valueName: "export"), completion: .file())
  var live: [String] = []

  @Option(
    help: ArgumentHelp(
      "The snapshot's log, to count the users whose live rows are behind or changed.", valueName: "file"),
    completion: .file())
  var log: [String] = []

  @Option(help: ArgumentHelp("The runbooks' NOW(). Default: the snapshot's as-of.", valueName: "instant"))
  var now: InstantArgument?

  @Option(help: "Print a list of users instead of the counts: missing or lagging.")
  var list: VerifyPlan.List?

  @Option(help: ArgumentHelp("How far signals may be ahead of projections: 90s, 15m, 6h, 7d.", valueName: "duration"))
  var maxLag: DurationArgument?

  @Option(help: "Acceptable: failed (users lack rows because the reducers fail on their events) or none.")
  var allow = VerifyAllowance.none

  @Option(help: ArgumentHelp("Export of background_jobs; needs --source.", valueName: "export"), completion: .file())
  var jobs: [String] = []

  @Option(help: ArgumentHelp("The backfill's source label; trimmed.", valueName: "label"))
  var source: String?

  @Option(help: ArgumentHelp("How long a job may run or be due before it counts as stuck.", valueName: "duration"))
  var stuckAfter = DurationArgument(microseconds: 15 * 60_000_000)

  @Flag(help: "Replace an existing quarantine file.") var force = false
  @Flag(help: "Print JSON.") var json = false
  @Flag(help: "No progress and no notices.") var quiet = false
  @OptionGroup var rebuild: LogOptions
  @OptionGroup var expected: ExpectedOptions
  @OptionGroup var writing: WritingOptions
  @OptionGroup var resources: ResourceOptions
  @OptionGroup(title: "Completeness of the log") var completeness: CompletenessOptions

  func validate() throws {
    if completeness.isGiven { return try validateCompleteness() }
    try expected.validate(asOf: rebuild.asOf)
    if expected.isGiven, input.isEmpty || SnapshotInput.isSnapshot(input[0]) {
      throw ValidationError("--expected goes with a log, whose users and events are counted")
    }
    if jobs.isEmpty != (source == nil) { throw ValidationError("--jobs and --source go together") }
    if input.isEmpty, jobs.isEmpty { throw ValidationError("name a snapshot or a log") }
    if input.isEmpty, !live.isEmpty || list != nil || maxLag != nil {
      throw ValidationError("--live, --list and --max-lag need a snapshot or a log")
    }
  }

  func run() throws {
    if completeness.isGiven { return try runCompleteness() }
    var plan = VerifyPlan(ProgramDomain.catalogue)
    try InputFiles(
      input + live + log + jobs + expected.expected + rebuild.users + [rebuild.profile].compactMap { $0 }
        + rebuild.reducing.files
    ).refuse(as: [rebuild.bad.quarantine, rebuild.reducing.running.reducerStderr])
    plan.input = try rebuild.input(input, resources, writing, force: force)
    try prepare(&plan.input)
    // Users exports of a log take part in its rebuild; for a snapshot they replace its own users.
    if plan.input.isSnapshot { plan.users = rebuild.users }
    plan.live = live
    plan.log = log
    plan.now = now?.instant
    plan.list = list
    plan.maximumLag = maxLag?.microseconds
    plan.allowsFailures = allow == .failed
    if let source {
      var queue = QueuePlan()
      queue.jobs = jobs
      queue.source = source
      queue.reading = rebuild.reading.reading()
      queue.stuckAfter = stuckAfter.microseconds
      plan.queue = queue
    }
    let meter = ProgressMeter()
    let report = try ProgressLine.showing(meter, quiet: quiet) { try verify(plan, progress: meter) }
    if !quiet { for notice in report.notices { Terminal.error("note: \(notice)") } }
    try Terminal.output(json ? report.json.pretty + "\n" : report.text)
    for reason in report.unjudged { Terminal.error("refold: not known: \(reason)") }
    try report.judgement.end()
  }
}

extension VerifyPlan.List: ExpressibleByArgument {}

enum VerifyAllowance: String, ExpressibleByArgument, CaseIterable { case none, failed }

/// A duration: a whole number and `s`, `m`, `h` or `d`.
struct DurationArgument: ExpressibleByArgument, CustomStringConvertible {
  var microseconds: Int64

  init(microseconds: Int64) { self.microseconds = microseconds }

  init?(argument: String) {
    let units: [Character: Int64] = ["s": 1, "m": 60, "h": 3600, "d": 86_400]
    guard let last = argument.last, let unit = units[last], let number = Int64(argument.dropLast()),
      (0...100_000_000).contains(number)
    else { return nil }
    microseconds = number * unit * 1_000_000
  }

  var description: String {
    let seconds = microseconds / 1_000_000
    return seconds % 60 == 0 ? "\(seconds / 60)m" : "\(seconds)s"
  }
}

/// How to rebuild a log that is given instead of a snapshot.
struct LogOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("Format of the log: \(FormArgument.list). Default: detected from it.", valueName: "form"))
  var format: FormArgument?

  @Option(name: .long, help: ArgumentHelp("Users export.", valueName: "file"), completion: .file())
  var users: [String] = []

  @Option(
    name: .customLong("as-of"),
    help: ArgumentHelp("For a log: the instant to use as now. Default: its newest created_at.", valueName: "instant"))
  var asOf: InstantArgument?

  @Option(help: ArgumentHelp("For a log: the profile file.", valueName: "file"), completion: .file())
  var profile: String?

  @OptionGroup(title: "Reading") var reading: ReadingOptionGroup
  @OptionGroup(title: "Reading") var bad: QuarantineOptions
  @OptionGroup(title: "Reducing") var reducing: ReducerOptions

  /// The input that these paths and options describe.
  ///
  /// - Parameter force: whether an existing quarantine file is replaced.
  func input(
    _ paths: [String], _ resources: ResourceOptions, _ writing: WritingOptions, force: Bool
  ) throws -> SnapshotInput {
    var input = SnapshotInput(try reducing.catalogue(resources.resources))
    input.paths = paths
    if !reducing.reducers.isEmpty, input.isSnapshot {
      throw ValidationError("--reducers is for a log: a snapshot has the versions that made it")
    }
    if bad.quarantine != nil, input.isSnapshot {
      throw ValidationError("--quarantine is for a log: a snapshot has no malformed records")
    }
    if asOf != nil, input.isSnapshot { throw ValidationError("--as-of is for a log: a snapshot has its own") }
    input.rebuild.input.users = users
    input.rebuild.input.reading = reading.reading(format)
    input.rebuild.input.resources = resources.resources
    bad.add(to: &input.rebuild, force: force)
    input.rebuild.mode = writing.bits
    input.rebuild.asOf = asOf?.instant
    input.rebuild.profile = try input.rebuild.catalogue.loadProfile(profile)
    return input
  }
}
