import EventLog
import EventModel
import Folding
import Platform
import Rebuilding
import Running
import SnapshotStore
import Synchronization

/// The live side of a diff: sorted rows of exports, or another snapshot.
package enum LiveSide: Sendable {
  case export(LiveExport)
  case snapshot(String)
}

/// The rows and counts read from exports of the live projections.
package struct LiveExport: Sendable {
  package var runs: [LiveRun] = []
  var otherTypes = TypeCounts()
  var failures = 0
  var notSelected = 0
  var rows = 0
  /// Rows that are marked as deleted, and the number of rows left out: these and all others with their ids.
  var marked = MarkedRows()
  var deleted = 0
}

/// Reads the live side, in any form and order. Memory: the budget; the rest goes to temporary files.
///
/// If rows that are marked as deleted must be left out together with all rows of the same ids, the exports are read
/// twice.
package func readLiveSide(_ plan: DiffPlan, _ progress: ProgressMeter) throws -> LiveSide {
  let paths = try expandLogPaths(plan.live)
  let snapshots = try paths.filter { try isDatabase($0) }
  if let snapshot = snapshots.first {
    guard paths.count == 1 else { throw DiffError.mixedLive }
    return .snapshot(snapshot)
  }
  let reading = plan.liveReading.besideLog
  let copies = reading.deleted == .drop ? InputCopies(directory: plan.resources.temporaryDirectory) : nil
  var dropped: Set<UUID128>?
  while true {
    let reader = try ChunkReader(
      paths: paths, table: .projections, reading: reading, form: plan.liveForm, blockSize: plan.resources.blockSize,
      copies: copies, temporaryDirectory: plan.resources.temporaryDirectory)
    progress.watch { reader.progress }
    let errors = FirstError()
    let workers = (0..<max(1, plan.resources.threads)).map { _ in LiveWorker(plan, dropping: dropped) }
    onThreads(workers.count) { index in
      do { try workers[index].readAll(reader, errors) } catch {
        errors.note(error, rank: workers[index].rank)
      }
    }
    try errors.throwIfSet()
    var export = LiveExport()
    for worker in workers { worker.add(to: &export) }
    if export.marked.total > 0, reading.deleted == nil { throw ReadingFault.marked(export.marked) }
    let ids = workers.reduce(into: Set<UUID128>()) { $0.formUnion($1.markedIDs) }
    if dropped != nil || ids.isEmpty { return .export(export) }
    dropped = ids
  }
}

/// Whether the file is a SQLite database, by its first bytes. Pipes and standard input are not examined.
private func isDatabase(_ path: String) throws -> Bool {
  var status = stat()
  guard path != "-", stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return false }
  let descriptor = open(path, O_RDONLY | O_CLOEXEC)
  if descriptor < 0 { return false }
  defer { close(descriptor) }
  var head = [UInt8](repeating: 0, count: 16)
  return read(descriptor, &head, 16) == 16 && head.elementsEqual("SQLite format 3\0".utf8)
}

/// One thread's share of reading an export.
private final class LiveWorker: @unchecked Sendable {
  private let sorter: LiveRowSorter
  private let decoder: LiveRowDecoder
  private let chunk = RecordChunk()
  private let splitter = FieldSplitter()
  private let onlyUsers: Set<UserID>
  private let partition: PartitionFilter?
  private let isPartitioned: Bool
  private var runs: [LiveRun] = []
  private var otherTypes = TypeCounts()
  private var failures = 0
  private var notSelected = 0
  private var rows = 0
  private let deletion: DeletedRows?
  /// Ids of rows that are left out; `nil` before they are known.
  private let dropped: Set<UUID128>?
  private(set) var markedIDs: Set<UUID128> = []
  private var marked = MarkedRows()
  private var deleted = 0
  /// The worker's place in the input, to tell which of several errors comes first.
  private(set) var rank: UInt64 = .max

