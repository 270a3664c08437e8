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
  package var resources = Resources()
  /// Whether malformed records are set aside; otherwise the first one stops the run.
  package var setsMalformedAside = false

  package init() {}
}

/// How much of the machine a run may use. The result never depends on it.
package struct Resources: Sendable {
  package var threads = 1
  /// Bytes that held events, buffers and caches may take together.
  package var memory = Resources.defaultMemory
  /// Where what does not fit is put.
  package var temporaryDirectory = "/tmp"

  package init() {}

  package static let defaultMemory = 96 << 20
  /// Below this the fixed buffers leave no room for events.
  package static let minimumMemory = 8 << 20

  /// Bytes of events and index each thread holds before it spills.
  /// At most 2 GiB: places in a run are 32-bit.
  var runBudget: Int { min(2 << 30, max(1 << 19, (memory - memory / 4) / max(1, threads))) }
  /// Bytes of each thread's ledger buffers.
  var ledgerBudget: Int { max(1 << 18, min(memory / 16, 4 << 20) / max(1, threads)) }
  /// Bytes a chunk of input holds, unless a record is longer.
  var blockSize: Int { memory < 64 << 20 ? 1 << 18 : 1 << 20 }
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
  /// The malformed records, where they are set aside.
  var setAside: [QuarantineSpool] = []
}

/// Every record of the log in exactly one bucket.
package struct Accounting: Sendable, Equatable {
  /// Records met.
  package var records = 0
  /// Distinct events of a type some reducer reads.
  package var folded = 0
  /// Distinct events of a type no reducer reads.
  package var unread = 0
  /// Distinct events of users that were not asked for.
  package var notSelected = 0
  /// Records that repeat an event with equal content.
  package var duplicates = 0
  /// Records left out because they could not be read.
  package var malformed = 0
  /// Records of the users export, and those of them left out. In no sum: they are no records of the log.
  package var usersRecords = 0
  package var malformedUsers = 0

  /// Whether the buckets add up to the records met.
  package var addsUp: Bool { records == folded + unread + notSelected + duplicates + malformed }

  package init() {}
}

/// Reads the log. Where malformed records are set aside and an event id names two events, reads it once more: all
/// records with such an id are then malformed, whichever came first.
func ingest(_ plan: IngestPlan, _ progress: ProgressMeter) throws -> Ingested {
  let copies = plan.setsMalformedAside ? InputCopies(directory: plan.resources.temporaryDirectory) : nil
  var ambiguous: Set<EventID> = []
  for _ in 0..<2 {
    switch try read(plan, copies, leavingOut: ambiguous, progress) {
    case .log(let log): return log
    case .ambiguous(let ids): ambiguous = ids
    }
  }
  throw RefoldError.usage("the log changed while it was read; run again when nothing writes to it")
}

/// What one reading of a log comes to.
private enum Reading {
  case log(Ingested)
  /// Ids that name more than one event.
  case ambiguous(Set<EventID>)
}

/// Lines → sorted runs, on all threads; checks on the way that no event id names two events.
private func read(
  _ plan: IngestPlan, _ copies: InputCopies?, leavingOut ambiguous: Set<EventID>, _ progress: ProgressMeter
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
  let workers = (0..<max(1, plan.resources.threads)).map { _ in IngestWorker(plan, leavingOut: ambiguous) }
  onThreads(workers.count) { index in
    let worker = workers[index]
    do {
      // To its end whatever happens in the log: which error is the first must not depend on the threads.
      if index == 0, let usersReader { try worker.readAll(usersReader, .users, places: nil, nil, progress) }
      try worker.readAll(reader, .log, places: places, errors, progress)
      worker.sort()
    } catch {
      errors.note(error, rank: worker.rank)
    }
  }
  try errors.throwIfSet()

  var audit = LedgerAudit()
  let audits = Mutex(LedgerAudit())
  let ledgers = workers.map(\.ledger)
  let next = Atomic(0)
  onThreads(workers.count) { _ in
    var mine = LedgerAudit()
    do {
      while true {
        let partition = next.wrappingAdd(1, ordering: .relaxed).oldValue
        if partition >= EventLedger.partitionCount { break }
        try mine.audit(partition, of: ledgers)
      }
    } catch {
      errors.note(error)
    }
    audits.withLock { $0.merge(mine) }
  }
  try errors.throwIfSet()
  audit = audits.withLock { $0 }
  if plan.setsMalformedAside, !audit.conflictingIDs.isEmpty { return .ambiguous(audit.conflictingIDs) }
  if let conflict = audit.conflict { throw RefoldError.malformedRecord(places.conflict(conflict)) }
  try checkTables(reader, paths)

  var result = Ingested(runs: workers.flatMap(\.sortedRuns))
  result.accounting.folded = audit.folded
  result.accounting.unread = audit.unread
  result.accounting.notSelected = audit.notSelected
  result.accounting.duplicates = audit.duplicates
  result.accounting.records = workers.reduce(0) { $0 + $1.records }
  result.accounting.malformed = workers.reduce(0) { $0 + $1.malformed }
  result.accounting.usersRecords = workers.reduce(0) { $0 + $1.usersRecords }
  result.accounting.malformedUsers = workers.reduce(0) { $0 + $1.malformedUsers }
  result.setAside = workers.compactMap(\.spool)
  result.newest = workers.compactMap(\.newest).max()
  result.hasUsersExport = usersReader != nil || reader.tablesSeen.contains(.users)
  result.bytesRead = reader.progress.bytesRead
  result.spilledBytes = workers.reduce(0) { $0 + $1.spilledBytes }
  return .log(result)
}

