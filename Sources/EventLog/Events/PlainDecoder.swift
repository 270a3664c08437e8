import EventModel
import JSONTape

/// The fast path from NDJSON lines and JSON columns to events: reads plain text directly, without a tape.
///
/// Produces the same result as ``EventDecoder`` or declines; declined text is decoded again by the slow path. It
/// declines texts with a backslash, malformed text, and everything that ``PlainWalker`` declines. One per thread;
/// allocates nothing for an ordinary record.
final class PlainDecoder {
  private let arena: ByteArena
  private let strings = StringIndex()
  private let members: PlainMembers
  private let shape = LineShape()
  /// The line being decoded.
  private let line: UnsafeMutablePointer<Line>
  private let vocabulary: EventVocabulary
  /// Where the columns of the line begin, if its event is kept whole.
  private var dataStart: LineCursor?
  private var metadataStart: LineCursor?
  /// User id of the last decoded event.
  private(set) var user = UserID(high: 0, low: 0)
  /// As ``EventDecoder/wholeContent``.
  private(set) var wholeContent: UInt64 = 0
  /// Whether the last line had a `created_at`.
  private(set) var hasCreatedAt = true

  /// Memory range of the announced lines.
  private var lines = nowhere..<nowhere
  /// End of the indexed lines, and whether their index is usable.
  private var indexEnd = nowhere
  private var isIndexed = false

  private static nonisolated(unsafe) let nowhere = UnsafeRawPointer(bitPattern: 8)!

  private let scope: ContentScope
  private let keepsTails: Bool

  init(vocabulary: EventVocabulary, arena: ByteArena, scope: ContentScope, keepsTails: Bool) {
    self.keepsTails = keepsTails
    self.arena = arena
    self.vocabulary = vocabulary
    self.scope = scope
    members = PlainMembers(
      tables: [vocabulary.dataFields, vocabulary.metadataFields, vocabulary.types],
      hashesAll: scope.hashesAll || vocabulary.wholeTypes != 0)
    line = .allocate(capacity: 1)
    line.initialize(to: Line())
  }

  deinit { line.deallocate() }

  /// Table numbers in the name cache: members of `data` and `metadata` that are read, and event types.
  enum Names {
    static let data = 0
    static let metadata = 1
    static let types = 2
    static let none = NameCache.maxTables
  }

  /// Announces the lines that ``decode(_:)`` will be called with, in order. ``TapeParser/padding`` readable bytes must
  /// follow.
  func begin(_ lines: UnsafeRawBufferPointer) {
    guard let base = lines.baseAddress else { return }
    self.lines = base..<base + lines.count
    indexEnd = base
    shape.refresh()
  }

  /// Appends the event of a line to the arena. Returns `false` and appends nothing if the line is not plain or was not
  /// announced. O(n).
  @inline(__always)
  func decode(_ line: UnsafeRawBufferPointer) -> Bool {
    guard isPlain(line) else { return false }
    do throws(NotPlain) {
      try read(line)
      return true
    } catch {
      return false
    }
  }

  /// Whether the line was announced and indexed, and holds no escapes.
  @inline(__always)
  private func isPlain(_ line: UnsafeRawBufferPointer) -> Bool {
    guard let start = line.baseAddress, start >= lines.lowerBound, start + line.count <= lines.upperBound else {
      return false
    }
    if start >= indexEnd { index(from: start) }
    return isIndexed && !strings.hasEscapes(line)
  }

  /// As ``EventDecoder/mayHaveID(_:of:)``: without escapes, the id is one of the line's strings, as it is.
  func mayHaveID(_ line: UnsafeRawBufferPointer, of ids: RepeatedIDs) -> Bool {
    guard isPlain(line) else { return true }
    let cursor = strings.cursor(at: line)
    // Of a record of several lines, only the first may be indexed.
    guard cursor.limit <= indexEnd else { return true }
    var quotes = cursor.quotes
    while cursor.base + Int(quotes[0]) < cursor.limit {
      let (start, end) = (cursor.base + Int(quotes[0]) + 1, cursor.base + Int(quotes[1]))
      if end - start == UUID128.textBytes, let id = EventID(UnsafeRawBufferPointer(start: start, count: end - start)),
        ids.contains(id)
      {
        return true
      }
      quotes += 2
    }
    return false
  }

