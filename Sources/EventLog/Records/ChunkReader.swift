import EventModel
import Platform

/// Reads paths as chunks of whole records: the shards of one log, one after the other, or several at once
/// (``readSideBySide(_:)``).
///
/// Thread-safe: any number of threads may call ``next(_:)``. One thread at a time reads a shard and finds its record ends;
/// the others sleep. Parsing happens outside, and so does the unpacking of compressed files (``ByteSource``). Memory: one
/// block of read-ahead, and 2 MiB unpacked ahead for each compressed file that is open, whatever the size of the files.
public final class ChunkReader: Sendable {
  /// How far the reader is.
  public struct Progress: Sendable {
    /// Packed bytes read from the files so far.
    public var bytesRead: Int
    /// Packed size of all files; `nil` if one of them is a pipe.
    public var totalBytes: Int?
    /// Index of the first path that is not read to its end.
    public var shard: Int
  }

  private let paths: [String]
  private let options: ShardReader.Options
  private let totalBytes: Int?
  private let monitor = Monitor()
  /// Under the monitor.
  nonisolated(unsafe) private var state: State

  private struct State {
    /// The shards that are open, in the order of the paths.
    var lanes: [ShardLane] = []
    /// The shard to open next.
    var nextShard = 0
    /// How many shards may be open at once.
    var width = 1
    var chunks = 0
    var bytesOfEarlierShards = 0
    var tablesSeen: Set<TableKind> = []
    var forms: [RecordForm?] = []
    var failure: MalformedInput?
    var tables: DumpTables
    /// Of each shard.
    var unreadColumns: [[String]] = []
  }

  /// Whether other readers of the same paths read the same bytes: true for files, false for pipes and devices.
  public var canReadAgain: Bool { totalBytes != nil && !paths.contains("-") }

  /// Prepares to read the files in order. Opens none yet, but checks that each exists, is no directory, and is
  /// readable.
  ///
  /// - Parameters:
  ///   - paths: as returned by ``expandLogPaths(_:)``; `-` is standard input.
  ///   - table: the table of files that do not name theirs: NDJSON, CSV, COPY text.
  ///   - dumpTables: the tables to read from a dump; `nil`: only `table`.
  ///   - reading: how to read files where their content does not decide.
  ///   - form: the form of every file; `nil`: as in `reading`.
  ///   - blockSize: size of a chunk in bytes, unless a record is longer.
  ///   - recordLimit: length of the longest allowed record in bytes.
  ///   - copies: keeps copies of pipes for a second reading; `nil` if there is no second reading.
  ///   - temporaryDirectory: directory for a dump from a pipe that must be scanned as a whole first.
  public init(
    paths: [String], table: TableKind, dumpTables: Set<TableKind>? = nil, reading: ReadingOptions = ReadingOptions(),
    form: RecordForm? = nil, blockSize: Int = 1 << 20, recordLimit: Int = 64 << 20, copies: InputCopies? = nil,
    temporaryDirectory: String = "/tmp"
  ) throws(MalformedInput) {
    precondition(blockSize > 0 && recordLimit > 0)
    for path in paths { try checkReadable(path) }
    guard paths.count(where: { $0 == "-" }) < 2 else {
      throw MalformedInput(file: "-", reason: "standard input is named more than once")
    }
    self.paths = paths
    totalBytes = totalSize(of: paths)
    options = ShardReader.Options(
      table: table, reading: reading, form: form ?? reading.form, temporaryDirectory: temporaryDirectory,
      blockSize: blockSize, recordLimit: recordLimit, copies: copies)
    state = State(
      forms: Array(repeating: nil, count: paths.count),
      tables: DumpTables(wanted: dumpTables ?? [table], options: reading),
      unreadColumns: Array(repeating: [], count: paths.count))
  }

  /// Bits of a chunk's index that count the chunks of one shard, if shards are read side by side: 4 TiB of chunks of
  /// 256 KiB.
  private static let countBits = 24
  /// So many shards are open at once at most, whatever the number of threads: each takes memory.
  private static let mostOpen = 8
  /// So many shards have room in the other bits. See `LedgerPlace`.
  private static let mostShards = 1 << 12

