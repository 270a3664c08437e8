import ArgumentParser
import Comparing
import EventLog
import EventModel
import Folding
import Platform
import Rebuilding
import Reporting
import Running

struct DiffCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "diff",
    abstract: "Compares a snapshot with live projections and names the cause of each difference.",
    discussion: """
      LIVE is an export of the projections table (NDJSON, CSV, COPY text, a plain
      pg_dump; plain or packed with gzip or zstd), in any order, or another snapshot.
      A partial snapshot is compared with the rows of its users.
      With --log, users that differ are folded again, at each live row's own instant
      and with the events that it could see.

      Causes, and what to do next:
      \(CauseHelp.text)

      Examples:
        refold diff snapshot.sqlite live.csv --log events.ndjson.zst
        refold diff snapshot.sqlite dump.sql.gz --log dump.sql.gz \\
          --ndjson differences.ndjson
        refold diff old.sqlite new.sqlite
        refold diff --expected dbt-rows.csv --as-of 2026-02-22T00:00:00Z live.csv

      Exit status: 0 nothing unacceptable, 1 differences, 2 trouble (nothing
      compared, unreadable input).
      """)

  @Argument(help: "The snapshot: what the rows should be.", completion: .file()) var snapshot: String?
  @Argument(
    help: ArgumentHelp("Exports of the live projections, or one other snapshot.", valueName: "live"),
    completion: .file())
  var exports: [String] = []

  @Option(help: ArgumentHelp("The same, named; repeatable.", valueName: "file"), completion: .file())
  var live: [String] = []

  @Option(
    help: ArgumentHelp("The event log the snapshot was made from; repeatable.", valueName: "file"), completion: .file())
  var log: [String] = []

  @Option(
    help: ArgumentHelp(
      "Format of the live export: \(FormArgument.list). Default: detected from the content.", valueName: "form"))
  var format: FormArgument?

  @Option(
    help: ArgumentHelp(
      "Compare the users of this partition only; refold merge --reports adds up the reports.", valueName: "I/N"))
  var partition: PartitionArgument?

  @Flag(help: "The live export has rows of the partition only; another user's row is an error.")
  var partitionedLive = false

  @OptionGroup var expected: ExpectedSideOptions
  @OptionGroup(title: "Reducing") var reducing: SnapshotReducerOptions
  @OptionGroup(title: "Reading") var reading: ReadingOptionGroup
  @OptionGroup var options: DiffOptions
  @OptionGroup var resources: ResourceOptions

  func validate() throws {
    try reducing.validate(isSnapshot: !expected.isGiven)
    if snapshot == nil, !expected.isGiven || live.isEmpty {
      throw ValidationError("Missing expected argument '\(expected.isGiven ? "<live> ..." : "<snapshot>")'")
    }
    if exports.isEmpty, live.isEmpty, !expected.isGiven {
      throw ValidationError("Missing expected argument '<live> ...'")
    }
    if expected.isGiven, partition != nil || partitionedLive {
      throw ValidationError("\(partition != nil ? "--partition" : "--partitioned-live"): not with --expected")
    }
  }

  func run() throws {
    // With --expected, all arguments are live rows.
    let snapshot = expected.isGiven ? nil : snapshot
    let live = (expected.isGiven ? [self.snapshot].compactMap { $0 } : []) + exports + live
    if let snapshot { try refuseSwapped(snapshot, live) }
    try options.refuseInputs(
      [snapshot].compactMap { $0 } + expected.files + live + log + reducing.files, as: [reducing.running.reducerStderr])
    let pseudonyms = try options.naming.scheme()
    var register: DifferenceRegister?
    try options.redacting(pseudonyms) { register = try options.register(pseudonyms) }
    var plan = DiffPlan(try reducing.programs(resources.resources))
    plan.pseudonyms = pseudonyms
    var rows: TemporarySnapshot?
    if let snapshot {
      plan.snapshot = snapshot
    } else {
      let expectedPlan = try expected.plan(
        plan.catalogue, reading.reading(), profile: options.profile, resources.resources)
      let imported = try importExpected(expectedPlan, ProgressMeter())
      rows = imported
      plan.snapshot = imported.path
      plan.isOwnSnapshot = true
      plan.snapshotName = expected.name
    }
    plan.live = live
    plan.liveForm = format?.form
    plan.log.logs = log
    plan.log.reading = reading.reading()
    plan.liveReading = reading.reading()
    plan.partition = partition?.partition
    plan.isLivePartitioned = partitionedLive
    try withExtendedLifetime(rows) { try options.run(&plan, resources.resources, register) }
  }
}
