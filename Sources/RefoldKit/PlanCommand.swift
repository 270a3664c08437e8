import ArgumentParser
import EventModel
import Folding
import Rebuilding
import Reporting
import Runbooks
import Running

struct PlanCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plan",
    abstract: "Lists the jobs a backfill would enqueue: the controller job and its fan-out.",
    discussion: """
      INPUT is a snapshot, or a log that is rebuilt first. `all` runs each backfill
      to completion before the next.

      Examples:
        refold plan all snapshot.sqlite --source deploy.v2
        refold plan \(Examples.lastBackfill) events.ndjson --users users.csv \\
          --source deploy.v2 --ndjson jobs.ndjson
        refold plan \(Examples.firstBackfill) snapshot.sqlite --source deploy.v2 \\
          --jobs background_jobs.csv -o jobs.sqlite

      Exit status: 0 planned (even if nothing would be enqueued), 2 trouble.
      """)

  @Argument(
    help: "Which backfill: \(ProgramDomain.catalogue.backfills.map(\.name).joined(separator: ", ")) or all.")
  var backfill: String
  @Argument(help: ArgumentHelp("A snapshot, or log files.", valueName: "input"), completion: .file()) var input:
    [String]

  @Option(help: ArgumentHelp("The source label; trimmed, not blank.", valueName: "label"))
  var source: String

  @Option(
    help: ArgumentHelp("Export of background_jobs; jobs already in flight are left out.", valueName: "export"),
    completion: .file())
  var jobs: [String] = []

  @Option(
    help: ArgumentHelp("Write the jobs as NDJSON; - for standard output.", valueName: "file"), completion: .file())
  var ndjson: String?

  @Option(
    name: [.short, .long], help: ArgumentHelp("Write the jobs as a SQLite table.", valueName: "file"),
    completion: .file())
  var output: String?

  @Flag(help: "Replace an existing SQLite file or quarantine file.") var force = false
  @Flag(help: "Print the counts as JSON.") var json = false
  @Flag(help: "No progress.") var quiet = false
  @OptionGroup var rebuild: LogOptions
  @OptionGroup var writing: WritingOptions
  @OptionGroup var resources: ResourceOptions

  func validate() throws { _ = try chosen() }

  private func chosen() throws -> [Backfill] {
    let known = ProgramDomain.catalogue.backfills
    let chosen = backfill == "all" ? known : known.filter { $0.name == backfill }
    if chosen.isEmpty {
      let names = (known.map(\.name) + ["all"]).joined(separator: ", ")
      throw ValidationError("\(Foreign(backfill).text): no such backfill; there are \(names)")
    }
    return chosen
  }

  func run() throws {
    try InputFiles(input + jobs + rebuild.users + [rebuild.profile].compactMap { $0 } + rebuild.reducing.files)
      .refuse(as: [ndjson, output, rebuild.bad.quarantine, rebuild.reducing.running.reducerStderr])
    var plan = BackfillPlan(ProgramDomain.catalogue)
    plan.input = try rebuild.input(input, resources, writing, force: force)
    // Users exports of a log take part in its rebuild; for a snapshot they replace its own users.
    if plan.input.isSnapshot { plan.users = rebuild.users }
    plan.backfills = try chosen()
    plan.source = source
    plan.jobs = jobs
    plan.ndjson = ndjson
    plan.database = output
    plan.force = force
    plan.mode = writing.bits
    let meter = ProgressMeter()
    let report = try ProgressLine.showing(meter, quiet: quiet) { try Runbooks.plan(plan, progress: meter) }
    let text = json ? report.json.pretty + "\n" : report.text
    if ndjson == "-" {
      if !quiet { Terminal.error(lines: text) }
    } else {
      try Terminal.output(text)
    }
  }
}