  /// From now on, unpacks several compressed shards at the same time, each on its own thread, and hands out their chunks
  /// as they are ready. Call before the first ``next(_:)``.
  ///
  /// The indexes of the chunks still order them as the shards and the records in them are ordered, but they have gaps, and
  /// chunks are not handed out in this order. The first error that ``next(_:)`` throws may not be the first of the input.
  /// Does nothing if the files cannot be read again, which finding the first error needs.
  /// - Parameter count: how many shards at most; more than 8 are not read at once.
  /// - Returns: whether shards are read side by side.
  public func readSideBySide(_ count: Int) -> Bool {
    guard count > 1, paths.count > 1, paths.count <= ChunkReader.mostShards, canReadAgain else { return false }
    monitor.locked { state.width = min(count, ChunkReader.mostOpen) }
    return true
  }

  /// Fills the chunk with the next whole records. Returns `false` at the end of the last file.
  ///
  /// When a file cannot be read any further, returns all whole records before that place and then throws. Every later
  /// call throws the same.
  public func next(_ chunk: RecordChunk) throws(MalformedInput) -> Bool {
    while let lane = try take() {
      var isFilled = false
      do throws(MalformedInput) {
        isFilled = try advance(lane, chunk)
      } catch {
        giveUp(error)
        throw error
      }
      giveBack(lane, chunk: isFilled ? chunk : nil)
      if isFilled { return true }
    }
    return false
  }

  /// The next shard to read from, which no other thread reads from until ``giveBack(_:chunk:)``. Sleeps until there is
  /// one. Returns `nil` at the end of the last file.
  private func take() throws(MalformedInput) -> ShardLane? {
    try monitor.locked { () throws(MalformedInput) -> ShardLane? in
      while true {
        if let failure = state.failure { throw failure }
        if let lane = state.lanes.first(where: { !$0.isBusy && ($0.mayGoAhead || $0 === state.lanes[0]) }) {
          lane.isBusy = true
          return lane
        }
        if let lane = nextLane() {
          state.lanes.append(lane)
          return lane
        }
        if state.lanes.isEmpty {
          do throws(MalformedInput) { try checkDumps() } catch {
            state.failure = error
            throw error
          }
          return nil
        }
        monitor.wait()
      }
    }
  }

  /// The next shard to open, if it may be opened now: shards are opened in order, and one at a time, and only while all
  /// that are open are compressed files other than dumps. What a dump says decides how the dumps after it are read.
  private func nextLane() -> ShardLane? {
    let shard = state.nextShard
    guard shard < paths.count, state.lanes.isEmpty || state.lanes.count < state.width,
      state.lanes.allSatisfy(\.mayGoAhead)
    else { return nil }
    state.nextShard += 1
    return ShardLane(shard: shard)
  }

  /// Opens the lane's file if need be, and fills the chunk. Returns `false` at the end of the file.
  private func advance(_ lane: ShardLane, _ chunk: RecordChunk) throws(MalformedInput) -> Bool {
    let reader = if let reader = lane.reader { reader } else { try open(lane) }
    guard try next(reader, chunk, shard: lane.shard) else { return false }
    chunk.shard = lane.shard
    return true
  }

  private func open(_ lane: ShardLane) throws(MalformedInput) -> ShardReader {
    let tables = monitor.locked { state.tables }
    let reader = try ShardReader(path: paths[lane.shard], options: options, tables: tables)
    lane.reader = reader
    monitor.locked {
      state.forms[lane.shard] = reader.form
      state.unreadColumns[lane.shard] = reader.unreadColumns
      lane.mayGoAhead = state.width > 1 && reader.form != .pgDump && reader.compression != .none
    }
    // Another thread may open the next file.
    monitor.wakeOne()
    return reader
  }

