import EventLog
import EventModel
import Folding
import Running
import Synchronization

/// What to read, and the resources to use.
package struct IngestPlan: Sendable {
  /// The names that the reducers read of the events.
  package var vocabulary: Vocabulary
  /// The shards of one log: files, directories or `-`.
  package var logs: [String] = []
  /// The files of the users export; may be empty.
  package var users: [String] = []
  /// Whether users tables of dumps, and the users exports of packs, are passed over.
  package var ignoresUsers = false
  /// How to read the files where their content does not determine it.
  package var reading = ReadingOptions()
  /// Columns that hold JSON texts and are read as the documents in these texts; `nil`: determined from the log.
  package var unwrapped: PayloadColumns?
  /// Fold only these users; all if empty.
  package var onlyUsers: Set<UserID> = []
  /// Fold the users of one partition; `nil` for all.
  package var part: PartInput?
  package var resources = Resources()
  /// Whether malformed records are set aside. Otherwise the first one stops the run.
  package var setsMalformedAside = false
  /// Whether records are counted by type and day.
  package var countsDays = false
  /// What a packed log keeps of the events, if they are read to be packed.
  package var packing: PackHeader.Kind?
  /// Ids of records to leave out because another file has records that replace them.
  package var replaced: Set<EventID> = []
  /// Ids of records to leave out because another file says that they are deleted.
  package var deletedIDs: Set<EventID> = []
  /// Users whose records are left out.
  package var droppedUsers: Set<UserID> = []

  package init(_ vocabulary: Vocabulary) { self.vocabulary = vocabulary }
}

/// The result of reading a log: sorted runs of events, and counts.
package struct Ingested: Sendable {
  package var runs: [SortedRun]
  /// What was read of the packed logs among the files.
  package var packs = ReadPacks()
  package var accounting = Accounting()
  /// The newest created_at, or timestamp if the export has no created_at; `nil` without events.
  package var newest: Instant?
  /// Whether a users export was read.
  package var hasUsersExport = false
  var bytesRead = 0
  var spilledBytes = 0
  /// Estimated number of users; 0 when there are few.
  package var estimatedUsers = 0
  /// A sample of all users, if the events were read to be packed.
  package var userSample = UserSample()
  /// Records per day, if counted: one series for each event type that some reducer reads, and the first series for all
  /// others.
  package var days: DayCounts?
  /// The malformed records, if they are set aside.
  var setAside: [QuarantineSpool] = []
  /// Ids that name more than one event, if malformed records are set aside: all records with such an id are.
  var ambiguousIDs: Set<EventID> = []
  /// The ids of all events, if a partition keeps them.
  var ledgers: [EventLedger] = []
  /// What all records together say about how they were exported.
  package var counts = ReadingCounts()
  /// The columns that hold JSON texts and were read as the documents in these texts.
  package var unwrapped: PayloadColumns = []
  /// Ids of records that are left out because one is marked as deleted, if that was asked for.
  package var deletedIDs: Set<EventID> = []
  /// Users whose records are left out.
  var droppedUsers: Set<UserID> = []
  /// Repeated header lines, which were skipped.
  var repeatedHeaders = 0
  /// Columns that were not read, in files that name their columns.
  var unreadColumns: [String] = []
  /// Tables of dumps that have rows and were not read.
  var passedTables: [DumpTables.Passed] = []
  /// Rows of the users export that are marked as deleted. They are read as users all the same.
  var markedUsers = MarkedRows()

  /// Notices for the operator about how the log was read.
  package var notices: [Foreign] {
    var notices = counts.notices
    if !passedTables.isEmpty { notices.append("not read: \(DumpTables.list(passedTables))") }
    if markedUsers.total > 0 {
      notices.append(
        "\(markedUsers.total) users are marked as deleted (\(markedUsers.description)); they are read anyway")
    }
    return notices
  }
}

/// What earlier passes over a log found out for the next pass.
private struct ReadingPass {
  /// Ids that name more than one event.
  var ambiguous: Set<EventID> = []
  /// Ids of records that are marked as deleted and left out; `nil` before they are known.
  var dropped: Set<EventID>?
  /// Columns to read as the documents in their JSON texts; `nil` before they are known.
  var unwrapped: PayloadColumns?
  var keepsLedger: Bool
  /// Whether files are read one after the other, even if they are compressed.
  var readsInOrder = false

  /// Whether everything that the last pass depends on is known.
  func isReady(_ plan: IngestPlan) -> Bool {
    (plan.reading.deleted != .drop || dropped != nil) && (!plan.reading.unwrapsData || unwrapped != nil)
  }
}

