import ArgumentParser
import Comparing
import EventModel
import Folding
import Platform
import Rebuilding
import Reporting
import Running

struct ExplainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "explain",
    abstract: "Explains where a user's projections come from, event by event and step by step.",
    discussion: """
      Lists each record of the user, in fold order, with its outcome: the observation and value that it gave, the
      event that retracted or corrected it, the record that it repeats, the number of rows that it expanded to, or
      why it had no effect. Then shows how each projection is computed, number by number, and the rules of the
      advisory. All figures are recorded while the reducers themselves run.

      With --as-of, records of other users are skipped without decoding, which is several times as fast; without it,
      the whole log is decoded to find its newest created_at. --stored-by leaves out events that were stored later
      and shows what a live row computed at that instant could see. --live takes both instants from the live row of
      one projection, and shows where that row differs from the computed one.

      --over-time shows each projection's row after each event, twice: in the order in which events were stored, and
      as of each event's own timestamp. --influence shows what the row would be without each event. Both name the
      events that changed something, and the numbers before and after. With them the text leaves out the records.

      Examples:
        refold explain --log events.ndjson.zst --user 08a74b44-65f4-477d-9dbe-1c12c0d105b6
        refold explain --log dump.sql.gz --user 08a74b44-65f4-477d-9dbe-1c12c0d105b6 \(Examples.projection)
        refold explain --log events.csv --user 08a74b44-65f4-477d-9dbe-1c12c0d105b6 --as-of 2026-02-22T00:00:00Z --json
        refold explain --log events.csv --user 08a74b44-65f4-477d-9dbe-1c12c0d105b6 \(Examples.projection) --over-time
        refold explain --log events.csv --user 08a74b44-65f4-477d-9dbe-1c12c0d105b6 \(Examples.projection) --live live.csv --influence

      Exit status: 0 explained, 2 trouble (no such user or live row, unreadable input).
      """)

  @Argument(help: ArgumentHelp("Which projection; all by default.", valueName: "type[/key]"))
  var projection: ProjectionArgument?

  @Option(
    help: ArgumentHelp("Event log: files, directories, - for standard input; repeatable.", valueName: "file"),
    completion: .file())
  var log: [String]

  @Option(help: ArgumentHelp("The user's id.", valueName: "id"))
  var user: UserArgument

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

  @Flag(help: "Print JSON.") var json = false
  @Flag(help: "No progress and no notices.") var quiet = false
  @OptionGroup(title: "Reading") var reading: ReadingOptionGroup
  @OptionGroup(title: "Reducing") var reducing: ReducerOptions
  @OptionGroup var resources: ResourceOptions

  func validate() throws {
    if live.isEmpty { return }
    if asOf != nil || storedBy != nil {
      throw ValidationError("--live takes its instants from the live row: leave out --as-of and --stored-by")
    }
    if projection == nil { throw ValidationError("--live needs the projection whose live row it is: TYPE/KEY") }
    if live.contains("-"), log.contains("-") {
      throw ValidationError("--log - and --live -: standard input is only one of them")
    }
  }

  func run() throws {
    var plan = ExplainPlan(try reducing.catalogue(resources.resources), user: user.id)
    plan.search.logs = log
    plan.search.users = users
    plan.search.reading = reading.reading(format)
    plan.search.resources = resources.resources
    plan.profile = try plan.catalogue.loadProfile(profile)
    plan.asOf = asOf?.instant
    plan.storedBy = storedBy?.instant
    plan.wanted = try projection?.wanted(in: plan.catalogue, "<type[/key]>")
    plan.live = try liveRow(plan)
    plan.tellsOverTime = overTime
    plan.tellsInfluence = influence
    let meter = ProgressMeter()
    let history = try ProgressLine.showing(meter, quiet: quiet) { [plan] in
      try explainedHistory(plan, progress: meter)
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
      plan.catalogue, user: user.id, number: number, exports: live, reading: reading.reading(),
      resources: resources.resources)
  }
}

extension Terminal {
  /// Whether text for people may have colours: on a terminal, unless `NO_COLOR` is set.
  static var outputIsColoured: Bool {
    isatty(STDOUT_FILENO) == 1 && (getenv("NO_COLOR").map { $0.pointee == 0 } ?? true)
  }
}
