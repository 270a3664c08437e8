import ArgumentParser
import Comparing
import EventModel
import Explaining
import Folding
import Platform
import Rebuilding
import Reporting
import Running

struct ExplainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "explain",
    abstract: "Explains where a user's projections come from, event by event and step by step.",
    usage: "refold explain <log> ... --user <id> [--only <type[/key]>] [<options>]",
    discussion: """
      Lists each record of the user, in fold order, with its outcome: the
      observation and value that it gave, the event that retracted or corrected it,
      the record that it repeats, the number of rows that it expanded to, or why it
      had no effect. Then shows how each projection is computed, number by number,
      and the rules of the advisory. All figures are recorded while the reducers
      themselves run.

      Malformed records of the user are listed and left out. --quarantine writes
      those of all users to a file, as refold rebuild does; it reads the log once
      more.

      With --as-of, records of other users are skipped without decoding, which is
      several times as fast; without it, the whole log is decoded to find its newest
      created_at. --stored-by leaves out events that were stored later and shows what
      a live row computed at that instant could see. --live takes both instants from
      the live row of one projection, and shows where that row differs from the
      computed one.

      --over-time shows each projection's row after each event, twice: in the order
      in which events were stored, and as of each event's own timestamp. --influence
      shows what the row would be without each event. Both name the events that
      changed something, and the numbers before and after. With them the text leaves
      out the records.

      Examples:
        refold explain events.ndjson.zst --user \(Examples.user)
        refold explain dump.sql.gz --user \(Examples.user) \\
          --only \(Examples.projection)
        refold explain events.csv --user \(Examples.user) \\
          --as-of 2026-02-22T00:00:00Z --json
        refold explain events.csv --user \(Examples.user) \\
          --only \(Examples.projection) --over-time
        refold explain events.csv --user \(Examples.user) \\
          --only \(Examples.projection) --live live.csv --influence

      Exit status: 0 explained, 2 trouble (no such user or live row, unreadable
      input).
      """)

  @Argument(
    help: ArgumentHelp("Event log files, directories, or - for standard input.", valueName: "log"), completion: .file())
  var arguments: [String] = []

  @Option(help: ArgumentHelp("Explain this projection only. Default: all.", valueName: "type[/key]"))
  var only: ProjectionArgument?

  /// The old spelling of the log. With it, the argument is the projection.
  @Option(name: .customLong("log"), help: .hidden) var oldLog: [String] = []

  @Option(help: ArgumentHelp("The user's id, or the pseudonym in a report.", valueName: "id"))
  var user: NamedUserArgument

  @Option(
    help: ArgumentHelp("Export of the users table, to know users without events; repeatable.", valueName: "file"),
    completion: .file())
  var users: [String] = []

  @Option(
    help: ArgumentHelp("Format of the log: \(FormArgument.list). Default: detected from it.", valueName: "form"))
  var format: FormArgument?

  @Option(
    help: ArgumentHelp("The instant to use as now. Default: the newest created_at in the log.", valueName: "instant"))
  var asOf: InstantArgument?

  @Option(help: ArgumentHelp("Only events stored (created_at) by this instant.", valueName: "instant"))
  var storedBy: InstantArgument?

  @Option(
    help: ArgumentHelp(
      "Export of the live projections: explain at the instant of the projection's live row. Repeatable.",
      valueName: "export"), completion: .file())
  var live: [String] = []

  @Flag(help: "Show what each event changed, in stored order and as of each event's own timestamp.")
  var overTime = false

  @Flag(help: "Show what each projection would be without each event.")
  var influence = false

  @Option(help: ArgumentHelp("Reducer profile of the deployment.", valueName: "file"), completion: .file())
  var profile: String?

  @Flag(help: "Replace an existing quarantine file.") var force = false
  @Flag(help: "Print JSON.") var json = false
  @Flag(help: "No progress and no notices.") var quiet = false
  @OptionGroup(title: "Reading") var reading: ReadingOptionGroup
  @OptionGroup(title: "Reading") var bad: QuarantineOptions
  @OptionGroup(title: "Reducing") var reducing: ReducerOptions
  @OptionGroup var naming: PseudonymOptions
  @OptionGroup var writing: WritingOptions
  @OptionGroup var resources: ResourceOptions

  /// The log, whichever way it was given.
  private var log: [String] { oldLog.isEmpty ? arguments : oldLog }

  private var projection: ProjectionArgument? {
    oldLog.isEmpty ? only : only ?? arguments.first.flatMap(ProjectionArgument.init(argument:))
  }

  func validate() throws {
    if log.isEmpty { throw ValidationError("Missing expected argument '<log> ...'") }
    if !oldLog.isEmpty, arguments.count + (only == nil ? 0 : 1) > 1 {
      throw ValidationError("name the log without --log, and the projection with --only")
    }
    if live.isEmpty { return }
    if asOf != nil || storedBy != nil {
      throw ValidationError("--live takes its instants from the live row: leave out --as-of and --stored-by")
    }
    if projection == nil { throw ValidationError("--live needs the projection whose live row it is: --only TYPE/KEY") }
    if live.contains("-"), log.contains("-") {
      throw ValidationError("the log and --live: standard input is only one of them")
    }
  }

  func run() throws {
    if !oldLog.isEmpty {
      let only: Foreign = arguments.isEmpty ? "" : " --only TYPE/KEY"
      noteOldSpelling("explain --log LOG", "explain LOG --user ID\(only)", quiet: quiet)
    }
    try InputFiles(log + users + live + [profile].compactMap { $0 } + reducing.files + naming.files)
      .refuse(as: [bad.quarantine, reducing.running.reducerStderr])
    let meter = ProgressMeter()
    let catalogue = try reducing.catalogue(resources.resources)
    let id = try user(in: catalogue, meter)
    var plan = ExplainPlan(catalogue, user: id)
    plan.search.logs = log
    plan.search.users = users
    plan.search.reading = reading.reading(format)
    plan.search.resources = resources.resources
    plan.profile = try plan.catalogue.loadProfile(profile)
    plan.asOf = asOf?.instant
    plan.storedBy = storedBy?.instant
    plan.wanted = try projection?.wanted(in: plan.catalogue, "--only <type[/key]>")
    plan.live = try liveRow(plan)
    plan.tellsOverTime = overTime
    plan.tellsInfluence = influence
    var malformed: MalformedRecords?
    let history = try ProgressLine.showing(meter, quiet: quiet) {
      malformed = try bad.setAside(input(of: catalogue, only: [id]), force: force, mode: writing.bits, meter)
      plan.search.ambiguousIDs = malformed?.ambiguousIDs ?? []
      return try explainedHistory(plan, progress: meter)
    }
    try malformed?.publish()
    if let malformed, malformed.count > 0 {
      Terminal.error("\(counted(malformed.count, "malformed record")) of the log left out")
    }
    let style = TextStyle(isColoured: Terminal.outputIsColoured)
    let isStyled = style.isColoured && !json
    var pending = ""
    // Kept until all records have been visited, because the function that visits them cannot throw.
    var fault: (any Error)?
    func output(_ text: String) {
      pending += text
      if pending.utf8.count < 1 << 16 || fault != nil { return }
      do { try Terminal.output(pending, isStyled: isStyled) } catch { fault = error }
      pending = ""
    }
    if json {
      history.overview.writeJSON(history.shown, history.forEachRecord, to: output)
    } else {
      history.overview.write(style, history.shown, history.forEachRecord, to: output)
    }
    if let fault = fault ?? history.fault { throw fault }
    try Terminal.output(pending, isStyled: isStyled)
  }

  /// The user's id. For a pseudonym, the whole log is read.
  private func user(in catalogue: Catalogue, _ meter: ProgressMeter) throws -> UserID {
    if case .id(let id) = user { return id }
    var input = input(of: catalogue, only: [])
    input.setsMalformedAside = true
    let found = try ProgressLine.showing(meter, quiet: quiet) {
      try [user].ids(in: input, naming.scheme(), meter)
    }
    guard let id = found.first else { preconditionFailure("a pseudonym that was found names a user") }
    return id
  }

  /// How to read the whole log.
  private func input(of catalogue: Catalogue, only users: Set<UserID>) -> IngestPlan {
    var input = IngestPlan(catalogue.vocabulary)
    input.logs = log
    input.users = self.users
    input.reading = reading.reading(format)
    input.onlyUsers = users
    input.resources = resources.resources
    return input
  }

  /// Where to find the row of --live; `nil` without it.
  private func liveRow(_ plan: ExplainPlan) throws -> LiveRowPlan? {
    guard !live.isEmpty, let wanted = plan.wanted else { return nil }
    let numbers = plan.catalogue.numbers(ofType: wanted.type).filter { number in
      wanted.key.map { $0 == plan.catalogue.names[number].key } ?? true
    }
    guard numbers.count == 1, let number = numbers.first else {
      let known = numbers.map { "  - \(plan.catalogue.names[$0])" }.joined(separator: "\n")
      throw ValidationError("--live needs one projection:\n\(known)")
    }
    return LiveRowPlan(
      plan.catalogue, user: plan.user, number: number, exports: live, reading: reading.reading(),
      resources: resources.resources)
  }
}

extension Terminal {
  /// Whether text for people may have colours: on a terminal, unless `NO_COLOR` is set.
  static var outputIsColoured: Bool {
    isatty(STDOUT_FILENO) == 1 && (getenv("NO_COLOR").map { $0.pointee == 0 } ?? true)
  }
}