/// Reads the log, in one pass unless something must be known about the whole log first.
///
/// Another pass is needed in these cases:
/// - An event id names two events, and malformed records are set aside. All records with that id are then malformed,
///   whichever came first.
/// - The first pass kept too little to tell which record is at fault, or read several files at once and met an error.
/// - Records are marked as deleted, or columns are JSON texts in every event, and the plan says what to do with them.
package func ingest(_ plan: IngestPlan, _ progress: ProgressMeter) throws -> Ingested {
  let copies = plan.mayReadAgain ? InputCopies(directory: plan.resources.temporaryDirectory) : nil
  var pass = ReadingPass(unwrapped: plan.unwrapped, keepsLedger: plan.needsLedger)
  for _ in 0..<6 {
    switch try read(plan, copies, pass, progress) {
    case .log(let log): return log
    case .ambiguous(let ids): pass.ambiguous = ids
    case .unclear: pass.keepsLedger = true
    case .faulty: pass.readsInOrder = true
    case .whole(let dropped, let unwrapped): (pass.dropped, pass.unwrapped) = (dropped, unwrapped)
    }
  }
  throw logChanged
}

private let logChanged = RefoldError.usage("the log changed while it was read; run again when nothing writes to it")

/// The outcome of one pass over a log.
private enum Reading {
  case log(Ingested)
  /// Ids that name more than one event.
  case ambiguous(Set<EventID>)
  /// An id names more than one event, or too many ids repeat to look them all up. A pass with a ledger is needed.
  case unclear
  /// Files that were read side by side have an error. A pass in order tells which error is the first: it must not depend
  /// on the threads.
  case faulty
  /// What the next pass must know: the ids of records marked as deleted, and the columns that are JSON texts in every
  /// event.
  case whole(dropped: Set<EventID>, unwrapped: PayloadColumns)
}

extension IngestPlan {
  /// Whether the first pass must keep a full ledger. Only a ledger covers events that are not folded, and gives places
  /// in input that can be read only once.
  fileprivate var needsLedger: Bool { part != nil || !onlyUsers.isEmpty || setsMalformedAside }

  /// Whether input that can be read only once must be copied for another pass.
  fileprivate var mayReadAgain: Bool { setsMalformedAside || reading.deleted == .drop || reading.unwrapsData }

  /// What decoders read of the events.
  var tables: EventVocabulary {
    var tables = vocabulary.tables
    if packing == .all { tables.wholeTypes = .max }
    return tables
  }

  /// What is read of packed logs.
  var packReader: PackReader { packing == .all ? .everything : .reducers(vocabulary) }

  /// A reader of the log's files.
  fileprivate func reader(_ paths: [String], _ copies: InputCopies?) throws(MalformedInput) -> ChunkReader {
    try ChunkReader(
      paths: paths, table: .events, dumpTables: users.isEmpty && !ignoresUsers ? [.events, .users] : [.events],
      reading: reading,
      blockSize: resources.blockSize, copies: copies, temporaryDirectory: resources.temporaryDirectory)
  }

  /// Whether this run reads the whole log, so that its counts describe how the log was exported.
  var isWhole: Bool {
    part.map { $0.split == nil && !$0.keepsEventIDs && !$0.isSealed && $0.partition == .whole } ?? true
  }
}