  // MARK: Columns of CSV and COPY text

  /// The result of ``walk(_:names:output:)``.
  struct Walked {
    var hashes: FieldHashes
    var idempotencyKey: UInt64
    var output: PackedWriter
  }

  /// Memory range of the documents that were indexed together.
  private var documents = nowhere..<nowhere

  /// Indexes two documents in one pass if they are plain and at most one byte apart. Then ``walk(_:names:output:)`` may
  /// be called for both, in order. ``TapeParser/padding`` readable bytes must follow each. O(n).
  @inline(__always)
  func begin(_ first: RecordField, _ second: RecordField) {
    documents = PlainDecoder.nowhere..<PlainDecoder.nowhere
    guard !first.isNull, !second.isNull, let start = first.bytes.baseAddress, let next = second.bytes.baseAddress,
      next >= start + first.bytes.count, next - start - first.bytes.count <= 1
    else { return }
    let both = UnsafeRawBufferPointer(start: start, count: next - start + second.bytes.count)
    if index(both) { documents = start..<start + both.count }
  }

  /// Packs those members of a document that are read. Returns `nil` unless the document is one plain object.
  /// ``TapeParser/padding`` readable bytes must follow it. Lines announced earlier must be announced again. O(n).
  @inline(__always)
  func walk(_ document: UnsafeRawBufferPointer, names: Int, output: PackedWriter) -> Walked? {
    guard let start = document.baseAddress else { return nil }
    let isIndexed = start >= documents.lowerBound && start + document.count <= documents.upperBound
    guard isIndexed || index(document) else { return nil }
    var walker = PlainWalker(strings.cursor(at: document), output: output, members: members)
    do throws(NotPlain) {
      let hashes = try walker.walkFields(names)
      guard walker.isAtEnd else { return nil }
      return Walked(hashes: hashes, idempotencyKey: walker.idempotencyKey, output: walker.output)
    } catch {
      return nil
    }
  }

  /// Returns `false` for text with a backslash, for very long text, and for unclosed or invalid strings.
  @inline(__always)
  private func index(_ text: UnsafeRawBufferPointer) -> Bool {
    guard text.count <= StringIndex.window else { return false }
    return strings.index(text) && !strings.hasEscapes(text)
  }

  // MARK: Lines

  /// Indexes as many whole lines as fit the window, or one longer line.
  private func index(from start: UnsafeRawPointer) {
    let left = lines.upperBound - start
    var count = min(left, StringIndex.window)
    if count < left {
      if let last = start.lastIndex(of: ASCII.lineFeed, from: 0, to: count) {
        count = last + 1
      } else {
        count = start.firstIndex(of: ASCII.lineFeed, from: count, to: left) ?? left
      }
    }
    indexEnd = start + count
    isIndexed = count <= PlainDecoder.longest && strings.index(UnsafeRawBufferPointer(start: start, count: count))
  }

  /// Longer lines take the slow path: their index would need too much memory.
  private static let longest = 1 << 20

  // MARK: Columns

  /// The parsed columns of a line.
  private struct Line {
    var columns = EventColumns()
    /// The ``LineColumn``s seen so far.
    var met: UInt8 = 0
    /// Number of the event type.
    var type = 0
    var typeHash = ContentHash.BeforeWord(ContentHash(state: 0), 1)
    var data = FieldHashes(ofOther: ContentHash(state: 0))
    var metadata = FieldHashes(ofOther: ContentHash(state: 0))
    var idempotencyKey: UInt64 = 0

    /// Forgets the line before. Values stay until they are replaced: ``met`` says which ones are the line's.
    @inline(__always)
    mutating func begin() {
      met = 0
      columns.createdAt = nil
    }
  }