  /// Gives a shard back, with the chunk that was read from it; `nil`: its end was reached.
  private func giveBack(_ lane: ShardLane, chunk: RecordChunk?) {
    guard let reader = lane.reader else { preconditionFailure("a shard that was read is open") }
    let isRead = monitor.locked {
      lane.isBusy = false
      lane.bytesRead = reader.bytesRead
      if let chunk {
        chunk.index = state.width > 1 ? lane.shard << ChunkReader.countBits | lane.count : state.chunks
        lane.count += 1
        state.chunks += 1
        if state.width > 1, lane.count == 1 << ChunkReader.countBits {
          state.failure = MalformedInput(file: paths[lane.shard], reason: "too long to be read beside other files")
        }
      } else {
        state.tablesSeen.formUnion(reader.tablesSeen)
        if let tables = reader.tables { state.tables = tables }
        state.bytesOfEarlierShards += reader.bytesRead
        state.lanes.removeAll { $0 === lane }
      }
      return chunk != nil && state.failure == nil
    }
    // One more thread can read on, or all of them are to end.
    if isRead { monitor.wakeOne() } else { monitor.wake() }
  }

  /// Ends the reading: every later call throws the error. What was unpacked ahead is released.
  private func giveUp(_ error: MalformedInput) {
    let lanes = monitor.locked {
      if state.failure == nil { state.failure = error }
      let lanes = state.lanes
      state.lanes = []
      return lanes
    }
    // Their threads are waited for outside of the lock.
    withExtendedLifetime(lanes) { monitor.wake() }
  }

  /// The next records of a file. Scans all files first if the tables of the whole log decide which ones are read.
  private func next(_ reader: ShardReader, _ chunk: RecordChunk, shard: Int) throws(MalformedInput) -> Bool {
    do throws(MalformedInput) { return try reader.next(chunk) } catch {
      guard error == ShardReader.undecided, var tables = reader.tables else { throw error }
      var all = tables
      for (later, path) in paths.enumerated().dropFirst(shard) {
        if totalSize(of: [path]) != nil, path != "-" {
          ShardReader.survey(path, options, &all)
        } else if later == shard {
          all = try reader.surveyRest()
        }
      }
      if let reason = tables.decide(among: all) {
        throw reader.undecidedPlace.map { MalformedInput(at: $0, reason: reason) }
          ?? MalformedInput(file: paths[shard], reason: reason)
      }
      reader.resume(with: tables)
      return try next(reader, chunk, shard: shard)
    }
  }

  /// Checks, after the last file, that the dumps had the wanted tables.
  private func checkDumps() throws(MalformedInput) {
    guard let dump = paths.indices.first(where: { state.forms[$0] == .pgDump }) else { return }
    if let reason = state.tables.fault() { throw MalformedInput(file: paths[dump], reason: reason) }
    guard state.tablesSeen.isEmpty else { return }
    throw MalformedInput(file: paths[dump], reason: state.tables.missing)
  }

  /// Tables of dumps that have rows and were not read, although they might have been meant. Complete once ``next(_:)``
  /// has returned `false`.
  public var passedTables: [DumpTables.Passed] { monitor.locked { state.tables.passed } }

  /// Why a dump has no rows of the table, and what to do about it.
  public var missingTables: String { monitor.locked { state.tables.missing } }

  /// Columns of the files that the table does not have, in order of appearance.
  public var unreadColumns: [String] {
    monitor.locked { state.unreadColumns.joined().reduce(into: []) { if !$0.contains($1) { $0.append($1) } } }
  }

  /// How far the reader is, as of the last chunk of each file.
  public var progress: Progress {
    monitor.locked {
      Progress(
        bytesRead: state.bytesOfEarlierShards + state.lanes.reduce(0) { $0 + $1.bytesRead }, totalBytes: totalBytes,
        shard: state.lanes.first?.shard ?? state.nextShard)
    }
  }

  /// The tables of the files, or of the blocks of dumps, that were read. Complete once ``next(_:)`` has returned
  /// `false`.
  public var tablesSeen: Set<TableKind> { monitor.locked { state.tablesSeen } }

  /// The form of each path; `nil` for those not opened yet.
  public var forms: [RecordForm?] { monitor.locked { state.forms } }
}
