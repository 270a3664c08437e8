import EventModel

/// Cuts one file into chunks of whole records.
///
/// Between calls, holds less than one record, or the rest of a block after the end of a dump's table. Not thread-safe.
final class ShardReader {
  let form: RecordForm
  private let path: String
  private let table: TableKind
  private let source: ByteSource
  private let blockSize: Int
  private let recordLimit: Int
  private var cutter: Cutter
  private var columns: ColumnLayout?
  private let temporaryDirectory: String
  private let isUntold: Bool
  /// Thrown by the next call, after the records before it have been returned: see ``refuseQuotes(_:)``.
  private var untoldFault: MalformedInput?

  /// Bytes read ahead. Those before `nextAhead` are in the current chunk.
  private let ahead: ByteBuffer
  private var nextAhead = 0
  /// Position of the first byte that has not been returned.
  private var place: LogPosition
  private var isAtEnd = false
  /// The source's error, kept until the whole records before it have been returned.
  private var failure: MalformedInput?

  private enum Cutter {
    case lines(LineCutter)
    case json(JSONCutter)
    case csv(CSVCutter)
    case copy(CopyCutter)
    case dump(DumpCutter)
  }

  /// How to read a shard.
  struct Options: Sendable {
    var table: TableKind
    var reading: ReadingOptions
    /// The form of every file; `nil`: detected from its content.
    var form: RecordForm?
    /// Directory for input that must be read twice but can be read only once.
    var temporaryDirectory: String
    var blockSize: Int
    var recordLimit: Int
    var copies: InputCopies?
  }

  /// Opens the file, detects its form unless given, and reads the header line.
  ///
  /// - Parameter tables: what is known about the tables of dumps so far.
  init(path: String, options: Options, tables: DumpTables) throws(MalformedInput) {
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
    temporaryDirectory = options.temporaryDirectory
    isUntold = head.detected.isUntold
    switch form {
    case .ndjson: cutter = .lines(LineCutter())
    case .json: cutter = .json(JSONCutter())
    case .csv: cutter = .csv(CSVCutter(separator: head.detected.separator, null: options.reading.null))
    case .copyText: cutter = .copy(CopyCutter())
    case .pgDump: cutter = .dump(DumpCutter(tables: tables, file: path))
    }
  }

  /// What is known about the tables of dumps after this file; `nil` if the file is no dump.
  var tables: DumpTables? {
    if case .dump(let dump) = cutter { return dump.tables }
    return nil
  }

  /// Columns of the file's header line that the table does not have.
  var unreadColumns: [String] { columns?.unread ?? [] }

  /// How the file is packed.
  var compression: Compression { source.compression }

  /// Packed bytes read from the file so far.
  var bytesRead: Int { source.bytesRead }

  /// The tables seen so far in a dump; for other files, the expected table.
  var tablesSeen: Set<TableKind> {
    if case .dump(let dump) = cutter { return dump.tablesSeen }
    return [table]
  }

  /// Fills the chunk with the next whole records. Returns `false` at the end of the file. O(bytes read).
  func next(_ chunk: RecordChunk) throws(MalformedInput) -> Bool {
    if let untoldFault { throw untoldFault }
    let buffer = chunk.buffer
    buffer.reset(capacity: blockSize)
    while true {
      read(into: buffer)
      buffer.seal()
      let isLast = isAtEnd && nextAhead == ahead.filled
      if isLast && buffer.filled == 0 {
        try finish()
        return false
      }
      // Refuse a last record above the limit, whether or not the end of the file has been noticed.
      let mayEnd = isLast && buffer.filled <= recordLimit
      let cut = try cut(CutWindow(base: buffer.base, count: buffer.filled, isLast: mayEnd, start: place), chunk)
      if !cut.content.isEmpty {
        describe(chunk, cut)
        if isUntold { try refuseQuotes(chunk) }
        advance(cut)
        putBack(UnsafeRawBufferPointer(rebasing: buffer.bytes[cut.consumed...]))
        return true
      }
      advance(cut)
      buffer.drop(cut.consumed)
      if case .dump(let dump) = cutter, dump.needsDecision {
        // The caller makes the decision and calls again.
        putBack(buffer.bytes)
        throw ShardReader.undecided
      }
      if cut.consumed == 0 { try makeRoom(buffer) }
    }
  }

  /// Thrown if the tables of the whole log must be known before the reader can go on. Then call ``resume(with:)``.
  static let undecided = MalformedInput(file: "", reason: "undecided")

  /// Goes on after a decision of ``DumpTables/decide(among:)``.
  func resume(with tables: DumpTables) {
    guard case .dump(var dump) = cutter else { preconditionFailure("only dumps wait for decisions") }
    dump.resume(with: tables)
    cutter = .dump(dump)
  }

  /// Position of the statement that waits for a decision.
  var undecidedPlace: LogPosition? {
    if case .dump(let dump) = cutter { return dump.statementStart }
    return nil
  }