  @inline(__always)
  private func read(_ bytes: UnsafeRawBufferPointer) throws(NotPlain) {
    arena.reserve(EventDecoder.room(forRecordOf: bytes.count, wholeTypes: vocabulary.wholeTypes))
    let headBase = arena.base + arena.count
    let section = headBase + EventLayout.headSize
    let start = strings.cursor(at: bytes)
    var walker = PlainWalker(start, output: PackedWriter(section + 4), members: members)
    line.pointee.begin()
    if try !readByShape(&walker, section) {
      walker = PlainWalker(start, output: PackedWriter(section + 4), members: members)
      line.pointee.begin()
      try readByNames(&walker, section)
    }
    guard line.pointee.met & LineColumn.needed == LineColumn.needed, walker.isAtEnd else { throw .line }
    var head = line.pointee.columns.head(type: UInt8(truncatingIfNeeded: line.pointee.type))
    let isWhole = vocabulary.isWhole(line.pointee.type)
    if isWhole {
      head.flags.formUnion(try keepWhole(&walker))
    }
    strings.pass(walker.cursor)
    user = line.pointee.columns.user
    hasCreatedAt = line.pointee.columns.createdAt != nil
    let hashes = EventHashes(
      line.pointee.columns, type: line.pointee.typeHash, data: line.pointee.data, metadata: line.pointee.metadata,
      flags: [], hashesAll: members.hashesAll)
    wholeContent = hashes.whole.state
    head.content = hashes.head(scope, isWhole: isWhole)
    head.idempotencyKey = line.pointee.idempotencyKey
    if keepsTails {
      PackTail.close(
        &head, type: line.pointee.columns.type, keepsAll: vocabulary.isWhole(0), content: wholeContent,
        traits: hasCreatedAt ? [] : .createdAtMissing, &walker.output)
    }
    head.payloadLength = head.type == 0 && !keepsTails ? 0 : UInt32(truncatingIfNeeded: walker.output.cursor - section)
    headBase.storeBytes(of: head, as: EventHead.self)
    arena.count += EventLayout.headSize + Int(head.payloadLength)
  }

  /// Reads a line by the known shape. Returns `false` if the line has another shape.
  @inline(__always)
  private func readByShape(
    _ walker: inout PlainWalker, _ section: UnsafeMutableRawPointer
  ) throws(NotPlain) -> Bool {
    var gap = shape.gaps
    for _ in 0..<shape.count {
      let place = walker.cursor.place + gap.pointee.count
      guard gap.pointee.stands(at: walker.cursor.place), place <= walker.cursor.limit else { break }
      walker.cursor.place = place
      walker.cursor.quotes += gap.pointee.quotes
      switch gap.pointee.column {
      case .id: try takeText(.id, &walker)
      case .user: try takeText(.user, &walker)
      case .timestamp: try takeText(.timestamp, &walker)
      case .type: try takeText(.type, &walker)
      case .createdAt: try takeText(.createdAt, &walker)
      case .data: try walk(.data, &walker, section)
      case .metadata: try walk(.metadata, &walker, section)
      case nil: return true
      }
      gap += 1
    }
    shape.miss()
    return false
  }

  /// Reads a column's text up to the quote that starts the next gap. Inlined with a constant column, so the code for
  /// each column is small.
  @inline(__always)
  private func takeText(_ column: LineColumn, _ walker: inout PlainWalker) throws(NotPlain) {
    let (start, end) = (walker.cursor.place, walker.cursor.nextQuote)
    guard end >= start else { throw .line }
    try take(UnsafeRawBufferPointer(start: start, count: end - start), column, &walker)
    walker.cursor.place = end
  }

  private func readByNames(
    _ walker: inout PlainWalker, _ section: UnsafeMutableRawPointer
  ) throws(NotPlain) {
    let learner = shape.isLearning ? shape : nil
    learner?.learn(from: walker.cursor)
    try walker.expect(UInt8(ascii: "{"))
    repeat {
      let name = try walker.string()
      try walker.expect(UInt8(ascii: ":"))
      guard let column = PlainDecoder.column(named: name) else {
        if DeletionMarks.index(of: name) != nil { throw .line }
        learner?.forget()
        _ = try walker.walk(pack: false, depth: 0)
        continue
      }
      // A repeated column is not plain: the last one counts.
      guard line.pointee.met & column.rawValue == 0 else { throw .line }
      walker.skipSpace()
      let start = walker.cursor
      if column == .data || column == .metadata {
        try walk(column, &walker, section)
        learner?.learn(column, from: start, to: walker.cursor)
      } else {
        try take(try walker.string(), column, &walker)
        learner?.learn(column, from: start.enteringString(), to: walker.cursor.reenteringString())
      }
    } while try walker.goesOn(end: UInt8(ascii: "}"))
    learner?.learn(nil, from: walker.cursor, to: walker.cursor)
  }

