import ArgumentParser
import EventModel
import Rebuilding
import Reporting
import Runbooks
import Running

struct RepairCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "repair",
    abstract: "Writes the SQL of the cheapest backfill that heals what a diff found.",
    discussion: """
      INPUT is a snapshot followed by exports of the live rows (with --log, so that causes are known), or a
      diff (refold diff --ndjson or --sqlite) and, for the cheapest choice and the estimate, its snapshot.
      Only users with rows that a backfill can heal are included. The script inserts controller jobs in one
      transaction, unless a job of the same type and source is in flight, and rolls back without --commit.

      Examples:
        refold repair snapshot.sqlite live.csv --log events.ndjson --source repair.1 > repair.sql
        refold repair differences.ndjson snapshot.sqlite --source repair.1 --batch 200 --commit -o repair.sql
        psql -X -f repair.sql "$DATABASE_URL"

      Exit status: 0 the script is written (also when there is nothing to enqueue), 2 trouble.
      """)

  @Argument(
    help: ArgumentHelp("A snapshot and live exports, or a diff and its snapshot.", valueName: "input"),
    completion: .file())
  var input: [String]

  @Option(help: ArgumentHelp("The source label; trimmed, not blank.", valueName: "label"))
  var source: String

  @Option(help: ArgumentHelp("The log the snapshot was made from; repeatable.", valueName: "file"), completion: .file())
  var log: [String] = []

  @Option(help: ArgumentHelp("The profile the snapshot was made with.", valueName: "file"), completion: .file())
  var profile: String?

  @Option(help: ArgumentHelp("Maximum number of users in a controller job.", valueName: "n"))
  var batch = 500

  @Flag(help: "End the script with COMMIT.") var commit = false
  @Flag(help: "Replace an existing script.") var force = false

  @Option(
    name: [.short, .long], help: ArgumentHelp("Write the script to a file; - for standard output.", valueName: "file"),
    completion: .file())
  var output: String?

  @Flag(help: "Print the estimate, the jobs and what cannot heal as JSON instead of the script.") var json = false
  @Flag(help: "No progress and no estimate beside the script.") var quiet = false
  @OptionGroup var expected: ExpectedSideOptions
  @OptionGroup(title: "Reducing") var reducing: SnapshotReducerOptions
  @OptionGroup(title: "Reading") var reading: ReadingOptionGroup
  @OptionGroup var writing: WritingOptions
  @OptionGroup var resources: ResourceOptions

  func validate() throws {
    try reducing.validate(isSnapshot: !expected.isGiven)
    if expected.isGiven, log.isEmpty {
      throw ValidationError("--expected needs --log: which jobs heal a row depends on the user's events")
    }
    if output == "-", json { throw ValidationError("-o - and --json both go to standard output") }
    if !(1...1_000_000).contains(batch) { throw ValidationError("--batch takes a number from 1 to 1000000") }
  }

  func run() throws {
    var plan = RepairPlan(try reducing.programs(resources.resources))
    plan.inputs = input
    if expected.isGiven {
      plan.expected = try expected.plan(plan.catalogue, reading.reading(), profile: profile, resources.resources)
    }
    plan.log = log
    plan.reading = reading.reading()
    plan.profile = try plan.catalogue.loadProfile(profile)
    plan.source = source
    plan.batch = batch
    plan.commits = commit
    plan.resources = resources.resources
    try InputFiles(input + expected.files + log + [profile].compactMap { $0 } + reducing.files)
      .refuse(as: [output, reducing.running.reducerStderr])
    // Open the script before any work: if it must not be replaced, the run stops here.
    let script = try output.map { try OutputFile($0, force: force, mode: writing.bits) }
    let meter = ProgressMeter()
    let (sql, report) = try ProgressLine.showing(meter, quiet: quiet) { try repair(plan, progress: meter) }
    try script?.write(sql)
    try script?.finish()
    if json {
      try Terminal.output(report.json.pretty + "\n")
    } else if script == nil || output == "-" {
      if script == nil { try Terminal.output(sql) }
      if !quiet { Terminal.error(lines: report.text) }
    } else {
      try Terminal.output(report.text)
    }
  }
}
