import EventLog
import EventModel
import Folding
import JSONTape
import Rebuilding
import Reconciliation
import Reporting
import Running
import SnapshotStore

/// Folds a log with two sets of reducers and profiles in one pass and reports what changes: the blast radius.
///
/// log → sorted runs → histories → rows before × rows after → changes. Writes only the requested outputs. Memory: that
/// of a rebuild, and the changes of some slices.
package final class Comparison {
  private let plan: ComparePlan
  private let names: NameStyle
  private var patterns = ChangePatterns()
  private var moves = FieldChanges()
  private let ndjson: OutputFile?
  private let record = ByteArena(capacity: 1 << 14)
  private let detailsAsJSON: Bool
  private var taken = 0
  /// The number of accepted changes that are left out of ``details``.
  package private(set) var hidden = 0
  private var accepted = 0
  private var acceptedByEntry = 0
  /// The first changes, as text or as JSON.
  package let details: DetailPages
  /// The output files of the run. The caller can add more files, and publishes them.
  package let outputs: OutputGroup

  package init(_ plan: ComparePlan, detailsAsJSON: Bool) throws {
    self.plan = plan
    self.detailsAsJSON = detailsAsJSON
    names = plan.isRedacted ? plan.pseudonyms.names : .plain
    outputs = OutputGroup(mode: plan.mode)
    ndjson = try plan.ndjson.map { try OutputFile($0, mode: plan.mode) }
    details = DetailPages(directory: plan.input.resources.temporaryDirectory)
  }

  /// The number of changes that exceed the limit and are not in ``details``.
  package var cut: Int { max(0, taken - (plan.limit ?? taken)) }

  package func run(_ progress: ProgressMeter) throws -> CompareReport {
    let watch = Stopwatch()
    var quarantine: QuarantineFile?
    if let wanted = self.plan.quarantine { quarantine = try QuarantineFile(wanted, mode: self.plan.mode) }
    let log = try ingest(plan.input, progress)
    guard log.accounting.addsUp else { throw RefoldError.accountingDoesNotAddUp(log.accounting) }
    outputs.add(try quarantine?.complete(log, limit: plan.quarantine?.maxBad))
    guard let asOf = plan.asOf ?? log.newest else { throw RefoldError.noEventToTakeAsOfFrom }
    var report = CompareReport(before: plan.before.figures, after: plan.after.figures, asOf: asOf)
    report.notices = log.notices
    let malformed = log.accounting.malformed + log.accounting.malformedUsers
    if malformed > 0 { report.notices.append("\(malformed) malformed records left out") }
    for notice in report.notices { progress.note(notice) }
    plan.register?.begin(AcceptScope(plan))
    report.logs = shownNames(plan.input.logs)
    report.isRedacted = plan.isRedacted
    report.filters = plan.filters
    report.phases.append(("read", watch.lap()))

    progress.enter(.folding)
    let projections = ComparedProjection.all(plan)
    report.rows = projections.map { CompareReport.Row(name: $0.name) }
    var transitions: [CompareReport.Transition: Int] = [:]
    let slices = UserSlice.cut(log.runs, target: plan.input.resources.sliceSize(of: log))
    let bufferSize = plan.input.resources.readBufferSize(runs: log.runs.count)
    let plan = plan
    try inOrder(
      pieces: slices.count, threads: plan.input.resources.threads,
      worker: { SliceCompare(plan, projections, asOf: asOf) },
      make: { try $0.run(try UserMerger(log.runs, slice: slices[$1], bufferSize: bufferSize)) },
      take: { slice in
        report.add(slice)
        transitions.merge(slice.transitions, uniquingKeysWith: +)
        for change in slice.changes { try take(change) }
        progress.add(users: slice.users)
      })
    outputs.add(try ndjson?.complete())
    report.transitions = transitions.sorted { a, b in
      a.value == b.value ? a.key < b.key : a.value > b.value
    }.map { ($0.key, $0.value) }
    report.moves = moves.ranked.map {
      CompareReport.Move(
        projection: $0.name.foreign, field: $0.field, users: $0.users, count: $0.count, up: $0.up, median: $0.move,
        p95: $0.p95, max: $0.max)
    }
    report.accepted = accepted
    report.acceptedByEntry = acceptedByEntry
    report.excused = excused(report)
    report.acceptance = plan.register?.acceptance()
    report.patterns = patterns.ranked.map(DiffReport.Pattern.init)
    report.phases.append(("fold", watch.lap()))
    return report
  }

  private func take(_ change: RowChange) throws {
    var change = change
    var difference = RowDifference(
      user: change.user, name: change.name, causes: [change.kind.cause], fields: change.fields)
    difference.fieldCount = change.fieldCount
    difference.marks.fingerprint = change.fingerprint
    let isAllowed = { @Sendable [allowed = plan.allowed] (cause: Cause) in
      cause == .tolerated || allowed.contains(cause)
    }
    if let register = plan.register { difference = try register.mark(difference, isAllowed: isAllowed) }
    if isAllowed(change.kind.cause) { difference.marks.acceptance = .cause }
    change.isAccepted = difference.marks.acceptance != nil
    if change.isAccepted { accepted += 1 }
    if difference.marks.isAcceptedByEntry { acceptedByEntry += 1 }
    if change.kind == .changed, !difference.marks.isAcceptedByEntry { patterns.note(difference) }
    moves.note(difference)
    if change.isAccepted, !plan.showsAccepted { hidden += 1 } else { try list(change) }
    guard let ndjson else { return }
    write(change)
    record.append(UInt8(ascii: "\n"))
    try ndjson.write(record.bytes)
  }

  private func list(_ change: RowChange) throws {
    taken += 1
    if details.count < plan.limit ?? .max {
      if detailsAsJSON { write(change) }
      try details.append(
        detailsAsJSON ? String(decoding: record.bytes, as: UTF8.self) : change.text(names))
    }
  }

  /// The changes that are not accepted but within `--max-changed`: all of them or none.
  private func excused(_ report: CompareReport) -> Int {
    let open = report.changed - accepted
    switch plan.maxChanged {
    case .count(let most): return open <= most ? open : 0
    case .share(let share): return Double(open) <= share * Double(report.compared) ? open : 0
    }
  }

  private func write(_ change: RowChange) {
    record.count = 0
    var json = CanonicalWriter(output: record)
    change.write(to: &json, names)
  }
}

extension ComparePlan {
  fileprivate var filters: [Foreign] {
    var filters: [Foreign] = filter.names.map { "--only \(Foreign($0))" }
    if !input.onlyUsers.isEmpty { filters.append("--user, \(input.onlyUsers.count)") }
    return filters
  }
}

extension ComparePlan.Side {
  fileprivate var figures: CompareReport.Side {
    CompareReport.Side(
      reducers: catalogue.computedBy.map { ($0.name, $0.version) },
      profile: Foreign(profile.name + " " + profile.digest.prefix(8)))
  }
}

extension CompareReport {
  fileprivate mutating func add(_ slice: ComparedSlice) {
    users += slice.users
    usersAffected += slice.usersAffected
    for (place, row) in slice.rows.enumerated() {
      rows[place].before += row.before
      rows[place].after += row.after
      rows[place].same += row.same
      for kind in row.changes.indices { rows[place].changes[kind] += row.changes[kind] }
      rows[place].failedBefore += row.failedBefore
      rows[place].failedAfter += row.failedAfter
    }
  }
}
