import EventModel

/// Cuts one file into chunks of whole records.
///
/// Holds less than one record, or the rest of a block after a table of a dump ended. Not for use by several threads.
final class ShardReader {
  let form: RecordForm
  private let path: String
  private let table: TableKind
  private let source: ByteSource
  private let blockSize: Int
  private let recordLimit: Int
  private var cutter: Cutter
  private var columns: ColumnLayout?

  /// Bytes read and not handed out; those before `nextAhead` are in the chunk at work.
  private let ahead: ByteBuffer
  private var nextAhead = 0
  /// Place of the first byte not handed out.
  private var place: LogPosition
  private var isAtEnd = false
  /// Thrown by the source; kept until the whole records before it are handed out.
  private var failure: MalformedInput?

  private enum Cutter {
    case lines(LineCutter)
    case csv(CSVCutter)
    case copy(CopyCutter)
    case dump(DumpCutter)
  }

  /// What a shard is read as.
  struct Options: Sendable {
    var table: TableKind
    var dumpTables: Set<TableKind>
    var form: RecordForm?
    var blockSize: Int
    var recordLimit: Int
    var copies: InputCopies?
  }

  /// Opens the file, tells its form unless given, and reads the CSV header.
  init(path: String, options: Options) throws(MalformedInput) {
    self.path = path
    table = options.table
    recordLimit = options.recordLimit
    blockSize = min(options.blockSize, options.recordLimit + 1)
    source = try ByteSource(path: path, copies: options.copies)
    let head = try ShardHead(source, path: path, options: options)
    form = head.form
    columns = head.columns
    ahead = head.buffer
    nextAhead = head.length
    place = LogPosition(file: path, line: 1 + head.lines, byteOffset: head.length)
    isAtEnd = head.isWhole
    failure = head.failure
    switch form {
    case .ndjson: cutter = .lines(LineCutter())
    case .csv: cutter = .csv(CSVCutter())
    case .copyText: cutter = .copy(CopyCutter())
    case .pgDump: cutter = .dump(DumpCutter(tables: options.dumpTables))
    }
  }

  /// Bytes taken from the file, as it is packed.
  var bytesRead: Int { source.bytesRead }

  /// The tables met so far: all that is known at once but for dumps.
  var tablesSeen: Set<TableKind> {
    if case .dump(let dump) = cutter { return dump.tablesSeen }
    return [table]
  }

  /// Fills the chunk with the next whole records. `false` at the end. O(bytes read).
  func next(_ chunk: RecordChunk) throws(MalformedInput) -> Bool {
    let buffer = chunk.buffer
    buffer.reset(capacity: blockSize)
    while true {
      read(into: buffer)
      buffer.seal()
      let isLast = isAtEnd && nextAhead == ahead.filled
      if isLast && buffer.filled == 0 {
        if case .dump(let dump) = cutter { try dump.finish(at: place) }
        return false
      }
      // A last record beyond the limit is refused whether or not the end was noticed yet.
      let mayEnd = isLast && buffer.filled <= recordLimit
      let cut = try cut(CutWindow(base: buffer.base, count: buffer.filled, isLast: mayEnd, start: place), chunk)
      if !cut.content.isEmpty {
        describe(chunk, cut)
        advance(cut)
        putBack(UnsafeRawBufferPointer(rebasing: buffer.bytes[cut.consumed...]))
        return true
      }
      advance(cut)
      buffer.drop(cut.consumed)
      if cut.consumed == 0 { try makeRoom(buffer) }
    }
  }

  private func cut(_ window: CutWindow, _ chunk: RecordChunk) throws(MalformedInput) -> Cut {
    switch cutter {
    case .lines(let lines): return lines.cut(window, lineEnds: chunk.lineEnds)
    case .csv(let csv): return csv.cut(window)
    case .copy(var copy):
      defer { cutter = .copy(copy) }
      return try copy.cut(window)
    case .dump(var dump):
      defer { cutter = .dump(dump) }
      return try dump.cut(window)
    }
  }

  private func describe(_ chunk: RecordChunk, _ cut: Cut) {
    chunk.content = cut.content
    chunk.file = path
    chunk.firstLine = place.line + cut.linesBefore
    chunk.byteOffset = place.byteOffset + cut.content.lowerBound
    if case .dump(let dump) = cutter { columns = dump.columns }
    chunk.columns = columns
    chunk.table = columns?.table ?? table
    chunk.form = form == .pgDump ? .copyText : form
  }

  private func advance(_ cut: Cut) {
    place.line += cut.lines
    place.byteOffset += cut.consumed
  }

  /// A record longer than the buffer: makes the buffer larger, up to the limit.
  private func makeRoom(_ buffer: ByteBuffer) throws(MalformedInput) {
    guard buffer.filled <= recordLimit else {
      let hint = form == .csv ? "; a quote may lack its end" : ""
      throw MalformedInput(at: place, reason: "line longer than \(shown(recordLimit))\(hint)")
    }
    if let failure, nextAhead == ahead.filled { throw failure }
    if buffer.filled == buffer.capacity { buffer.grow(to: min(2 * buffer.capacity, recordLimit + 1)) }
  }

  /// Fills the buffer as far as the file goes, first with what was read ahead.
  private func read(into buffer: ByteBuffer) {
    let waiting = UnsafeRawBufferPointer(rebasing: ahead.bytes[nextAhead...])
    let taken = min(waiting.count, buffer.capacity - buffer.filled)
    buffer.append(UnsafeRawBufferPointer(rebasing: waiting[..<taken]))
    nextAhead += taken
    while buffer.filled < buffer.capacity, !isAtEnd, failure == nil {
      do throws(MalformedInput) {
        isAtEnd = try !buffer.fill(to: buffer.capacity, from: source.read(into:))
      } catch {
        failure = error
      }
    }
  }

  /// Keeps what was read and not handed out for the next chunk.
  private func putBack(_ rest: UnsafeRawBufferPointer) {
    if nextAhead < ahead.filled, rest.count <= nextAhead {
      // More was read ahead than the chunk took, so these bytes still stand there.
      nextAhead -= rest.count
    } else {
      ahead.reset(capacity: rest.count)
      ahead.append(rest)
      nextAhead = 0
    }
  }
}

/// A size in the largest unit that divides it.
func shown(_ bytes: Int) -> String {
  bytes % (1 << 20) == 0 ? "\(bytes >> 20) MiB" : bytes % 1024 == 0 ? "\(bytes >> 10) KiB" : "\(bytes) bytes"
}
