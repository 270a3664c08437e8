import ArgumentParser
import Cases
import EventModel
import Folding
import Formatting
import JSONTape
import Rebuilding
import Reporting
import Running

struct WitnessCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "witness",
    abstract: "Cuts a difference down to a small, anonymous case that refold check runs.",
    usage: "refold witness <log> ... --live <file> --output <dir> [<options>]",
    discussion: """
      Removes events of a user, then fields of the remaining events, as long as the
      live row still differs with the same causes at the same paths. Then replaces
      ids, texts, dates and numbers, and writes a folder with case.json,
      events.ndjson, live-projections.ndjson and why.md. No id and no text of the
      user is in it.

      With one --user and one --only the folder is the case; otherwise each row that
      differs gets a folder in it. Without --user, a rebuild and a diff find the
      rows, one of each kind first; --users names the users export.

      Examples:
        refold witness events.ndjson.zst --live live.csv \\
          --user \(Examples.user) \\
          --only \(Examples.projection) -o cases/one
        refold witness dump.sql.gz --live dump.sql.gz \\
          --user \(Examples.user) -o cases
        refold witness events.ndjson --live live.csv --cause changed -o cases
        refold check cases

      Exit status: 0 witnesses written, 1 no difference to witness, 2 trouble.
      """)

  @Argument(
    help: ArgumentHelp("Event log files, directories, or - for standard input.", valueName: "log"), completion: .file())
  var logs: [String] = []

  @Option(name: .customLong("log"), help: .hidden) var oldLog: [String] = []

  @Option(
    help: ArgumentHelp("Export of the live projections, or a snapshot; repeatable.", valueName: "file"),
    completion: .file())
  var live: [String]

  @Option(
    help: ArgumentHelp(
      "Only rows of this user: an id, or the pseudonym in a report; repeatable. Default: all users that differ.",
      valueName: "id"))
  var user: [NamedUserArgument] = []

  @Option(
    help: ArgumentHelp("Only rows of this projection; repeatable. Default: all that differ.", valueName: "type[/key]"))
  var only: [ProjectionArgument] = []

  @Option(help: .hidden) var key: [ProjectionArgument] = []

  @Option(help: ArgumentHelp("Only rows with one of these causes.", valueName: "cause,…"))
  var cause: CausesArgument?

  @Option(help: ArgumentHelp("Maximum number of witnesses.", valueName: "n"))
  var limit = 10

  @Option(
    name: [.short, .long], help: ArgumentHelp("Folder to write the case or cases to.", valueName: "dir"),
    completion: .directory)
  var output: String

  @Option(
    name: .customLong("as-of"),
    help: ArgumentHelp(
      "The instant to use as now, with an offset. Default: the newest created_at in the log.", valueName: "instant"))
  var asOf: InstantArgument?

  @Option(help: ArgumentHelp("Reducer profile of the deployment.", valueName: "file"), completion: .file())
  var profile: String?

  @Option(
    help: ArgumentHelp("Users export, when no --user is given; repeatable.", valueName: "file"), completion: .file())
  var users: [String] = []

  @Option(
    help: ArgumentHelp(
      "Format of the log: \(FormArgument.list). Default: detected from each file's content.", valueName: "form"))
  var format: FormArgument?

  @Option(help: ArgumentHelp("Maximum number of folds per witness.", valueName: "n"))
  var tries = 50_000

  @Flag(help: "Leave malformed records out without writing them anywhere.") var skipMalformed = false
  @Flag(help: "Write a witness even if it depends on free text of the user.") var keepTexts = false
  @Flag(help: "Replace an existing witness or quarantine file.") var force = false
  @Flag(help: "Print a JSON object.") var json = false
  @Flag(help: "No progress.") var quiet = false
  @OptionGroup(title: "Reading") var reading: ReadingOptionGroup
  @OptionGroup(title: "Reading") var bad: QuarantineOptions
  @OptionGroup(title: "Reducing") var reducing: ReducerOptions
  @OptionGroup var naming: PseudonymOptions
  @OptionGroup var writing: WritingOptions
  @OptionGroup var resources: ResourceOptions

  /// The log, whichever way it was given.
  private var log: [String] { logs + oldLog }

  func validate() throws {
    if log.isEmpty { throw ValidationError("Missing expected argument '<log> ...'") }
    if !(1...WitnessPlan.mostWitnesses).contains(limit) {
      throw ValidationError("--limit takes a number from 1 to \(grouped(WitnessPlan.mostWitnesses))")
    }
    if tries < 1 { throw ValidationError("--tries takes a number, 1 or more") }
    if user.isEmpty, (log + live + users).contains("-") {
      throw ValidationError("without --user the input is read more than once: name a file instead of -")
    }
  }

  func run() throws {
    if !oldLog.isEmpty { noteOldSpelling("witness --log LOG", "witness LOG", quiet: quiet) }
    if !key.isEmpty { noteOldSpelling("witness --key", "--only", quiet: quiet) }
    let inputs = InputFiles(log + live + users + [profile].compactMap { $0 } + reducing.files + naming.files)
    try inputs.refuse(as: [bad.quarantine, reducing.running.reducerStderr])
    try inputs.refuse(asFolder: output)
    let programs = reducing.running.launcher(resources.resources)
    var plan = WitnessPlan(try reducing.catalogue(programs))
    plan.programs = programs
    plan.logs = log
    plan.reading = reading.reading(format)
    plan.live = live
    plan.usersExports = users
    plan.filter = try (only + key).filter(in: plan.catalogue)
    plan.causes = cause?.causes ?? []
    plan.limit = limit
    plan.asOf = asOf?.instant
    plan.profile = try plan.catalogue.loadProfile(profile)
    plan.output = output
    plan.force = force
    plan.mode = writing.bits
    plan.leavesOutMalformed = skipMalformed || bad.quarantine != nil
    plan.keepsTexts = keepTexts
    plan.tries = tries
    plan.resources = resources.resources
    let meter = ProgressMeter()
    var input = IngestPlan(plan.catalogue.vocabulary)
    input.logs = log
    input.users = users
    input.reading = plan.reading
    input.setsMalformedAside = plan.leavesOutMalformed
    input.resources = resources.resources
    // In the order given, each once.
    for user in user {
      let ids = try [user].ids(in: input, naming.scheme(), meter)
      plan.users += ids.filter { !plan.users.contains($0) }
    }
    input.onlyUsers = Set(plan.users)
    var malformed: MalformedRecords?
    var outcome = try ProgressLine.showing(meter, quiet: quiet) {
      malformed = try bad.setAside(input, force: force, mode: writing.bits, meter)
      plan.ambiguousIDs = malformed?.ambiguousIDs ?? []
      return try witness(plan, progress: meter)
    }
    try malformed?.publish()
    if let malformed { outcome.leftOut = malformed.count }
    try report(outcome)
    if !outcome.refused.isEmpty { throw ExitCode(2) }
    if outcome.written.isEmpty { throw ExitCode(1) }
  }

  private func report(_ outcome: WitnessOutcome) throws {
    if outcome.leftOut > 0 { Terminal.error("\(counted(outcome.leftOut, "malformed record")) left out") }
    if outcome.withoutEvents > 0 {
      Terminal.error("\(counted(outcome.withoutEvents, "row")) of users without events: no witness")
    }
    for row in outcome.refused { Terminal.error("refold: \(row.reason)") }
    if json {
      let object = JSONTree.object([
        .init("written", .array(outcome.written.map { $0.report.json(of: $0.user) })),
        .init("equal", .integer(Int64(outcome.equal))),
        .init("malformed_left_out", .integer(Int64(outcome.leftOut))),
      ])
      try Terminal.output(object.pretty + "\n")
    } else {
      for (_, report) in outcome.written { try Terminal.output(report.text) }
      if outcome.written.isEmpty, outcome.refused.isEmpty {
        try Terminal.output("no difference to witness: \(outcome.nothing)\n")
      }
    }
  }
}

extension WitnessOutcome {
  /// Why nothing was written.
  fileprivate var nothing: String {
    if otherCauses > 0 {
      return "\(counted(otherCauses, "row")) \(otherCauses == 1 ? "differs" : "differ"), with other causes"
    }
    return equal > 0 ? "\(counted(equal, "row")) looked at, all equal" : "no row differs with what was asked for"
  }
}