/// Makes one pass: lines → sorted runs, on all threads. Also checks that no event id names two events.
private func read(
  _ plan: IngestPlan, _ copies: InputCopies?, _ pass: ReadingPass, _ progress: ProgressMeter
) throws -> Reading {
  let inputs = try LogInputs(
    plan.logs, for: plan.packReader, piecesOf: plan.part.flatMap { $0.split == nil ? $0.partition : nil })
  let paths = inputs.files
  let reader = try plan.reader(paths, copies)
  let left = LeftOut(plan, inputs, dropped: pass.dropped)
  let usersReader =
    plan.users.isEmpty
    ? nil
    : try ChunkReader(
      paths: try expandLogPaths(plan.users), table: .users, reading: plan.reading.besideLog,
      blockSize: plan.resources.blockSize, copies: copies, temporaryDirectory: plan.resources.temporaryDirectory)
  let isSideBySide =
    !pass.readsInOrder && usersReader?.canReadAgain != false && reader.readSideBySide(plan.resources.threads)
  progress.watch { reader.progress }

  let places = ChunkPlaces()
  let errors = FirstError()
  let keepsLedger = pass.keepsLedger || !reader.canReadAgain || usersReader?.canReadAgain == false
  let workers = (0..<max(1, plan.resources.threads)).map { _ in
    IngestWorker(
      plan, leavingOut: pass.ambiguous, dropping: pass.dropped, left, unwrapping: pass.unwrapped ?? [],
      keepsLedger: keepsLedger)
  }
  let pieces = PieceQueue(inputs)
  onThreads(workers.count) { index in
    let worker = workers[index]
    do {
      // Read the users export to its end even if the log has an error: which error is reported must not depend on the
      // threads.
      if index == 0, let usersReader { try worker.readAll(usersReader, .users, places: nil, nil, progress) }
      try worker.readAll(reader, .log, places: keepsLedger ? places : nil, errors, progress)
      while errors.isSet == false, let (number, piece) = try pieces.next() {
        try worker.read(piece, place: ChunkPlaces.chunk(ofPack: number), progress)
      }
      try worker.finish()
    } catch {
      errors.note(error, rank: worker.rank)
    }
  }
  do { try errors.throwIfSet() } catch {
    guard isSideBySide, !(error is StorageFault) else { throw error }
    progress.add(events: -workers.reduce(0) { $0 + $1.records })
    return .faulty
  }

  let hasOwnExport = usersReader != nil || reader.tablesSeen.contains(.users)
  let packs = try readPacks(
    inputs, plan, left, workers, keepsLedger: keepsLedger, ignoresExport: hasOwnExport || plan.ignoresUsers,
    progress)
  var counts = workers.reduce(into: ReadingCounts()) { $0.add($1.counts) }
  if plan.isWhole {
    // An export without metadata is not made better by a pack.
    if !inputs.packs.isEmpty, counts.fault(plan.reading) == .noMetadata { throw ReadingFault.noMetadata }
    counts.add(packs.counts)
    if let fault = counts.fault(plan.reading) { throw try explained(fault, reader, paths) }
    if inputs.packs.isEmpty, !paths.isEmpty { try checkTables(reader, paths, plan.reading) }
  } else {
    counts.add(packs.counts)
  }
  if !pass.isReady(plan) {
    let dropped = workers.reduce(into: Set<EventID>()) { $0.formUnion($1.markedIDs) }
    let unwrapped = pass.unwrapped ?? (plan.reading.unwrapsData ? counts.textColumns : [])
    if !dropped.isEmpty || !unwrapped.isEmpty { return .whole(dropped: dropped, unwrapped: unwrapped) }
  }

  let ledgers = workers.map(\.ledger) + packs.ledgers
  guard
    let audit = try keepsLedger
      ? audit(ledgers, threads: workers.count) : auditFingerprints(workers, packs, inputs, plan, pass, left)
  else {
    return .unclear
  }
  if plan.setsMalformedAside, inputs.packs.isEmpty, !audit.conflictingIDs.isEmpty {
    return .ambiguous(audit.conflictingIDs)
  }
  if let conflict = audit.conflict {
    let fault = try places.conflict(conflict, plan, inputs, canReadAgain: reader.canReadAgain)
    // A record of a pack cannot be set aside.
    throw conflict.second.chunk >= ChunkPlaces.chunk(ofPack: 0)
      ? RefoldError.usage(fault.description) : RefoldError.malformedRecord(fault)
  }
  try plan.part?.checkSeal(workers.compactMap(\.part), events: workers.reduce(0) { $0 + $1.records })

  var result = Ingested(runs: workers.flatMap(\.sortedRuns))
  result.runs += packs.runs(plan, left, ignoringExport: hasOwnExport || plan.ignoresUsers)
  result.packs = packs
  result.accounting = packs.accounting
  result.accounting.folded += audit.folded
  result.accounting.unread += audit.unread
  result.accounting.notSelected += audit.notSelected
  result.accounting.duplicates = audit.duplicates
  result.accounting.deleted += workers.reduce(0) { $0 + $1.deleted }
  result.accounting.erased += workers.reduce(0) { $0 + $1.erased }
  result.accounting.replaced += workers.reduce(0) { $0 + $1.replaced }
  result.accounting.records += workers.reduce(0) { $0 + $1.records }
  result.accounting.malformed = workers.reduce(0) { $0 + $1.malformed }
  result.accounting.usersRecords = workers.reduce(0) { $0 + $1.usersRecords }
  result.accounting.malformedUsers = workers.reduce(0) { $0 + $1.malformedUsers }
  result.userSample = packs.sample(with: workers.map(\.userSample))
  result.estimatedUsers = packs.estimate(with: workers.map(\.userSample))
  if plan.countsDays {
    result.days = (workers.compactMap(\.days) + packs.days).reduce(into: DayCounts()) { $0.add($1) }
  }
  result.setAside = workers.compactMap(\.spool)
  result.ambiguousIDs = pass.ambiguous
  result.newest = (workers.map(\.newest) + [packs.newest]).compactMap { $0 }.max()
  result.hasUsersExport =
    hasOwnExport || plan.part?.hasUserRecords == true || workers.contains { $0.pieceHasExport }
    || inputs.packs.contains { $0.summary.hasUsersExport }
  if plan.part?.keepsEventIDs == true { result.ledgers = ledgers }
  result.deletedIDs = left.deletedIDs
  result.droppedUsers = left.droppedUsers
  result.counts = counts
  result.unwrapped = (pass.unwrapped ?? []).union(packs.unwrapped)
  result.repeatedHeaders = workers.reduce(0) { $0 + $1.repeatedHeaders }
  result.unreadColumns = reader.unreadColumns
  result.passedTables = reader.passedTables
  result.markedUsers = workers.reduce(into: MarkedRows()) { $0.add($1.markedUsers) }
  result.bytesRead =
    reader.progress.bytesRead + workers.reduce(0) { $0 + $1.pieceBytes } + inputs.packs.reduce(0) { $0 + $1.size }
  result.spilledBytes = workers.reduce(0) { $0 + $1.spilledBytes }
  return .log(result)
}