/// Throws when no file held events: a dump of other tables.
private func checkTables(_ reader: ChunkReader, _ paths: [String]) throws(MalformedInput) {
  guard !reader.tablesSeen.contains(.events) else { return }
  let dump = paths.indices.first { reader.forms[$0] == .pgDump } ?? 0
  throw MalformedInput(
    file: paths[dump], reason: "the dump has no COPY block of events; dump them too: pg_dump -t events -t users")
}

/// What a reader reads for, in the order in which trouble counts.
private enum InputSource: UInt64 {
  case users, log

  func rank(ofChunk chunk: Int) -> UInt64 { rawValue << 63 | UInt64(truncatingIfNeeded: chunk) }
}

extension NDJSONLines {
  fileprivate func position(in chunk: RecordChunk) -> LogPosition {
    LogPosition(file: chunk.file, line: lineNumber, byteOffset: byteOffset)
  }
}

/// One thread's share of reading a log.
private final class IngestWorker: @unchecked Sendable {
  let ledger: EventLedger
  private let builder: RunBuilder
  private let decoder: EventDecoder
  private let chunk = RecordChunk()
  private let splitter = FieldSplitter()
  private let onlyUsers: Set<UserID>
  private(set) var sortedRuns: [SortedRun] = []
  private let ambiguous: Set<EventID>
  /// Takes malformed records; `nil`: they are errors.
  let spool: QuarantineSpool?
  private(set) var records = 0
  private(set) var malformed = 0
  private(set) var usersRecords = 0
  private(set) var malformedUsers = 0
  private(set) var newest: Instant?
  /// Where the worker is, to tell which of several errors comes first.
  private(set) var rank: UInt64 = .max

  init(_ plan: IngestPlan, leavingOut ambiguous: Set<EventID>) {
    self.ambiguous = ambiguous
    spool = plan.setsMalformedAside ? QuarantineSpool(directory: plan.resources.temporaryDirectory) : nil
    let resources = plan.resources
    builder = RunBuilder(budget: resources.runBudget, directory: resources.temporaryDirectory)
    ledger = EventLedger(budget: resources.ledgerBudget, directory: resources.temporaryDirectory)
    decoder = EventDecoder(
      vocabulary: EventVocabulary(
        types: EventType.table, dataFields: Field.dataTable, metadataFields: Field.metadataTable),
      arena: builder.arena)
    onlyUsers = plan.onlyUsers
  }

  var spilledBytes: Int { builder.spilledBytes + ledger.spilledBytes }

  func sort() { sortedRuns = builder.finish() }

  func readAll(
    _ reader: ChunkReader, _ source: InputSource, places: ChunkPlaces?, _ errors: FirstError?,
    _ progress: ProgressMeter
  ) throws {
    while errors?.isSet != true {
      // A file's own trouble comes behind all records that could be read; that of the users export comes first.
      rank = source == .users ? 0 : .max
      guard try reader.next(chunk) else { break }
      rank = source.rank(ofChunk: chunk.index)
      spool?.begin(rank)
      let before = records
      switch chunk.table {
      case .events:
        try places?.note(chunk)
        if chunk.form == .ndjson { try readLines() } else { try readFields() }
      case .users: try readUsers()
      default: break
      }
      progress.add(events: records - before)
    }
  }

  private func readLines() throws {
    var lines = NDJSONLines(chunk)
    while lines.next() {
      try builder.makeRoom(forRecordOf: lines.line.count)
      let start = builder.arena.count
      do throws(RecordFault) {
        try decoder.decode(line: lines.line)
        try checkAmbiguous(start)
      } catch {
        try refuse(error.at(lines.position(in: chunk)), lines.line)
        continue
      }
      try take(start, line: lines.lineNumber - chunk.firstLine, byte: lines.byteOffset - chunk.byteOffset)
    }
  }

