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
  var runBudget: Int { max(1 << 19, (memory - memory / 4) / max(1, threads)) }
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

  /// Whether the buckets add up to the records met.
  package var addsUp: Bool { records == folded + unread + notSelected + duplicates + malformed }

  package init() {}
}

/// Lines → sorted runs, on all threads; checks on the way that no event id names two events.
func ingest(_ plan: IngestPlan, _ progress: ProgressMeter) throws -> Ingested {
  let paths = try expandLogPaths(plan.logs)
  let dumpTables: Set<TableKind> = plan.users.isEmpty ? [.events, .users] : [.events]
  let reader = try ChunkReader(
    paths: paths, table: .events, dumpTables: dumpTables, form: plan.form, blockSize: plan.resources.blockSize)
  let usersReader =
    plan.users.isEmpty
    ? nil
    : try ChunkReader(paths: try expandLogPaths(plan.users), table: .users, blockSize: plan.resources.blockSize)
  progress.watch { reader.progress }

  let places = ChunkPlaces()
  let errors = FirstError()
  let workers = (0..<max(1, plan.resources.threads)).map { _ in IngestWorker(plan) }
  onThreads(workers.count) { index in
    let worker = workers[index]
    do {
      if index == 0, let usersReader { try worker.readAll(usersReader, places: nil, errors, progress) }
      try worker.readAll(reader, places: places, errors, progress)
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
  if let conflict = audit.conflict { throw places.conflict(conflict) }

  var result = Ingested(runs: workers.flatMap(\.sortedRuns))
  result.accounting.folded = audit.folded
  result.accounting.unread = audit.unread
  result.accounting.notSelected = audit.notSelected
  result.accounting.duplicates = audit.duplicates
  result.accounting.records = workers.reduce(0) { $0 + $1.records }
  result.newest = workers.compactMap(\.newest).max()
  result.hasUsersExport = usersReader != nil || reader.tablesSeen.contains(.users)
  result.bytesRead = reader.progress.bytesRead
  result.spilledBytes = workers.reduce(0) { $0 + $1.spilledBytes }
  return result
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
  private(set) var records = 0
  private(set) var newest: Instant?
  /// Where the worker is, to tell which of several errors comes first.
  private(set) var rank: UInt64 = .max

  init(_ plan: IngestPlan) {
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
    _ reader: ChunkReader, places: ChunkPlaces?, _ errors: FirstError, _ progress: ProgressMeter
  ) throws {
    while !errors.isSet {
      rank = .max
      guard try reader.next(chunk) else { break }
      rank = LedgerPlace.pack(chunk: chunk.index, line: 0, byte: 0)
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
      do throws(RecordFault) { try decoder.decode(line: lines.line) } catch {
        throw error.at(LogPosition(file: chunk.file, line: lines.lineNumber, byteOffset: lines.byteOffset))
      }
      try take(start, line: lines.lineNumber - chunk.firstLine, byte: lines.byteOffset - chunk.byteOffset)
    }
  }

  private func readFields() throws {
    splitter.begin(chunk)
    while try splitter.next() {
      try builder.makeRoom(forRecordOf: splitter.record.count)
      let start = builder.arena.count
      do throws(RecordFault) { try decoder.decode(record: splitter) } catch { throw error.at(splitter.position) }
      try take(
        start, line: splitter.lineNumber - chunk.firstLine, byte: splitter.byteOffset - chunk.byteOffset)
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

  private func readUsers() throws {
    let decoder = UserDecoder()
    func take(_ id: UserID) throws(StorageFault) {
      if onlyUsers.isEmpty || onlyUsers.contains(id) { try builder.add(seed: id) }
    }
    if chunk.form == .ndjson {
      var lines = NDJSONLines(chunk)
      while lines.next() {
        let id: UserID
        do throws(RecordFault) { id = try decoder.decode(line: lines.line) } catch {
          throw error.at(LogPosition(file: chunk.file, line: lines.lineNumber, byteOffset: lines.byteOffset))
        }
        try take(id)
      }
    } else {
      splitter.begin(chunk)
      while try splitter.next() {
        let id: UserID
        do throws(RecordFault) { id = try decoder.decode(record: splitter) } catch {
          throw error.at(splitter.position)
        }
        try take(id)
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
