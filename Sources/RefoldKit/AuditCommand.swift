import ArgumentParser
import Comparing
import EventModel
import Rebuilding
import Reporting
import Running
import SnapshotStore

struct AuditCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "audit",
    abstract: "Rebuilds the projections of a dump and compares them with the live ones in it.",
    discussion: """
      The same as refold rebuild DUMP … and refold diff … --log DUMP in one run.
      DUMP is a plain-format pg_dump of events, users and projections, which may be
      packed with gzip or zstd. For other exports, name the live rows with --live.
      The input is read more than once, so it must be a file.

      Examples:
        refold audit dump.sql.zst
        refold audit events.ndjson.zst --users users.csv \\
          --live projections.csv -o snapshot.sqlite

      Exit status: 0 nothing unacceptable, 1 differences, 2 trouble.
      """)

  @Argument(help: "A dump, or event log files and directories.", completion: .file()) var log: [String]

  @Option(
    help: ArgumentHelp("Export of the live projections. Default: the dump's own; repeatable.", valueName: "file"),
    completion: .file())
  var live: [String] = []

  @Option(
    help: ArgumentHelp("Users export. Default: the dump's own; repeatable.", valueName: "file"), completion: .file())
  var users: [String] = []

  @Option(
    name: .customLong("as-of"),
    help: ArgumentHelp(
      "The instant to use as now, with an offset. Default: the newest created_at in the log.", valueName: "instant"))
  var asOf: InstantArgument?

  @Option(
    name: [.short, .long], help: ArgumentHelp("Keep the snapshot in this file.", valueName: "snapshot"),
    completion: .file())
  var output: String?

  @Option(
    help: ArgumentHelp(
      "Format of the log: \(FormArgument.list). Default: detected from each file's content.", valueName: "form"))
  var format: FormArgument?

  @OptionGroup(title: "Reducing") var reducing: ReducerOptions
  @OptionGroup(title: "Reading") var reading: ReadingOptionGroup
  @OptionGroup(title: "Reading") var bad: QuarantineOptions
  @OptionGroup var options: DiffOptions
  @OptionGroup var resources: ResourceOptions

  func validate() throws {
    if (log + live + users).contains("-") {
      throw ValidationError("audit reads its input more than once: name a file instead of -")
    }
  }

  func run() throws {
    let pseudonyms = try options.naming.scheme()
    try options.redacting(pseudonyms) { try audit(pseudonyms) }
  }

  private func audit(_ pseudonyms: PseudonymScheme) throws {
    try options.refuseInputs(
      log + live + users + reducing.files, as: [output, bad.quarantine, reducing.running.reducerStderr])
    let register = try options.register(pseudonyms)
    let resources = resources.resources
    let temporary = try output == nil ? TemporarySnapshot(directory: resources.temporaryDirectory) : nil
    // Renamed into place at the end, together with the quarantine file and the reports.
    let kept = try output.map { try PendingFile(target: $0, replacing: options.force, mode: options.writing.bits) }
    var plan = RebuildPlan(try reducing.catalogue(resources))
    try options.judging.fields.read(plan.catalogue)
    plan.input.logs = log
    plan.input.users = users
    plan.input.onlyUsers = options.user.knownIDs
    plan.input.resources = resources
    plan.input.reading = reading.reading(format)
    bad.add(to: &plan, force: options.force)
    plan.profile = try plan.catalogue.loadProfile(options.profile)
    plan.filter = try options.only.filter(in: plan.catalogue)
    plan.asOf = asOf?.instant
    plan.output = kept?.path ?? temporary?.path ?? ""
    plan.force = true
    plan.mode = options.writing.bits

    let meter = ProgressMeter()
    let summary: RebuildSummary
    var setAside: PendingFile?
    do {
      summary = try ProgressLine.showing(meter, quiet: options.quiet) { [plan] in
        try rebuild(plan, progress: meter) { setAside = $0 }
      }
    } catch var error as SnapshotError {
      // The user does not know the hidden name: report the target instead.
      if error.path == plan.output { error.path = output ?? error.path }
      throw error
    }
    if !options.quiet { Terminal.error("\(summary.line)") }

    var comparison = DiffPlan(plan.catalogue)
    comparison.pseudonyms = pseudonyms
    comparison.snapshot = plan.output
    comparison.isOwnSnapshot = true
    comparison.snapshotName = output ?? "the rebuilt projections"
    comparison.live = live.isEmpty ? log : live
    comparison.log.logs = log
    comparison.log.reading = reading.reading(format)
    // Without --live the live rows are in the log's own files.
    comparison.liveReading = reading.reading(live.isEmpty ? format : nil)
    try withExtendedLifetime(temporary) {
      try options.run(&comparison, resources, register, publishing: [kept, setAside].compactMap { $0 })
    }
  }
}