  private func readFields() throws {
    splitter.begin(chunk)
    while true {
      do throws(MalformedInput) { guard try splitter.next() else { return } } catch {
        try refuse(error, splitter.record)
        continue
      }
      try builder.makeRoom(forRecordOf: splitter.record.count)
      let start = builder.arena.count
      do throws(RecordFault) {
        try decoder.decode(record: splitter)
        try checkAmbiguous(start)
      } catch {
        try refuse(error.at(splitter.position), splitter.record)
        continue
      }
      try take(
        start, line: splitter.lineNumber - chunk.firstLine, byte: splitter.byteOffset - chunk.byteOffset)
    }
  }

  /// Takes the event that was decoded at `start` back when its id names other events too.
  @inline(__always)
  private func checkAmbiguous(_ start: Int) throws(RecordFault) {
    if ambiguous.isEmpty || !ambiguous.contains(Event(builder.arena.base + start).id) { return }
    builder.arena.count = start
    throw RecordFault(field: "id", reason: "the id of several records with differing content, all left out")
  }

  /// Sets a malformed record aside, or throws.
  private func refuse(_ fault: MalformedInput, _ record: UnsafeRawBufferPointer) throws {
    guard let spool else { throw RefoldError.malformedRecord(fault) }
    try spool.add(fault, record)
    if chunk.table == .users {
      malformedUsers += 1
      usersRecords += 1
    } else {
      malformed += 1
      records += 1
    }
  }

  /// Enters the event that was decoded at `start`.
  @inline(__always)
  private func take(_ start: Int, line: Int, byte: Int) throws(StorageFault) {
    records += 1
    let head = Event(builder.arena.base + start).head
    if newest == nil || newest! < head.createdAt { newest = head.createdAt }
    var bucket = head.type == 0 ? LineBucket.unread : .folded
    if !onlyUsers.isEmpty, !onlyUsers.contains(decoder.user) { bucket = .notSelected }
    try ledger.add(
      id: head.id, content: head.content, bucket: bucket,
      place: LedgerPlace.pack(chunk: chunk.index, line: line, byte: byte))
    if bucket == .notSelected { builder.arena.count = start } else { builder.add(from: start, of: decoder.user) }
  }

  private func take(user: UserID) throws(StorageFault) {
    usersRecords += 1
    if onlyUsers.isEmpty || onlyUsers.contains(user) { try builder.add(seed: user) }
  }

  private func readUsers() throws {
    let decoder = UserDecoder()
    if chunk.form == .ndjson {
      var lines = NDJSONLines(chunk)
      while lines.next() {
        let id: UserID
        do throws(RecordFault) { id = try decoder.decode(line: lines.line) } catch {
          try refuse(error.at(lines.position(in: chunk)), lines.line)
          continue
        }
        try take(user: id)
      }
    } else {
      splitter.begin(chunk)
      while true {
        do throws(MalformedInput) { guard try splitter.next() else { return } } catch {
          try refuse(error, splitter.record)
          continue
        }
        let id: UserID
        do throws(RecordFault) { id = try decoder.decode(record: splitter) } catch {
          try refuse(error.at(splitter.position), splitter.record)
          continue
        }
        try take(user: id)
      }
    }
  }
}

/// Where each chunk of the log began: turns places of the ledger back into positions.
private final class ChunkPlaces: Sendable {
  private struct Start {
    var file: String
    var line: Int
    var byteOffset: Int
  }

  private let starts = Mutex<[Int: Start]>([:])

  func note(_ chunk: RecordChunk) throws {
    let start = Start(file: chunk.file, line: chunk.firstLine, byteOffset: chunk.byteOffset)
    starts.withLock { $0[chunk.index] = start }
  }

  private func position(_ place: UInt64) -> LogPosition {
    let (chunk, line, byte) = LedgerPlace.unpack(place)
    guard let start = starts.withLock({ $0[chunk] }) else { preconditionFailure("a place in a chunk that was read") }
    return LogPosition(file: start.file, line: start.line + line, byteOffset: start.byteOffset + byte)
  }

  func conflict(_ places: (first: UInt64, second: UInt64)) -> MalformedInput {
    MalformedInput(
      at: position(places.second), field: "id",
      reason: "the id of another event with other content, at \(position(places.first))")
  }
}

extension RecordFault {
  func at(_ position: LogPosition) -> MalformedInput { MalformedInput(at: position, field: field, reason: reason) }
}
