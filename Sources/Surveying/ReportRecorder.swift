import Comparing
import EventModel
import Explaining
import Folding
import Rebuilding
import Reporting
import Running
import SnapshotStore

/// Turns the differences of a diff that also takes a census into the facts of a report. Leaves out ids and free text
/// unless they are to be shown.
package final class ReportRecorder {
  private let reporter: DiffReporter
  private let collector: ReportCollector
  private let redaction: DifferenceRedaction?
  private let plan: DiffPlan
  private let isIdentified: Bool

  /// - Parameters:
  ///   - reports: decides what counts as a success; its outputs are not written.
  ///   - plan: the plan of the diff; it says whether free text has already been removed from the differences.
  ///   - names: how users and events are named; `nil`: the default.
  package init(
    _ reports: DiffReportPlan, _ plan: DiffPlan, isIdentified: Bool, names: NameStyle? = nil
  ) throws {
    var reports = reports
    reports.ndjson = nil
    reports.sqlite = nil
    let listing = MostAffectedUsers.Listing(isAll: reports.limit == nil, showsAccepted: reports.showsAccepted)
    reports.limit = 0
    reports.isRedacted = !isIdentified
    reporter = try DiffReporter(
      reports, plan.catalogue, detailsAsJSON: false, temporaryDirectory: plan.resources.temporaryDirectory)
    collector = ReportCollector(
      names: names ?? (isIdentified ? .plain : plan.pseudonyms.names), isAllowed: reports.isAllowed, listing: listing)
    redaction = isIdentified || plan.isRedacted ? nil : DifferenceRedaction(plan.catalogue)
    self.plan = plan
    self.isIdentified = isIdentified
  }

  /// The census that the diff is to take.
  package static let census: any RowCensus.Type = Census.self

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
    facts.diff = bounded(report, &facts)
    let names = shownNames([plan.snapshotName ?? plan.snapshot] + plan.live + plan.log.logs)
    facts.snapshot = names[0]
    facts.against = Array(names[1...].prefix(plan.live.count))
    facts.logs = Array(names[1...].dropFirst(plan.live.count))
    collector.finish(into: &facts)
    facts.pseudonymKey = plan.pseudonyms.key?.tag
    try addSnapshot(reader, plan.pseudonyms, to: &facts)
    addCensus(outcome.census as? Census, outcome.log, plan, reader, to: &facts)
    let histories = outcome.histories.map {
      UserExplanations(catalogue: plan.catalogue, log: $0, asOf: outcome.asOf, profile: plan.profile)
    }
    for (index, id) in collector.worstUsers.enumerated() {
      facts.users[index].commands = commands(facts, facts.users[index])
      // Explanations contain records, ids and values.
      if isIdentified, index < ReportLimits.users { try histories?.add(to: &facts.users[index], id) }
    }
    if isIdentified, outcome.histories != nil, facts.users.count > ReportLimits.users {
      let others = facts.users.count - ReportLimits.users
      facts.cuts.append("how the rebuilt values of \(plural(others, "more user")) came about")
    }
    if !isIdentified, outcome.histories != nil, !facts.users.isEmpty {
      facts.unknown.append("how the rebuilt values came about: that names records and values (--identify)")
    }
    if mode != .file, !outcome.hasLog, report.count(.unexplained) > 0 {
      facts.unknown.append("why \(plural(report.count(.unexplained), "row")) differ: name the log (--log FILE)")
    }
    return facts
  }

  /// The report, with lists and names cut to what fits on a page.
  private func bounded(_ report: DiffReport, _ facts: inout ReportFacts) -> DiffReport {
    var result = report
    result.patterns = report.patterns.prefix(ReportLimits.patterns).map { pattern in
      var pattern = pattern
      pattern.projection = pattern.projection.cut()
      pattern.subject = pattern.subject.cut()
      return pattern
    }
    if report.patterns.count > ReportLimits.patterns {
      facts.cuts.append("\(plural(report.patterns.count - ReportLimits.patterns, "more pattern")) of changed rows")
    }
    result.changes = []
    result.worstUsers = []
    result.otherTypes = report.otherTypes.prefix(ReportLimits.otherTypes).map {
      (type: $0.type.cut(), rows: $0.rows)
    }
    result.unnamedTypeRows += report.otherTypes.dropFirst(ReportLimits.otherTypes).reduce(0) { $0 + $1.rows }
    return result
  }

  /// The commands that show a user's differences again.
  private func commands(_ facts: ReportFacts, _ user: ReportFacts.User) -> [Foreign] {
    let id = user.name
    let key = isIdentified || plan.pseudonyms.key == nil ? "" : " --pseudonym-key KEY"
    let snapshot = shellWord(facts.snapshot.raw)
    var commands: [Foreign] = []
    if facts.mode != .file {
      let log = facts.logs.map { " --log \(shellWord($0.raw))" }.joined()
      let against = facts.against.map { " \(shellWord($0.raw))" }.joined()
      commands.append("refold diff \(snapshot)\(against)\(log) --user \(id)\(key) --all")
      // A log does not know pseudonyms.
      if !log.isEmpty, isIdentified {
        let asOf = facts.manifest.first { $0.key == "as_of" }.map { " --as-of \(shellWord($0.value.raw))" } ?? ""
        let logs = facts.logs.map { " \(shellWord($0.raw))" }.joined()
        commands.append("refold explain\(logs) --user \(id)\(asOf)")
      }
    }
    commands.append("refold show \(snapshot) \(id)\(key)")
    if !isIdentified, key.isEmpty { commands.append("psql -c \"\(PseudonymScheme.lookup(id))\"") }
    return commands
  }
}

/// A name, quoted if necessary so that a POSIX shell reads it as one word.
func shellWord(_ text: String) -> String {
  let plain = text.utf8.allSatisfy { byte in
    (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
      || "-_./+@%=:,".utf8.contains(byte)
  }
  if plain, !text.isEmpty, !text.hasPrefix("-") { return text }
  return "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
}
