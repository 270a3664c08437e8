import EventModel
import Synchronization

/// Reads paths as chunks of whole records: the shards of one log, one after the other.
///
/// Thread-safe: any number of threads may call ``next(_:)``. Reading, unpacking and finding record ends happen under an
/// internal lock, parsing outside. Memory: one block of read-ahead, whatever the size of the files.
public final class ChunkReader: Sendable {
  /// How far the reader is.
  public struct Progress: Sendable {
    /// Packed bytes read from the files so far.
    public var bytesRead: Int
    /// Packed size of all files; `nil` if one of them is a pipe.
    public var totalBytes: Int?
    /// Index of the path being read.
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
    state = Mutex(
      State(
        forms: Array(repeating: nil, count: paths.count),
        tables: DumpTables(wanted: dumpTables ?? [table], options: reading)))
  }

  /// Fills the chunk with the next whole records. Returns `false` at the end of the last file.
  ///
  /// When a file cannot be read any further, returns all whole records before that place and then throws. Every later
  /// call throws the same.
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

  /// The next records of a file. Scans all files first if the tables of the whole log decide which ones are read.
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

  /// Checks, after the last file, that the dumps had the wanted tables.
  private func checkDumps(_ state: State) throws(MalformedInput) {
    guard let dump = paths.indices.first(where: { state.forms[$0] == .pgDump }) else { return }
    if let reason = state.tables.fault() { throw MalformedInput(file: paths[dump], reason: reason) }
    guard state.tablesSeen.isEmpty else { return }
    throw MalformedInput(file: paths[dump], reason: state.tables.missing)
  }

  /// Tables of dumps that have rows and were not read, although they might have been meant. Complete once ``next(_:)``
  /// has returned `false`.
  public var passedTables: [DumpTables.Passed] { state.withLock { $0.tables.passed } }

  /// Why a dump has no rows of the table, and what to do about it.
  public var missingTables: String { state.withLock { $0.tables.missing } }

  /// Columns of the files that the table does not have, in order of appearance.
  public var unreadColumns: [String] { state.withLock { $0.unreadColumns } }

  /// How far the reader is. Waits for a running call of ``next(_:)``.
  public var progress: Progress {
    state.withLock {
      Progress(
        bytesRead: $0.bytesOfEarlierShards + ($0.reader?.bytesRead ?? 0), totalBytes: totalBytes, shard: $0.shard)
    }
  }

  /// The tables of the files, or of the blocks of dumps, that were read. Complete once ``next(_:)`` has returned
  /// `false`.
  public var tablesSeen: Set<TableKind> { state.withLock { $0.tablesSeen } }

  /// The form of each path; `nil` for those not opened yet.
  public var forms: [RecordForm?] { state.withLock { $0.forms } }
}
