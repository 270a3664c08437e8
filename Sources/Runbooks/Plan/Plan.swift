import EventModel
import Folding
import Platform
import Rebuilding
import Reporting
import Running
import SnapshotStore

/// The arguments of `refold plan`.
package struct BackfillPlan: Sendable {
  package var input: SnapshotInput
  /// Users exports; empty: the users of the snapshot.
  package var users: [String] = []
  package var backfills: [Backfill] = []
  /// Trimmed before use.
  package var source = ""
  /// Exports of background_jobs: jobs in flight are not enqueued again.
  package var jobs: [String] = []
  /// Where the jobs are written; any may be `nil`.
  package var ndjson: String?
  package var database: String?
  package var force = false
  /// The permission bits of the written files; `nil`: those of replaced files, 0600 for new ones.
  package var mode: mode_t?

  package init(_ catalogue: Catalogue) { input = SnapshotInput(catalogue) }
}

/// Computes the jobs that the backfills would enqueue if each ran to completion before the next.
///
/// signals × users → controller job → fan-out, in the worker's order. Memory: the users' ids.
package func plan(_ plan: BackfillPlan, progress: ProgressMeter) throws -> PlanReport {
  var plan = plan
  plan.source = try JobNames.label(plan.source)
  let snapshot = try plan.input.open(progress)
  try snapshot.reader.refuseSelection(ofProjections: false)
  let output = try JobOutput(plan)
  let fanOut = FanOut(
    reader: snapshot.reader,
    users: try plan.users.isEmpty
      ? exportedUsers(snapshot.reader) : readUsers(plan.users, plan.input.rebuild.input.reading),
    vocabulary: plan.input.rebuild.catalogue.vocabulary, source: plan.source,
    inFlight: try InFlight(
      plan.jobs, plan.input.rebuild.input.reading, plan.input.rebuild.catalogue.vocabulary, source: plan.source))
  var report = PlanReport(source: plan.source)
  report.jobsRead = fanOut.inFlight.jobsRead
  for backfill in plan.backfills {
    report.backfills.append(try fanOut.run(backfill) { try output.take($0) })
  }
  report.files = try output.finish().map { Foreign($0) }
  return report
}

/// Computes the jobs that the script of a backfill and then its worker enqueue.
struct FanOut {
  let reader: SnapshotReader
  /// The users table, sorted.
  let users: [UserID]
  let vocabulary: Vocabulary
  let source: String
  let inFlight: InFlight

  func run(_ backfill: Backfill, take: (PlannedJob) throws -> Void) throws -> PlanReport.Run {
    var run = PlanReport.Run(backfill: backfill.name, jobType: backfill.jobType)
    guard let seed = try seedUser(backfill) else {
      run.status = .nobody(backfill.nobody)
      return run
    }
    if inFlight.has(backfill) {
      run.status = .alreadyInFlight
      return run
    }
    let types = backfill.eventTypes
    run.controllerUser = seed
    try take(
      PlannedJob(
        user: seed,
        payload: .controller(backfill, users: backfill.audience == .everyone ? users : nil, eventTypes: types)))
    try forEachTarget(backfill) { user, newest in
      let before = run.updates
      for type in types {
        guard let (event, isSynthetic) = event(type, newest, user, backfill) else { continue }
        if inFlight.hasUpdate(of: user, type) {
          run.leftOut += 1
          continue
        }
        try take(PlannedJob(user: user, payload: .update(event: event, type: type)))
        run.updates += 1
        if isSynthetic { run.synthetic += 1 }
        run.byType[type.name.description, default: 0] += 1
      }
      if run.updates > before { run.users += 1 }
    }
    return run
  }

  /// The user of the controller job; `nil` if the script enqueues nothing.
  private func seedUser(_ backfill: Backfill) throws -> UserID? {
    if backfill.audience == .everyone { return users.last }
    var best: (at: Instant, event: EventID, user: UserID)?
    var signals = try UserSignals(reader, vocabulary)
    while let (user, newest) = try signals.next() {
      guard let found = newest.newest(of: backfill.eventTypes) else { continue }
      if best.map({ ($0.at, $0.event) < found }) ?? true { best = (found.at, found.event, user) }
    }
    return best?.user
  }

  /// The users of the fan-out, by id.
  private func forEachTarget(_ backfill: Backfill, _ body: (UserID, NewestEvents) throws -> Void) throws {
    var signals = try UserSignals(reader, vocabulary)
    if backfill.audience == .signals {
      while let (user, newest) = try signals.next() { try body(user, newest) }
      return
    }
    var pending = try signals.next()
    for user in users {
      while let signal = pending, signal.user < user { pending = try signals.next() }
      try body(user, pending.flatMap { $0.user == user ? $0.newest : nil } ?? NewestEvents())
    }
  }

  private func event(
    _ type: EventType, _ newest: NewestEvents, _ user: UserID, _ backfill: Backfill
  ) -> (EventID, isSynthetic: Bool)? {
    if let event = newest[type] { return (event, false) }
    guard let synthetic = backfill.synthetic, synthetic.type == type else { return nil }
    return (synthetic.id(of: user, source: source), true)
  }
}