  init(_ plan: DiffPlan, dropping dropped: Set<UUID128>?) {
    deletion = plan.liveReading.deleted
    self.dropped = dropped
    // The rows stay in memory while the log is read, which has its own budget.
    let budget = plan.log.logs.isEmpty ? plan.resources.runBudget : plan.resources.runBudget / 2
    sorter = LiveRowSorter(budget: budget, directory: plan.resources.temporaryDirectory)
    decoder = LiveRowDecoder(catalog: LiveCatalog(plan.catalogue.names), arena: sorter.arena)
    onlyUsers = plan.onlyUsers
    partition = plan.partition.map { PartitionFilter($0) }
    isPartitioned = plan.isLivePartitioned
  }

  func add(to export: inout LiveExport) {
    export.runs += runs
    export.otherTypes.add(otherTypes)
    export.failures += failures
    export.notSelected += notSelected
    export.rows += rows
    export.marked.add(marked)
    export.deleted += deleted
  }

  func readAll(_ reader: ChunkReader, _ errors: FirstError) throws {
    while !errors.isSet {
      rank = .max
      guard try reader.next(chunk) else { break }
      rank = UInt64(chunk.index)
      if chunk.form == .ndjson { try readLines() } else { try readFields() }
    }
    runs = sorter.finish()
  }

  private func readLines() throws {
    var lines = NDJSONLines(chunk)
    while lines.next() {
      try sorter.makeRoom(forRecordOf: lines.line.count)
      let start = sorter.arena.count
      let ordinal = self.ordinal(lines.lineNumber)
      do throws(RecordFault) {
        try note(decoder.decode(line: lines.line, ordinal: ordinal), start)
      } catch {
        throw error.at(LogPosition(file: chunk.file, line: lines.lineNumber, byteOffset: lines.byteOffset))
      }
    }
  }

  private func readFields() throws {
    splitter.begin(chunk)
    while try splitter.next() {
      try sorter.makeRoom(forRecordOf: splitter.record.count)
      let start = sorter.arena.count
      let ordinal = self.ordinal(splitter.lineNumber)
      do throws(RecordFault) {
        try note(decoder.decode(record: splitter, ordinal: ordinal), start)
      } catch {
        throw error.at(splitter.position)
      }
    }
  }

  /// Whether the current record belongs to a partition. A record without a user belongs to partition 0.
  private func takesPart(_ partition: PartitionFilter) -> Bool {
    decoder.user.map { partition.includes($0) } ?? (partition.partition.index == 0)
  }

  /// A number that ascends in input order: by chunk, then by line.
  private func ordinal(_ line: Int) -> UInt64 { UInt64(chunk.index) << 28 | UInt64(line - chunk.firstLine) }

  /// Whether to leave out a row, because it is marked as deleted or has the id of a row that is. Counts such rows.
  private func isLeftOut(_ row: LiveRow) -> Bool {
    if let column = decoder.mark {
      marked.counts[column] += 1
      guard deletion != .keep else { return false }
      if deletion == .drop, let id = row.id { markedIDs.insert(id) }
      deleted += 1
      return true
    }
    guard let dropped, let id = row.id, dropped.contains(id) else { return false }
    deleted += 1
    return true
  }

  private func note(_ record: LiveRecord, _ start: Int) throws(RecordFault) {
    if let partition, !takesPart(partition) {
      if isPartitioned {
        throw RecordFault(field: "user_id", reason: "a user that is not of partition \(partition.partition)")
      }
      sorter.arena.count = start
      return
    }
    switch record {
    case .row where isLeftOut(LiveRow(sorter.arena.base + start)): sorter.arena.count = start
    case .row:
      if onlyUsers.isEmpty || onlyUsers.contains(LiveRow(sorter.arena.base + start).user) {
        sorter.add(from: start)
        rows += 1
      } else {
        sorter.arena.count = start
        notSelected += 1
      }
    case .otherType(let type): otherTypes.add(type)
    case .failure: failures += 1
    }
  }
}
