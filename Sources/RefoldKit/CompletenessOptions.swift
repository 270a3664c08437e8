import ArgumentParser
import EventModel
import Rebuilding
import Reporting
import Runbooks
import Running

/// Whether a log has all events that live has: `verify`'s other question, which needs no rows.
struct CompletenessOptions: ParsableArguments {
  @Flag(
    name: .customLong("completeness-sql"),
    help: """
      Print the SQL that counts live's events by user, up to the log's newest created_at, to --as-of, or to psql's \
      variable as_of.
      """)
  var printsSQL = false

  @Option(
    name: .customLong("completeness"),
    help: ArgumentHelp(
      "Compare the log's events with these counts: what that SQL printed; repeatable.", valueName: "counts"),
    completion: .file())
  var counts: [String] = []

  @Option(help: ArgumentHelp("With --completeness: how many users to list. Default: 20.", valueName: "n"))
  var limit: Int?

  var isGiven: Bool { printsSQL || !counts.isEmpty }

  func validate() throws {
    if printsSQL, !counts.isEmpty { throw ValidationError("--completeness-sql prints SQL: leave out --completeness") }
    if limit != nil, counts.isEmpty { throw ValidationError("--limit goes with --completeness") }
    if let limit, !(0...1_000_000).contains(limit) {
      throw ValidationError("--limit takes a number from 0 to 1,000,000")
    }
  }
}

extension VerifyCommand {
  /// Refuses what does not go with the question of completeness.
  func validateCompleteness() throws {
    let option = completeness.printsSQL ? "--completeness-sql" : "--completeness"
    let others = [
      ("--live", !live.isEmpty), ("--log", !log.isEmpty), ("--now", now != nil), ("--list", list != nil),
      ("--max-lag", maxLag != nil), ("--allow", allow != .none), ("--jobs", !jobs.isEmpty), ("--source", source != nil),
      ("--expected", expected.isGiven), ("--users", !rebuild.users.isEmpty), ("--profile", rebuild.profile != nil),
      ("--reducers", !rebuild.reducing.reducers.isEmpty), ("--quarantine", rebuild.bad.quarantine != nil),
    ]
    if let (other, _) = others.first(where: \.1) {
      throw ValidationError("\(option) is about events alone: leave out \(other)")
    }
    if let path = input.first, input.count == 1, SnapshotInput.isSnapshot(path) {
      throw ValidationError("\(option) goes with a log: a snapshot does not have the events")
    }
    if completeness.printsSQL {
      if json { throw ValidationError("--completeness-sql prints SQL: leave out --json") }
      if !input.isEmpty, rebuild.asOf != nil {
        throw ValidationError("the instant is the log's newest created_at, or --as-of: leave out one of them")
      }
      if rebuild.reading.table.count > 1 || rebuild.reading.schema.count > 1 {
        throw ValidationError("--completeness-sql is about one table: name one --table or --schema")
      }
    } else {
      if input.isEmpty { throw ValidationError("--completeness needs the log") }
      if rebuild.asOf != nil { throw ValidationError("the counts have their own instant: leave out --as-of") }
      if (input + completeness.counts).count(where: { $0 == "-" }) > 1 {
        throw ValidationError("the log and --completeness: standard input is only one of them")
      }
    }
  }

  /// Prints the query, or compares the log with the counts.
  func runCompleteness() throws {
    var reading = try rebuild.input(input, resources, writing, force: force).rebuild.input
    reading.logs = input
    let meter = ProgressMeter()
    if completeness.printsSQL {
      var sql = CompletenessSQL()
      sql.schema = rebuild.reading.table.first?.name.schema ?? rebuild.reading.schema.first
      sql.table = rebuild.reading.table.first?.name.name ?? sql.table
      if let asOf = rebuild.asOf { sql.limit = .instant(asOf.instant) }
      if !input.isEmpty {
        sql.limit = try ProgressLine.showing(meter, quiet: quiet) { try completenessLimit(of: reading, meter) }
      }
      return try Terminal.output(sql.text)
    }
    var plan = CompletenessPlan(reading)
    plan.counts = completeness.counts
    if let limit = completeness.limit { plan.limit = limit }
    let report = try ProgressLine.showing(meter, quiet: quiet) { try Runbooks.completeness(plan, meter) }
    // The notices of reading are shown already.
    let shown = Set(meter.notices)
    if !quiet { for notice in report.notices where !shown.contains(notice) { Terminal.error("note: \(notice)") } }
    try Terminal.output(json ? report.json.pretty + "\n" : report.text)
    for reason in report.unjudged { Terminal.error("refold: not known: \(reason)") }
    try report.judgement.end()
  }
}