/// Audits all ledgers together, one partition at a time on each thread.
private func audit(_ ledgers: [EventLedger], threads: Int) throws -> LedgerAudit {
  let total = Mutex(LedgerAudit())
  try onPartitions(EventLedger.partitionCount, threads: threads) { partition in
    var audit = LedgerAudit()
    try audit.audit(partition, of: ledgers)
    total.withLock { $0.merge(audit) }
  }
  return total.withLock { $0 }
}

/// The same audit from fingerprints of ids. Where fingerprints repeat, reads the records that have them once more, to
/// compare all of their content; `nil` when a ledger is needed.
private func auditFingerprints(
  _ workers: [IngestWorker], _ packs: ReadPacks, _ inputs: LogInputs, _ plan: IngestPlan, _ pass: ReadingPass,
  _ left: LeftOut
) throws -> LedgerAudit? {
  let all = workers.map(\.fingerprints) + packs.fingerprints
  let repeated = Mutex<[UInt64]>([])
  try onPartitions(IDFingerprints.partitionCount, threads: workers.count) { partition in
    let more = try IDFingerprints.repeated(in: partition, of: all)
    repeated.withLock { if $0.count <= RepeatedIDs.limit { $0 += more } }
  }
  var audit = LedgerAudit()
  audit.folded = workers.reduce(0) { $0 + $1.folded }
  audit.unread = workers.reduce(0) { $0 + $1.unread }
  let fingerprints = repeated.withLock { $0 }
  if fingerprints.isEmpty { return audit }
  if fingerprints.count > RepeatedIDs.limit { return nil }
  let found = try examine(fingerprints, inputs, plan, pass, left)
  if found.audit.conflict != nil { return nil }
  guard found.folded + found.unread >= 2 * fingerprints.count else { throw logChanged }
  audit.folded -= found.folded
  audit.unread -= found.unread
  audit.merge(found.audit)
  return audit
}

/// Reads the log once more, for the records whose ids have the given fingerprints. Of packs, these are entries of blocks.
private func examine(
  _ fingerprints: [UInt64], _ inputs: LogInputs, _ plan: IngestPlan, _ pass: ReadingPass, _ left: LeftOut
) throws -> RepeatedIDs {
  let reader = try plan.reader(inputs.files, nil)
  let errors = FirstError()
  let wanted = Set(fingerprints)
  let workers = (0..<max(1, plan.resources.threads)).map { _ in
    IngestWorker(
      plan, leavingOut: pass.ambiguous, dropping: pass.dropped, left, unwrapping: pass.unwrapped ?? [],
      keepsLedger: false,
      examining: RepeatedIDs(wanted))
  }
  onThreads(workers.count) { index in
    do { try workers[index].readAll(reader, .log, places: nil, errors, ProgressMeter()) } catch {
      errors.note(error, rank: workers[index].rank)
    }
  }
  try errors.throwIfSet()
  let found = RepeatedIDs(wanted)
  for worker in workers { if let examined = worker.examined { found.merge(examined) } }
  for examined in try examinePacks(wanted, inputs, plan, left) { found.merge(examined) }
  return found
}

/// Calls `body` with the number of each partition, on all threads.
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

/// Throws when no file contains an events table, such as for a dump of other tables.
private func checkTables(_ reader: ChunkReader, _ paths: [String], _ reading: ReadingOptions) throws(MalformedInput) {
  guard !reader.tablesSeen.contains(.events), !reading.allowsEmpty else { return }
  let dump = paths.indices.first { reader.forms[$0] == .pgDump } ?? 0
  throw MalformedInput(file: paths[dump], reason: reader.missingTables)
}

/// The fault of a log as a whole. For an empty log, replaced by the reason why its dumps give no event, if they do.
private func explained(_ fault: ReadingFault, _ reader: ChunkReader, _ paths: [String]) throws -> any Error {
  guard fault == .empty, let dump = paths.indices.first(where: { reader.forms[$0] == .pgDump }) else { return fault }
  if reader.tablesSeen.contains(.events), reader.passedTables.isEmpty { return fault }
  return MalformedInput(file: paths[dump], reason: reader.missingTables)
}
