import EventLog
import EventModel
import Projections
import Synchronization

/// What to read and with how much of the machine.
package struct IngestPlan: Sendable {
  /// Files, directories, `-`: the shards of one log.
  package var logs: [String] = []
  /// Files that name users; may be empty.
  package var users: [String] = []
  /// How the logs are written; `nil` to tell from their content.
  package var form: RecordForm?
  /// Fold these users only; all when empty.
  package var onlyUsers: Set<UserID> = []
  /// Fold the users of one partition; `nil` for all.
  package var part: PartInput?
  package var resources = Resources()
  /// Whether malformed records are set aside; otherwise the first one stops the run.
  package var setsMalformedAside = false
  /// Whether records are counted by type and day.
  package var countsDays = false

  package init() {}
}

/// A log, read: sorted runs of events and what was counted on the way.
struct Ingested: Sendable {
  var runs: [SortedRun]
  var accounting = Accounting()
  /// The newest created_at, or timestamp where the export has no created_at; `nil` without events.
  var newest: Instant?
  /// Whether a users export was read.
  var hasUsersExport = false
  var bytesRead = 0
  var spilledBytes = 0
  /// About how many users there are; 0 when they are few.
  var estimatedUsers = 0
  /// Records by day, a series for each event type and the first for all others; where they are counted.
  var days: DayCounts?
  /// The malformed records, where they are set aside.
  var setAside: [QuarantineSpool] = []
  /// The ids of all events, where a partition keeps them.
  var ledgers: [EventLedger] = []
}

/// Reads the log, in one pass where no event id names two events.
///
/// Otherwise, where malformed records are set aside, reads it once more: all records with such an id are then malformed,
/// whichever came first. Where they are not, a first pass may have kept too little to tell which record is at fault.
func ingest(_ plan: IngestPlan, _ progress: ProgressMeter) throws -> Ingested {
  let copies = plan.setsMalformedAside ? InputCopies(directory: plan.resources.temporaryDirectory) : nil
  var ambiguous: Set<EventID> = []
  var keepsLedger = plan.needsLedger
  for _ in 0..<2 {
    switch try read(plan, copies, leavingOut: ambiguous, keepsLedger: keepsLedger, progress) {
    case .log(let log): return log
    case .ambiguous(let ids): ambiguous = ids
    case .unclear: keepsLedger = true
    }
  }
  throw RefoldError.usage("the log changed while it was read; run again when nothing writes to it")
}

/// What one reading of a log comes to.
private enum Reading {
  case log(Ingested)
  /// Ids that name more than one event.
  case ambiguous(Set<EventID>)
  /// Some id names more than one event, or so many lines repeat ids that only a ledger tells.
  case unclear
}

extension IngestPlan {
  /// Whether the first reading must keep all of a ledger: nothing but it knows of events that are not folded, and of
  /// the places in what can be read only once.
  fileprivate var needsLedger: Bool { part != nil || !onlyUsers.isEmpty || setsMalformedAside }
}

