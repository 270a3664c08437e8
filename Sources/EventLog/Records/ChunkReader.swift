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
  private let state = Mutex(State())

  private struct State {
    var shard = 0
    var reader: ShardReader?
    var chunks = 0
    var bytesOfEarlierShards = 0
    var tablesSeen: Set<TableKind> = []
    var forms: [RecordForm?] = []
    var failure: MalformedInput?
  }

  /// Whether other readers of the same paths will read the same: files do, pipes and devices do not.
  public var canReadAgain: Bool { totalBytes != nil && !paths.contains("-") }

  /// Prepares to read the files in order; opens none yet, but checks that each is there, a file and readable.
  ///
  /// - Parameters:
  ///   - paths: as ``expandLogPaths(_:)`` gives them; `-` is standard input.
  ///   - table: what files hold that do not name their table: NDJSON, CSV, COPY text.
  ///   - dumpTables: the tables whose blocks are taken from a dump; `nil` for `table` alone.
  ///   - form: how every file reads; `nil` to tell from each file's first bytes.
  ///   - blockSize: bytes of a chunk, unless a record is longer.
  ///   - recordLimit: bytes of the longest record that is read.
  ///   - copies: keeps pipes for a second reading; `nil` when there will be none.
  public init(
    paths: [String], table: TableKind, dumpTables: Set<TableKind>? = nil, form: RecordForm? = nil,
    blockSize: Int = 1 << 20, recordLimit: Int = 64 << 20, copies: InputCopies? = nil
  ) throws(MalformedInput) {
    precondition(blockSize > 0 && recordLimit > 0)
    for path in paths { try checkReadable(path) }
    guard paths.count(where: { $0 == "-" }) < 2 else {
      throw MalformedInput(file: "-", reason: "standard input is named more than once")
    }
    self.paths = paths
    totalBytes = totalSize(of: paths)
    options = ShardReader.Options(
      table: table, dumpTables: dumpTables ?? [table], form: form, blockSize: blockSize, recordLimit: recordLimit,
      copies: copies)
    state.withLock { $0.forms = Array(repeating: nil, count: paths.count) }
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
        reader = try ShardReader(path: paths[state.shard], options: options)
        state.reader = reader
        state.forms[state.shard] = reader.form
      }
      if try reader.next(chunk) {
        chunk.index = state.chunks
        chunk.shard = state.shard
        state.chunks += 1
        return true
      }
      state.tablesSeen.formUnion(reader.tablesSeen)
      state.bytesOfEarlierShards += reader.bytesRead
      state.reader = nil
      state.shard += 1
    }
    return false
  }

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
