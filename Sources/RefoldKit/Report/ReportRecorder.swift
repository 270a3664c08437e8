import EventModel
import Projections
import Reporting
import SnapshotStore

/// Takes the differences of a diff that takes its census, and makes the facts of a report of them, without ids and free
/// text unless they are to be shown.
package final class ReportRecorder {
  private let reporter: DiffReporter
  private let collector: ReportCollector
  private let redaction: DifferenceRedaction?
  private let plan: DiffPlan
  private let isIdentified: Bool

  /// - Parameters:
  ///   - reports: what counts as a success; its outputs are not written.
  ///   - plan: the diff's; whether its differences come without free text already.
  ///   - names: how users and events are named, where not as usual.
  package init(
    _ reports: DiffReportPlan, _ plan: DiffPlan, isIdentified: Bool, names: NameStyle? = nil
  ) throws {
    var reports = reports
    reports.ndjson = nil
    reports.sqlite = nil
    reports.limit = 0
    reports.isRedacted = !isIdentified
    reporter = try DiffReporter(reports, detailsAsJSON: false, temporaryDirectory: plan.resources.temporaryDirectory)
    collector = ReportCollector(names: names ?? (isIdentified ? .plain : .pseudonyms), allowed: reports.allowed)
    redaction = isIdentified || plan.isRedacted ? nil : DifferenceRedaction()
    self.plan = plan
    self.isIdentified = isIdentified
  }

  package func take(_ difference: RowDifference) throws {
    let shown = redaction.map { $0.difference(difference) } ?? difference
    try reporter.take(shown)
    collector.take(shown)
  }

  package func facts(_ outcome: DiffOutcome) throws -> ReportFacts {
    try facts(outcome, plan, mode: outcome.liveAsOf == nil ? .live : .pair)
  }

  func facts(_ outcome: DiffOutcome, _ plan: DiffPlan, mode: ReportFacts.Mode) throws -> ReportFacts {
    let reader = try SnapshotReader(plan.snapshot)
    let report = try reporter.finish(outcome, plan)
    var facts = ReportFacts()
    facts.isIdentified = isIdentified
    facts.mode = mode
    facts.diff = report
    let names = shownNames([plan.snapshotName ?? plan.snapshot] + plan.live + plan.log.logs)
    facts.snapshot = names[0]
    facts.against = Array(names[1...].prefix(plan.live.count))
    facts.logs = Array(names[1...].dropFirst(plan.live.count))
    collector.finish(into: &facts)
    try addSnapshot(reader, to: &facts)
    addCensus(outcome.census, outcome.log, plan, reader, to: &facts)
    for index in facts.users.indices { facts.users[index].commands = commands(facts, facts.users[index]) }
    if report.patterns.count > ReportLimits.patterns {
      facts.cuts.append("\(plural(report.patterns.count - ReportLimits.patterns, "more pattern")) of changed rows")
    }
    if mode != .file, !outcome.hasLog, report.count(.unexplained) > 0 {
      facts.unknown.append("why \(plural(report.count(.unexplained), "row")) differ: that takes the log (--log FILE)")
    }
    return facts
  }

  /// The commands that show a user's differences again.
  private func commands(_ facts: ReportFacts, _ user: ReportFacts.User) -> [String] {
    let id = isIdentified ? user.name : "USER"
    let snapshot = shellWord(facts.snapshot)
    var commands: [String] = []
    if !isIdentified { commands.append("# USER is \(user.name); refold report --identify says who that is") }
    if facts.mode != .file {
      let log = facts.logs.map { " --log \(shellWord($0))" }.joined()
      let against = facts.against.map { " \(shellWord($0))" }.joined()
      commands.append("refold diff \(snapshot)\(against)\(log) --user \(id) --all")
    }
    commands.append("refold show \(snapshot) \(id)")
    return commands
  }
}

/// A name as a POSIX shell takes it for one word.
func shellWord(_ text: String) -> String {
  let plain = text.utf8.allSatisfy { byte in
    (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
      || "-_./+@%=:,".utf8.contains(byte)
  }
  if plain, !text.isEmpty, !text.hasPrefix("-") { return text }
  return "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
}