/// Lines → sorted runs, on all threads; checks on the way that no event id names two events.
private func read(
  _ plan: IngestPlan, _ copies: InputCopies?, leavingOut ambiguous: Set<EventID>, keepsLedger: Bool,
  _ progress: ProgressMeter
) throws -> Reading {
  let paths = try expandLogPaths(plan.logs)
  let dumpTables: Set<TableKind> = plan.users.isEmpty ? [.events, .users] : [.events]
  let reader = try ChunkReader(
    paths: paths, table: .events, dumpTables: dumpTables, form: plan.form, blockSize: plan.resources.blockSize,
    copies: copies)
  let usersReader =
    plan.users.isEmpty
    ? nil
    : try ChunkReader(
      paths: try expandLogPaths(plan.users), table: .users, blockSize: plan.resources.blockSize, copies: copies)
  progress.watch { reader.progress }

  let places = ChunkPlaces()
  let errors = FirstError()
  let keepsLedger = keepsLedger || !reader.canReadAgain || usersReader?.canReadAgain == false
  let workers = (0..<max(1, plan.resources.threads)).map { _ in
    IngestWorker(plan, leavingOut: ambiguous, keepsLedger: keepsLedger)
  }
  onThreads(workers.count) { index in
    let worker = workers[index]
    do {
      // To its end whatever happens in the log: which error is the first must not depend on the threads.
      if index == 0, let usersReader { try worker.readAll(usersReader, .users, places: nil, nil, progress) }
      try worker.readAll(reader, .log, places: keepsLedger ? places : nil, errors, progress)
      try worker.finish()
    } catch {
      errors.note(error, rank: worker.rank)
    }
  }
  try errors.throwIfSet()

  guard let audit = try keepsLedger ? audit(workers.map(\.ledger)) : auditFingerprints(workers) else {
    return .unclear
  }
  if plan.setsMalformedAside, !audit.conflictingIDs.isEmpty { return .ambiguous(audit.conflictingIDs) }
  if let conflict = audit.conflict { throw RefoldError.malformedRecord(places.conflict(conflict)) }
  try checkTables(reader, paths)
  try plan.part?.checkSeal(workers.compactMap(\.part), events: workers.reduce(0) { $0 + $1.records })

  var result = Ingested(runs: workers.flatMap(\.sortedRuns))
  result.accounting.folded = audit.folded
  result.accounting.unread = audit.unread
  result.accounting.notSelected = audit.notSelected
  result.accounting.duplicates = audit.duplicates
  result.accounting.records = workers.reduce(0) { $0 + $1.records }
  result.accounting.malformed = workers.reduce(0) { $0 + $1.malformed }
  result.accounting.usersRecords = workers.reduce(0) { $0 + $1.usersRecords }
  result.accounting.malformedUsers = workers.reduce(0) { $0 + $1.malformedUsers }
  result.estimatedUsers = workers.reduce(into: UserSample()) { $0.formUnion($1.userSample) }.estimate
  if plan.countsDays { result.days = workers.compactMap(\.days).reduce(into: DayCounts()) { $0.add($1) } }
  result.setAside = workers.compactMap(\.spool)
  result.newest = workers.compactMap(\.newest).max()
  result.hasUsersExport =
    usersReader != nil || reader.tablesSeen.contains(.users)
    || plan.part?.hasUserRecords == true
  if plan.part?.keepsEventIDs == true { result.ledgers = workers.map(\.ledger) }
  result.bytesRead = reader.progress.bytesRead
  result.spilledBytes = workers.reduce(0) { $0 + $1.spilledBytes }
  return .log(result)
}

/// Reads the ledgers together, a partition at a time on all threads.
private func audit(_ ledgers: [EventLedger]) throws -> LedgerAudit {
  let total = Mutex(LedgerAudit())
  try onPartitions(EventLedger.partitionCount, threads: ledgers.count) { partition in
    var audit = LedgerAudit()
    try audit.audit(partition, of: ledgers)
    total.withLock { $0.merge(audit) }
  }
  return total.withLock { $0 }
}

/// The same from the fingerprints of ids and, where some repeat, from the events that have them; `nil` when that is not
/// enough.
private func auditFingerprints(_ workers: [IngestWorker]) throws -> LedgerAudit? {
  let all = workers.map(\.fingerprints)
  let repeated = Mutex<[UInt64]>([])
  try onPartitions(IDFingerprints.partitionCount, threads: all.count) { partition in
    let more = try IDFingerprints.repeated(in: partition, of: all)
    repeated.withLock { if $0.count <= RepeatedIDs.limit { $0 += more } }
  }
  var audit = LedgerAudit()
  audit.folded = workers.reduce(0) { $0 + $1.folded - $1.repeats.folded }
  audit.unread = workers.reduce(0) { $0 + $1.unread - $1.repeats.unread }
  audit.duplicates = workers.reduce(0) { $0 + $1.repeats.folded + $1.repeats.unread }
  let fingerprints = repeated.withLock { $0 }
  if fingerprints.isEmpty { return audit }
  if fingerprints.count > RepeatedIDs.limit { return nil }
  let found = try RepeatedIDs(fingerprints, in: workers.flatMap(\.sortedRuns))
  if found.audit.conflict != nil { return nil }
  audit.folded -= found.folded
  audit.unread -= found.unread
  audit.merge(found.audit)
  return audit
}

/// Calls `body` with each partition's number, on all threads.
private func onPartitions(_ count: Int, threads: Int, _ body: @escaping @Sendable (Int) throws -> Void) throws {
  let errors = FirstError()
  let next = Atomic(0)
  onThreads(threads) { _ in
    do {
      while !errors.isSet {
        let partition = next.wrappingAdd(1, ordering: .relaxed).oldValue
        if partition >= count { break }
        try body(partition)
      }
    } catch {
      errors.note(error)
    }
  }
  try errors.throwIfSet()
}

/// Throws when no file held events: a dump of other tables.
private func checkTables(_ reader: ChunkReader, _ paths: [String]) throws(MalformedInput) {
  guard !reader.tablesSeen.contains(.events) else { return }
  let dump = paths.indices.first { reader.forms[$0] == .pgDump } ?? 0
  throw MalformedInput(
    file: paths[dump], reason: "the dump has no COPY block of events; dump them too: pg_dump -t events -t users")
}
