import ArgumentParser
import EventModel
import Folding
import Rebuilding
import Reporting
import Running

struct RebuildCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rebuild",
    abstract: "Folds an exported event log into an exact SQLite snapshot of all projections.",
    discussion: """
      LOG is a file, a directory of shards, or - for standard input. The snapshot
      depends only on the set of events and users, the as-of and the profile, not
      on how the log is ordered, split or repeated.

      Examples:
        refold rebuild events.ndjson --users users.ndjson \\
          --as-of 2026-02-22T00:00:00Z -o snapshot.sqlite
        zcat shards/*.gz | refold rebuild - -o snapshot.sqlite --force
        refold rebuild backup.sql.zst -o snapshot.sqlite \\
          --quarantine bad.ndjson --max-bad 0.1%
        refold rebuild 's3a://logs/*.ndjson' --as-of 2026-02-22T00:00:00Z \\
          --engine spark --master yarn -o snapshot.sqlite
        refold rebuild events.ndjson --only \(Examples.type) \\
          --user \(Examples.user) -o one.sqlite

      Exit status: 0 the snapshot is written, 2 trouble (nothing is written).
      """)

  @Argument(help: "Event log files, directories, or - for standard input.", completion: .file())
  var log: [String]

  @OptionGroup var source: FoldInputOptions

  @Option(
    name: [.short, .long], help: ArgumentHelp("The snapshot to write.", valueName: "snapshot"), completion: .file())
  var output: String

  @Option(
    help: ArgumentHelp("Profile that overrides parts of the built-in one.", valueName: "file"), completion: .file())
  var profile: String?

  @Option(
    help: ArgumentHelp("Fold this user only: an id, or the pseudonym in a report; repeatable.", valueName: "id"))
  var user: [NamedUserArgument] = []

  @Option(help: ArgumentHelp("Rebuild this projection only; repeatable.", valueName: "type[/key]"))
  var only: [ProjectionArgument] = []

  @Flag(help: "Replace an existing snapshot, and an existing quarantine file.")
  var force = false

  @Flag(help: "Print the summary as JSON.")
  var json = false

  @Flag(help: "No progress and no notices.")
  var quiet = false

  @OptionGroup(title: "Reading") var reading: ReadingOptionGroup
  @OptionGroup(title: "Reading") var bad: QuarantineOptions
  @OptionGroup(title: "Reducing") var reducing: ReducerOptions
  @OptionGroup var naming: PseudonymOptions
  @OptionGroup var engine: EngineOptions
  @OptionGroup var writing: WritingOptions
  @OptionGroup var resources: ResourceOptions

  func validate() throws {
    if bad.quarantine == output { throw ValidationError("--quarantine and --output name the same file") }
    try validateSpark()
  }

  func run() throws {
    try InputFiles(log + source.users + [profile].compactMap { $0 } + reducing.files + naming.files)
      .refuse(as: [output, bad.quarantine, reducing.running.reducerStderr])
    if engine.engine == .spark { try runOnSpark() }
    var plan = RebuildPlan(try reducing.catalogue(resources.resources))
    plan.input.logs = log
    plan.input.users = source.users
    plan.input.reading = reading.reading(source.format)
    plan.input.resources = resources.resources
    plan.profile = try plan.catalogue.loadProfile(profile)
    plan.filter = try only.filter(in: plan.catalogue)
    plan.asOf = source.asOf?.instant
    plan.output = output
    plan.force = force
    plan.mode = writing.bits
    bad.add(to: &plan, force: force)
    if !quiet { noteStaleFiles(beside: [output] + (bad.quarantine.map { [$0] } ?? [])) }

    let meter = ProgressMeter()
    plan.input.onlyUsers = try user.ids(in: plan.input, naming.scheme(), meter)
    var summary = try ProgressLine.showing(meter, quiet: quiet) { try rebuild(plan, progress: meter) }
    summary.peakMemory = peakMemory
    try Terminal.output(json ? summary.json.pretty + "\n" : summary.text)
  }

  /// Reports temporary files that a killed run could not remove.
  private func noteStaleFiles(beside targets: [String]) {
    for file in targets.flatMap(staleFiles) {
      Terminal.error("refold: \(file) was left behind by a run that was killed; it can be deleted")
    }
  }
}
