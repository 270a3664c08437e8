import ArgumentParser
import Comparing
import EventModel
import Rebuilding
import Reporting
import Runbooks
import Running
import SnapshotStore

struct RepairCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "repair",
    abstract: "Writes the SQL of the cheapest backfill that heals what a diff found.",
    usage: "refold repair <snapshot> <live> ... --source <label> [<options>]",
    discussion: """
      Compares the snapshot with exports of the live rows (with --log, so that
      causes are known), or reads a diff that refold diff --ndjson or --sqlite
      wrote; its snapshot, if it is named, gives the cheapest choice and the
      estimate. Only users with rows that a backfill can heal are included, and no
      row that is accepted: by its causes, or by an entry of an accept file. The
      script inserts controller jobs in one transaction, unless a job of the same
      type and source is in flight, and rolls back without --commit.

      Examples:
        refold repair snapshot.sqlite live.csv --log events.ndjson \\
          --source repair.1 > repair.sql
        refold repair snapshot.sqlite --diff differences.ndjson \\
          --source repair.1 --batch 200 --commit -o repair.sql
        psql -X -f repair.sql "$DATABASE_URL"

      Exit status: 0 the script is written (also when there is nothing to
      enqueue), 2 trouble.
      """)

  @Argument(
    help: ArgumentHelp("The snapshot, then exports of the live projections.", valueName: "snapshot"),
    completion: .file())
  var arguments: [String] = []

  @Option(help: ArgumentHelp("Export of the live projections; repeatable.", valueName: "file"), completion: .file())
  var live: [String] = []

  @Option(
    help: ArgumentHelp("Read the differences from a file of refold diff --ndjson or --sqlite.", valueName: "file"),
    completion: .file())
  var diff: String?

  @Option(help: ArgumentHelp("The source label; trimmed, not blank.", valueName: "label"))
  var source: String

  @Option(help: ArgumentHelp("The log the snapshot was made from; repeatable.", valueName: "file"), completion: .file())
  var log: [String] = []

  @Option(
    help: ArgumentHelp(
      "Format of the live export: \(FormArgument.list). Default: detected from the content.", valueName: "form"))
  var format: FormArgument?

  @Option(help: ArgumentHelp("The profile the snapshot was made with.", valueName: "file"), completion: .file())
  var profile: String?

  @Option(help: ArgumentHelp("Repair this projection only; repeatable.", valueName: "type[/key]"))
  var only: [ProjectionArgument] = []

  @Option(
    help: ArgumentHelp("Repair this user only: an id, or the pseudonym in a report; repeatable.", valueName: "id"))
  var user: [NamedUserArgument] = []

  @Option(
    help: ArgumentHelp(
      "Acceptable causes, whose rows stay as they are. Default: clock,texts.", valueName: "cause,…"))
  var allow: CausesArgument?

  @OptionGroup(title: "Judging") var fields: RuleOptions

  @Option(
    help: ArgumentHelp(
      "Leave the differences that this NDJSON file accepts as they are; repeatable.", valueName: "file"),
    completion: .file())
  var accept: [String] = []

  @Option(
    help: ArgumentHelp(
      "How long before the row an unseen event may have been stored: 90s, 15m, 1h.", valueName: "duration"))
  var unseenWithin = DurationArgument(microseconds: 3_600_000_000)

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
  @OptionGroup var naming: PseudonymOptions
  @OptionGroup var writing: WritingOptions
  @OptionGroup var resources: ResourceOptions

  /// A diff and its snapshot, or a snapshot and live rows, in the order in which they used to be named.
  private var input: [String] {
    if let diff { return [diff] + arguments }
    return arguments + live
  }

  func validate() throws {
    if diff != nil, !live.isEmpty || expected.isGiven || !log.isEmpty {
      throw ValidationError("--diff holds the causes: leave out --live, --expected and --log")
    }
    if diff != nil, arguments.count > 1 { throw ValidationError("with --diff, name at most its snapshot") }
    if input.isEmpty { throw ValidationError("Missing expected argument '<snapshot>'") }
    try reducing.validate(isSnapshot: !expected.isGiven)
    if expected.isGiven, log.isEmpty {
      throw ValidationError("--expected needs --log: which jobs heal a row depends on the user's events")
    }
    if output == "-", json { throw ValidationError("-o - and --json both go to standard output") }
    if !(1...1_000_000).contains(batch) { throw ValidationError("--batch takes a number from 1 to 1000000") }
  }

  func run() throws {
    if diff == nil, !expected.isGiven, let first = arguments.first, let stored = try storedDiff(first) {
      noteOldSpelling("repair \(stored) as the first argument", "repair SNAPSHOT --diff \(stored)", quiet: quiet)
    }
    var plan = RepairPlan(try reducing.programs(resources.resources))
    plan.inputs = input
    if expected.isGiven {
      plan.expected = try expected.plan(plan.catalogue, reading.reading(), profile: profile, resources.resources)
    }
    plan.isOfDiff = diff != nil
    plan.liveForm = format?.form
    plan.log = log
    plan.reading = reading.reading()
    plan.profile = try plan.catalogue.loadProfile(profile)
    plan.source = source
    plan.batch = batch
    plan.commits = commit
    plan.resources = resources.resources
    try InputFiles(
      input + expected.files + log + [profile].compactMap { $0 } + reducing.files + accept + fields.rules + naming.files
    )
    .refuse(as: [output, reducing.running.reducerStderr])
    // Open the script before any work: if it must not be replaced, the run stops here.
    let script = try output.map { try OutputFile($0, force: force, mode: writing.bits) }
    try judge(&plan)
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

  /// Which differences to leave as they are.
  private func judge(_ plan: inout RepairPlan) throws {
    let snapshot = input.first.flatMap { SnapshotInput.isSnapshot($0) ? $0 : nil }
    let isNamed = fields.hasRules || !only.isEmpty
    var names = plan.catalogue
    if isNamed, let snapshot, !plan.isOfDiff, !expected.isGiven {
      names = try DiffPlan(plan.catalogue, snapshot: snapshot).bound().catalogue
    }
    let rules = try fields.read(names)
    plan.rules = rules
    if let allowed = allow?.causes ?? rules.allowed { plan.allowed = allowed }
    plan.filter = try only.filter(in: names)
    plan.unseenWithin = unseenWithin.microseconds
    let pseudonyms = try naming.scheme()
    plan.pseudonyms = pseudonyms
    for user in user {
      switch user {
      case .id(let id): plan.onlyUsers.insert(id)
      case .pseudonym(let pseudonym):
        guard let path = plan.isOfDiff ? arguments.first : snapshot else {
          throw ValidationError("--user \(pseudonym): a pseudonym needs the snapshot")
        }
        plan.onlyUsers.insert(try SnapshotReader(path).user(withPseudonym: pseudonym, pseudonyms))
      }
    }
    if !accept.isEmpty {
      var known = RegisterPlan()
      known.accept = accept
      known.pseudonyms = pseudonyms
      plan.register = try DifferenceRegister(known)
    }
  }

  /// The path, if it is a diff and not a snapshot. Throws if it is an export where the snapshot is expected.
  private func storedDiff(_ path: String) throws -> Foreign? {
    if SnapshotInput.isSnapshot(path) {
      return try DifferenceReader.isDatabaseButNoSnapshot(path) ? Foreign(path) : nil
    }
    if try !looksLikeDifferences(path) { try refuseSwapped(path, Array(input.dropFirst())) }
    return Foreign(path)
  }
}