  private static func column(named name: UnsafeRawBufferPointer) -> LineColumn? {
    switch name.count {
    case 2 where name.equals("id"): .id
    case 7 where name.equals("user_id"): .user
    case 9 where name.equals("timestamp"): .timestamp
    case 10 where name.equals("event_type"): .type
    case 10 where name.equals("created_at"): .createdAt
    case 4 where name.equals("data"): .data
    case 8 where name.equals("metadata"): .metadata
    default: nil
    }
  }

  /// Parses and stores a text column.
  @inline(__always)
  private func take(
    _ text: UnsafeRawBufferPointer, _ column: LineColumn, _ walker: inout PlainWalker
  ) throws(NotPlain) {
    switch column {
    case .id, .user:
      guard let id = UUID128(text) else { throw .line }
      if column == .id { line.pointee.columns.id = id } else { line.pointee.columns.user = id }
    case .timestamp, .createdAt:
      guard let instant = TimestampText.instant(text) else { throw .line }
      if column == .timestamp {
        line.pointee.columns.timestamp = instant
      } else {
        line.pointee.columns.createdAt = instant
      }
    default:
      line.pointee.columns.type = text
      (line.pointee.type, line.pointee.typeHash) = members.number(of: text, in: Names.types)
      // Types in the table contain no NUL.
      guard line.pointee.type != 0 || EventColumns.isType(text) else { throw .line }
    }
    line.pointee.met |= column.rawValue
  }

  /// Walks and packs `data` or `metadata`.
  @inline(__always)
  private func walk(
    _ column: LineColumn, _ walker: inout PlainWalker, _ section: UnsafeMutableRawPointer
  ) throws(NotPlain) {
    // The type decides which members are read, and `data` comes before `metadata` in the payload. Other orders are not
    // plain.
    let before = column == .data ? LineColumn.type.rawValue : LineColumn.type.rawValue | LineColumn.data.rawValue
    guard line.pointee.met & before == before else { throw .line }
    if vocabulary.isWhole(line.pointee.type) {
      if column == .data { dataStart = walker.cursor } else { metadataStart = walker.cursor }
    }
    if column == .data {
      line.pointee.data = try walker.walkFields(line.pointee.type == 0 ? Names.none : Names.data)
      section.storeBytes(of: UInt32(truncatingIfNeeded: walker.output.cursor - section - 4), as: UInt32.self)
    } else {
      line.pointee.metadata = try walker.walkFields(line.pointee.type == 0 ? Names.none : Names.metadata)
      line.pointee.idempotencyKey = walker.idempotencyKey
    }
    line.pointee.met |= column.rawValue
  }

  // MARK: Whole events

  /// Keeps the whole values of `data` and `metadata` after the fields of the line, and says how.
  @inline(never)
  private func keepWhole(_ walker: inout PlainWalker) throws(NotPlain) -> EventFlags {
    guard let dataStart, let metadataStart else { preconditionFailure("both columns were walked") }
    let start = walker.output.cursor
    var text = walker.output
    text.put(UInt32(0))
    if let data = members.copyText(dataStart, to: text), let metadata = members.copyText(metadataStart, to: data) {
      start.storeBytes(of: UInt32(truncatingIfNeeded: data.cursor - start - 4), as: UInt32.self)
      walker.output = metadata
      walker.output.put(UInt32(truncatingIfNeeded: walker.output.cursor - start))
      return [.whole, .wholeText]
    }
    for column in [dataStart, metadataStart] {
      var whole = PlainWalker(column, output: walker.output, members: members)
      _ = try whole.walk(pack: true, depth: 0)
      walker.output = whole.output
    }
    walker.output.put(UInt32(truncatingIfNeeded: walker.output.cursor - start))
    return .whole
  }

  /// Packs the whole value of a document. Returns `nil` unless the document is one plain object.
  func packWhole(_ document: UnsafeRawBufferPointer, output: PackedWriter) -> PackedWriter? {
    guard let start = document.baseAddress else { return nil }
    let isIndexed = start >= documents.lowerBound && start + document.count <= documents.upperBound
    guard isIndexed || index(document) else { return nil }
    var walker = PlainWalker(strings.cursor(at: document), output: output, members: members)
    do throws(NotPlain) {
      _ = try walker.walk(pack: true, depth: 0)
      return walker.isAtEnd ? walker.output : nil
    } catch {
      return nil
    }
  }
}