  /// What is known about the tables after scanning the rest of the file. The rest is copied to a temporary file,
  /// because it is read again.
  func surveyRest() throws(MalformedInput) -> DumpTables {
    guard case .dump(let dump) = cutter else { preconditionFailure("only dumps have tables") }
    var survey = dump.survey()
    let rest = try source.putAside(in: temporaryDirectory)
    var offset = 0
    try survey.run(
      over: UnsafeRawBufferPointer(rebasing: ahead.bytes[nextAhead...]), from: place, recordLimit: recordLimit
    ) { (room) throws(MalformedInput) in
      do throws(StorageFault) {
        let count = try rest.read(room, at: offset)
        offset += count
        return count
      } catch { throw MalformedInput(file: error.path, reason: error.reason) }
    }
    return survey.tables
  }

  /// The same for a file that is not being read yet. Does nothing for a file that is no dump. Ignores errors: reading
  /// the file will report them.
  static func survey(_ path: String, _ options: Options, _ tables: inout DumpTables) {
    do throws(MalformedInput) {
      let source = try ByteSource(path: path)
      let head = try ShardHead(source, path: path, options: options)
      guard head.form == .pgDump else { return }
      var survey = DumpCutter(tables: tables, file: path, isSurvey: true)
      defer { tables = survey.tables }
      try survey.run(
        over: head.buffer.bytes, from: LogPosition(file: path, line: 1, byteOffset: 0),
        recordLimit: options.recordLimit,
        read: source.read(into:))
    } catch {}
  }

  /// Checks that the file may end here.
  private func finish() throws(MalformedInput) {
    switch cutter {
    case .dump(var dump):
      defer { cutter = .dump(dump) }
      try dump.finish(at: place)
    case .json(let json): try json.finish(at: place)
    case .lines, .csv, .copy: break
    }
  }

  /// Refuses a field in quotes if nothing distinguishes COPY text from CSV, which read it differently. The records
  /// before it are returned first; the next call throws the fault.
  private func refuseQuotes(_ chunk: RecordChunk) throws(MalformedInput) {
    let bytes = chunk.bytes
    guard let base = bytes.baseAddress else { return }
    var offset = 0
    while let quote = base.firstIndex(of: ASCII.quote, from: offset, to: bytes.count) {
      offset = quote + 1
      guard quote == 0 || base[quote - 1] == ASCII.tab || base[quote - 1] == ASCII.lineFeed else { continue }
      let line = base.lastIndex(of: ASCII.lineFeed, from: 0, to: quote).map { $0 + 1 } ?? 0
      let fault = MalformedInput(
        at: LogPosition(
          file: path, line: chunk.firstLine + base.lineEnds(from: 0, to: line), byteOffset: chunk.byteOffset + quote),
        reason:
          "a field in quotes, which CSV and COPY text read differently, and no earlier line shows which form this "
          + "is; say --format csv or --format copy")
      if line == 0 { throw fault }
      chunk.content = chunk.content.lowerBound..<chunk.content.lowerBound + line
      untoldFault = fault
      return
    }
  }

  private func cut(_ window: CutWindow, _ chunk: RecordChunk) throws(MalformedInput) -> Cut {
    switch cutter {
    case .lines(let lines): return lines.cut(window, lineEnds: chunk.lineEnds)
    case .json(var json):
      defer { cutter = .json(json) }
      return try json.cut(window, bounds: chunk.bounds)
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
    switch cutter {
    case .dump(let dump):
      columns = dump.columns
      chunk.form = dump.isInsert ? .pgDump : .copyText
    case .json, .lines: chunk.form = .ndjson
    case .csv: chunk.form = .csv
    case .copy: chunk.form = .copyText
    }
    if form != .json { chunk.bounds.count = 0 }
    chunk.isOneDocument = form == .json
    chunk.columns = columns
    chunk.table = columns?.table ?? table
  }

  private func advance(_ cut: Cut) {
    place.line += cut.lines
    place.byteOffset += cut.consumed
  }

  /// Grows the buffer for a record that is longer, up to the limit.
  private func makeRoom(_ buffer: ByteBuffer) throws(MalformedInput) {
    guard buffer.filled <= recordLimit else {
      let hint = form == .csv ? "; a closing quote may be missing" : ""
      throw MalformedInput(at: place, reason: "line longer than \(shown(recordLimit))\(hint)")
    }
    if let failure, nextAhead == ahead.filled { throw failure }
    if buffer.filled == buffer.capacity { buffer.grow(to: min(2 * buffer.capacity, recordLimit + 1)) }
  }

  /// Fills the buffer, first with bytes read ahead, then from the file.
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

  /// Keeps bytes that were read and not returned for the next chunk.
  private func putBack(_ rest: UnsafeRawBufferPointer) {
    if nextAhead < ahead.filled, rest.count <= nextAhead {
      // `ahead` has more bytes than the chunk took, so it still holds these bytes.
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
