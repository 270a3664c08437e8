import EventModel
import Synchronization

/// From paths to chunks of whole records: the shards of one log, one after the other.
///
/// Any number of threads may call ``next(_:)``; the lock is inside. Reading, unpacking and finding record ends happen
/// under it, parsing outside. Memory: one block of read-ahead, whatever the size of the files.
public final class ChunkReader: Sendable {
  /// How far the reader is.
  public struct Progress: Sendable {
    /// Bytes taken from the files so far, as they are packed.
    public var bytesRead: Int
    /// Size of all files as they are packed; `nil` when one is a pipe.
    public var totalBytes: Int?
    /// Which path is being read.
    public var shard: Int
  }

  private let paths: [String]
  private let options: ShardReader.Options
  private let totalBytes: Int?
  private let state: Mutex<State>

  private struct State {
    var shard = 0
    var reader: ShardReader?
    var chunks = 0
    var bytesOfEarlierShards = 0
    var tablesSeen: Set<TableKind> = []
    var forms: [RecordForm?] = []
    var failure: MalformedInput?
    var tables: DumpTables
    var unreadColumns: [String] = []
  }

  /// Whether other readers of the same paths will read the same: files do, pipes and devices do not.
  public var canReadAgain: Bool { totalBytes != nil && !paths.contains("-") }

  /// Prepares to read the files in order; opens none yet, but checks that each is there, a file and readable.
  ///
  /// - Parameters:
  ///   - paths: as ``expandLogPaths(_:)`` gives them; `-` is standard input.
  ///   - table: what files hold that do not name their table: NDJSON, CSV, COPY text.
  ///   - dumpTables: the tables whose blocks are taken from a dump; `nil` for `table` alone.
  ///   - reading: how files are read where their content does not tell.
  ///   - form: how every file reads; `nil`: as `reading` says.
  ///   - blockSize: bytes of a chunk, unless a record is longer.
  ///   - recordLimit: bytes of the longest record that is read.
  ///   - copies: keeps pipes for a second reading; `nil` when there will be none.
  ///   - temporaryDirectory: where a dump on a pipe is put that must be looked at as a whole first.
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
    state = Mutex(
      State(
        forms: Array(repeating: nil, count: paths.count),
        tables: DumpTables(wanted: dumpTables ?? [table], options: reading)))
  }

  /// Fills the chunk with the next whole records; `false` at the end of the last file.
  ///
  /// Throws what makes a file unreadable from there on, after all whole records before it were handed out; every
  /// later call throws the same.
  public func next(_ chunk: RecordChunk) throws(MalformedInput) -> Bool {
    try state.withLock { (state) throws(MalformedInput) -> Bool in
      if let failure = state.failure { throw failure }
      do throws(MalformedInput) {
        return try advance(&state, chunk)
      } catch {
        state.failure = error
        throw error
      }
    }
  }

  private func advance(_ state: inout State, _ chunk: RecordChunk) throws(MalformedInput) -> Bool {
    while state.shard < paths.count {
      let reader: ShardReader
      if let current = state.reader {
        reader = current
      } else {
        reader = try ShardReader(path: paths[state.shard], options: options, tables: state.tables)
        state.reader = reader
        state.forms[state.shard] = reader.form
        for name in reader.unreadColumns where !state.unreadColumns.contains(name) { state.unreadColumns.append(name) }
      }
      if try next(reader, chunk, &state) {
        chunk.index = state.chunks
        chunk.shard = state.shard
        state.chunks += 1
        return true
      }
      state.tablesSeen.formUnion(reader.tablesSeen)
      if let tables = reader.tables { state.tables = tables }
      state.bytesOfEarlierShards += reader.bytesRead
      state.reader = nil
      state.shard += 1
    }
    try checkDumps(state)
    return false
  }

  /// The next records of a file; where it takes all tables of the log to tell which are read, looks at all files first.
  private func next(_ reader: ShardReader, _ chunk: RecordChunk, _ state: inout State) throws(MalformedInput) -> Bool {
    do throws(MalformedInput) { return try reader.next(chunk) } catch {
      guard error == ShardReader.undecided, var tables = reader.tables else { throw error }
      var all = tables
      for (shard, path) in paths.enumerated().dropFirst(state.shard) {
        if totalSize(of: [path]) != nil, path != "-" {
          ShardReader.survey(path, options, &all)
        } else if shard == state.shard {
          all = try reader.surveyRest()
        }
      }
      if let reason = tables.decide(among: all) {
        throw reader.undecidedPlace.map { MalformedInput(at: $0, reason: reason) }
          ?? MalformedInput(file: paths[state.shard], reason: reason)
      }
      reader.resume(with: tables)
      return try next(reader, chunk, &state)
    }
  }

  /// Checks, after the last file, that the dumps held what was looked for.
  private func checkDumps(_ state: State) throws(MalformedInput) {
    guard let dump = paths.indices.first(where: { state.forms[$0] == .pgDump }) else { return }
    if let reason = state.tables.fault() { throw MalformedInput(file: paths[dump], reason: reason) }
    guard state.tablesSeen.isEmpty else { return }
    throw MalformedInput(file: paths[dump], reason: state.tables.missing)
  }

  /// Tables of dumps that have rows and were not read although they might have been meant; complete once ``next(_:)`` returned
  /// `false`.
  public var passedTables: [DumpTables.Passed] { state.withLock { $0.tables.passed } }

  /// Why a dump gives no rows of the table, with the ways out.
  public var missingTables: String { state.withLock { $0.tables.missing } }

  /// Columns of the files that no table has, in the order in which they were met.
  public var unreadColumns: [String] { state.withLock { $0.unreadColumns } }

  /// How far the reader is. Waits for a call of ``next(_:)`` that is under way.
  public var progress: Progress {
    state.withLock {
      Progress(
        bytesRead: $0.bytesOfEarlierShards + ($0.reader?.bytesRead ?? 0), totalBytes: totalBytes, shard: $0.shard)
    }
  }

  /// The tables that files were of, or had a block of; complete once ``next(_:)`` returned `false`.
  public var tablesSeen: Set<TableKind> { state.withLock { $0.tablesSeen } }

  /// The form of each path; `nil` for those not opened yet.
  public var forms: [RecordForm?] { state.withLock { $0.forms } }
}
