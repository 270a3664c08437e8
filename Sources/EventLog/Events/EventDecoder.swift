import EventModel
import JSONTape

/// Records → events: checks every column and appends head and payload of the event to an arena.
///
/// One per thread. O(n) in the record's length; allocates nothing for an ordinary record.
public final class EventDecoder {
  private let vocabulary: EventVocabulary
  private let parser = TapeParser()
  private let walker: TapeWalker
  private let plain: PlainDecoder
  private let arena: ByteArena
  /// User id of the last decoded event.
  public private(set) var user = UserID(high: 0, low: 0)
  /// Special traits of the last decoded record.
  public private(set) var traits: RecordTraits = []
  /// Which column marks the last record as deleted, as an index in ``DeletionMarks/columns``; `nil` if none. Also set
  /// if decoding failed for another reason.
  public private(set) var mark: Int?
  /// Event id of the marked record, even if decoding it failed; `nil` if it is not a UUID. Valid only if ``mark`` is
  /// set.
  public private(set) var markedID: EventID?

  /// Hash of the last decoded event, of everything except its id; means nothing unless the scope asks for it.
  public private(set) var wholeContent: UInt64 = 0

  private let scope: ContentScope
  private let keepsTails: Bool
  /// The columns whose strings are read as the documents inside them.
  private let unwrapped: PayloadColumns
  private let innerParser = TapeParser()
  private let innerText = ByteArena()
  /// The document being walked; its strings may contain documents.
  private var outer = UnsafeRawBufferPointer(start: nil, count: 0)

  /// - Parameters:
  ///   - arena: where events are appended.
  ///   - unwrapped: columns that are JSON strings in all records, to be read as the documents inside those strings.
  ///   - scope: which hashes to compute.
  ///   - keepsTails: whether events are to be packed: each then has a ``PackTail``.
  public init(
    vocabulary: EventVocabulary, arena: ByteArena, unwrapped: PayloadColumns = [], scope: ContentScope = .whole,
    keepsTails: Bool = false
  ) {
    self.scope = scope
    self.keepsTails = keepsTails
    self.vocabulary = vocabulary
    self.arena = arena
    self.unwrapped = unwrapped
    headBase = arena.base
    walker = TapeWalker()
    plain = PlainDecoder(vocabulary: vocabulary, arena: arena, scope: scope, keepsTails: keepsTails)
  }

  /// Upper bound of an event's size in the arena, given the length of its record: every two bytes of JSON can become
  /// nine packed bytes.
  @inline(__always)
  public static func room(forRecordOf count: Int, wholeTypes: UInt64 = 0) -> Int {
    // Whole events are packed a second time.
    (count * 5 + 256) * (wholeTypes == 0 ? 1 : 2)
  }

  // MARK: NDJSON

  /// Announces lines that ``decode(line:)`` will be called with, in order, so that their strings can be found in one
  /// pass. The lines must not move until then, and ``TapeParser/padding`` readable bytes must follow the last.
  public func begin(lines: UnsafeRawBufferPointer) { plain.begin(lines) }

  /// Decodes a line that is one JSON object with the table's columns as keys. ``TapeParser/padding`` readable bytes
  /// must follow it. If this throws, the arena is unchanged. A line that ``begin(lines:)`` announced is decoded faster,
  /// to the same event; only its fields may be in another order.
  @inline(__always)
  public func decode(line: UnsafeRawBufferPointer) throws(RecordFault) {
    if plain.decode(line) {
      user = plain.user
      wholeContent = plain.wholeContent
      traits = plain.hasCreatedAt ? [] : .createdAtMissing
      mark = nil
    } else {
      try decodeWithCare(line)
    }
  }

  /// Whether a line that ``begin(lines:)`` announced may be an event with one of these ids; `false` only if it surely is
  /// not. Call in order, and before decoding the line. O(n), much cheaper than decoding.
  public func mayHaveID(_ line: UnsafeRawBufferPointer, of ids: RepeatedIDs) -> Bool {
    plain.mayHaveID(line, of: ids)
  }

  /// Decodes with the exact number parser only. Every other path must give the same result.
  package func decode(exactly line: UnsafeRawBufferPointer) throws(RecordFault) {
    try decodeWithCare(line, exactly: true)
  }

  /// The slow path, which accepts all of JSON and produces the fault messages.
  @inline(never)
  private func decodeWithCare(_ line: UnsafeRawBufferPointer, exactly: Bool = false) throws(RecordFault) {
    column = nil
    forgetMark()
    let start = arena.count
    do throws(JSONFault) {
      do throws(JSONFault) {
        try decode(exactly ? try parser.parseExactly(line) : try parser.parseUnchecked(line), of: line)
      } catch TapeWalker.needsExactNumbers {
        arena.count = start
        column = nil
        try decode(try parser.parseExactly(line), of: line)
      }
      if let fault { throw JSONFault(fault.reason) }
    } catch {
      arena.count = start
      let fault = self.fault ?? RecordFault(field: column, reason: error.reason).hinting(line)
      self.fault = nil
      throw fault
    }
  }

  private func forgetMark() {
    traits = []
    mark = nil
    markedID = nil
  }

  /// A fault of a column. Stored here because `decode(_:of:)` throws faults of JSON only.
  private var fault: RecordFault?
  /// The column being walked, for error messages.
  private var column: String?

  private func decode(_ tape: Tape, of line: UnsafeRawBufferPointer) throws(JSONFault) {
    column = nil
    guard tape.tag(Tape.root) == Tape.Tag.object else { throw JSONFault("not a JSON object") }
    walker.begin(tape, of: line)
    outer = line
    let columns = TapeColumns(tape)
    do throws(RecordFault) {
      try noteMarks(columns, tape)
      let text = EventText(
        id: try tape.text(ofColumn: columns.id, "id"), user: try tape.text(ofColumn: columns.user, "user_id"),
        timestamp: try tape.text(ofColumn: columns.timestamp, "timestamp"),
        type: try tape.text(ofColumn: columns.type, "event_type"),
        createdAt: columns.createdAt == 0 ? nil : try tape.text(ofColumn: columns.createdAt, "created_at"))
      if columns.data == 0 { throw .missing("data") }
      if columns.metadata == 0 { traits.insert(.metadataMissing) }
      try begin(text, recordCount: line.count)
      makeRoom(for: tape)
    } catch {
      fault = error
      return
    }
    for index in columns.overwritten { try walker.check(overwritten: index) }
    column = "data"
    let data = try walkColumn(columns.data, tape, .data)
    closeData()
    column = "metadata"
    let metadata = columns.metadata == 0 ? noMetadata : try walkColumn(columns.metadata, tape, .metadata)
    // Everything else: other members, and members that a later one with the same key replaces.
    column = nil
    try tape.checkStrings(ofObject: Tape.root, except: (columns.data, columns.metadata))
    if vocabulary.isWhole(Int(head.type)) {
      makeRoom(for: tape)
      let start = walker.output.cursor - headBase
      try packWhole(columns.data, tape, .data)
      try packWhole(columns.metadata, tape, .metadata)
      closeWhole(start)
    }
    finish(data: data, metadata: metadata)
  }

  /// A record without `metadata` counts as one with null: some tools leave nulls out.
  private var noMetadata: FieldHashes {
    head.flags.insert(.metadataFalsy)
    return EventDecoder.null
  }

  /// Notes which column marks the record as deleted.
  private func noteMarks(_ columns: TapeColumns, _ tape: Tape) throws(RecordFault) {
    for (column, value) in columns.marks where try tape.marksDeleted(value, column: column) {
      noteMark(column, id: columns.id == 0 ? nil : try? tape.text(ofColumn: columns.id, "id"))
    }
  }

  private func noteMark(_ column: Int, id: UnsafeRawBufferPointer?) {
    mark = mark ?? column
    markedID = id.flatMap { EventID($0) }
  }

  // MARK: CSV and COPY text

  /// Decodes the splitter's current record.
  public func decode(record: FieldSplitter) throws(RecordFault) {
    let start = arena.count
    forgetMark()
    do throws(RecordFault) {
      if record.hasMarks { try noteMarks(record) }
      try decodeFields(record)
    } catch {
      arena.count = start
      throw error
    }
  }

  /// Notes which column marks the record as deleted.
  private func noteMarks(_ record: FieldSplitter) throws(RecordFault) {
    guard let column = try record.deletionMark() else { return }
    let id = record[EventColumn.id.rawValue]
    noteMark(column, id: id.isNull ? nil : id.bytes)
  }

  private func decodeFields(_ record: FieldSplitter) throws(RecordFault) {
    do throws(RecordFault) { try decodeTexts(record) } catch {
      // Any column may hold a tool's word for NULL.
      guard let column = TableKind.events.columns.firstIndex(where: { $0 == error.field }) else { throw error }
      throw error.hinting(null: record[column].bytes)
    }
  }

  private func decodeTexts(_ record: FieldSplitter) throws(RecordFault) {
    func text(_ column: EventColumn, _ name: String) throws(RecordFault) -> UnsafeRawBufferPointer {
      let field = record[column.rawValue]
      if field.isNull { throw .null(name) }
      return field.bytes
    }
    let created = record[EventColumn.createdAt.rawValue]
    let texts = EventText(
      id: try text(.id, "id"), user: try text(.userID, "user_id"), timestamp: try text(.timestamp, "timestamp"),
      type: try text(.eventType, "event_type"), createdAt: created.isNull ? nil : created.bytes)
    if !EventDecoder.isUTF8(texts.type) { throw RecordFault(field: "event_type", reason: "invalid UTF-8") }
    try begin(texts, recordCount: record.record.count)
    plain.begin(record[EventColumn.data.rawValue], record[EventColumn.metadata.rawValue])
    let data = try walkField(record[EventColumn.data.rawValue], .data)
    closeData()
    let metadata = try walkField(record[EventColumn.metadata.rawValue], .metadata)
    if vocabulary.isWhole(Int(head.type)) {
      let start = walker.output.cursor - headBase
      try packWhole(record[EventColumn.data.rawValue], .data)
      try packWhole(record[EventColumn.metadata.rawValue], .metadata)
      closeWhole(start)
    }
    finish(data: data, metadata: metadata)
  }

  /// Walks a JSON column of a CSV or COPY record. An SQL NULL counts as a JSON null.
  private func walkField(_ field: RecordField, _ column: PayloadColumn) throws(RecordFault) -> FieldHashes {
    outer = field.bytes
    do throws(JSONFault) {
      if field.isNull {
        head.flags.insert(column.falsy)
        traits.insert(column.null)
        return EventDecoder.null
      }
      if let walked = plain.walk(field.bytes, names: names(of: column), output: walker.output) {
        walker.output = walked.output
        if column == .metadata { head.idempotencyKey = walked.idempotencyKey }
        return walked.hashes
      }
      return try walkDocument(field.bytes, parser) { (tape) throws(JSONFault) in
        try walkColumn(Tape.root, tape, column)
      }
    } catch {
      throw RecordFault(field: column.name, reason: error.reason).hinting(value: field.bytes)
    }
  }

  /// Parses a document and has it walked; once more, with exact numbers, if the fast parser's numbers are not enough.
  ///
  /// - Parameter parsed: the document's tape, if it was parsed already.
  private func walkDocument<Result>(
    _ document: UnsafeRawBufferPointer, _ parser: TapeParser, parsed: Tape? = nil,
    _ walk: (Tape) throws(JSONFault) -> Result
  ) throws(JSONFault) -> Result {
    let start = walker.output.cursor - headBase
    func begin(_ tape: Tape) throws(JSONFault) -> Result {
      makeRoom(for: tape)
      walker.begin(tape, of: document)
      return try walk(tape)
    }
    do throws(JSONFault) {
      let tape = if let parsed { parsed } else { try parser.parseUnchecked(document) }
      return try begin(tape)
    } catch TapeWalker.needsExactNumbers {
      walker.output = PackedWriter(headBase + start)
      return try begin(try parser.parseExactly(document))
    }
  }

  private static let null: FieldHashes = {
    let parser = TapeParser()
    let walker = TapeWalker()
    let text = Array("null".utf8) + [UInt8](repeating: 0x20, count: TapeParser.padding)
    return text.withUnsafeBytes { bytes in
      let document = UnsafeRawBufferPointer(rebasing: bytes[0..<4])
      do throws(JSONFault) {
        walker.begin(try parser.parse(document), of: document)
        defer { withExtendedLifetime(parser) {} }
        return FieldHashes(ofOther: try walker.walk(Tape.root, pack: false))
      } catch { preconditionFailure("null is JSON") }
    }
  }()

  private static func isUTF8(_ text: UnsafeRawBufferPointer) -> Bool {
    if text.allSatisfy({ $0 < 0x80 }) { return true }
    return String(validating: text, as: UTF8.self) != nil
  }

  // MARK: Both

  /// The event being decoded.
  private var head = EventHead.seed
  private var columns = EventColumns()

  /// Checks the plain columns and makes room for the whole event.
  @inline(__always)
  private func begin(_ text: EventText, recordCount: Int) throws(RecordFault) {
    columns = try text.columns()
    user = columns.user
    head = columns.head(type: vocabulary.types.index(of: text.type))
    if text.createdAt == nil { traits.insert(.createdAtMissing) }
    room = EventDecoder.room(forRecordOf: recordCount, wholeTypes: vocabulary.wholeTypes)
    arena.reserve(room)
    headBase = arena.base + arena.count
    walker.output = PackedWriter(headBase + EventLayout.headSize + 4)
  }

  /// Makes room for numbers with exponents: written out, their digits may be longer than the record.
  @inline(__always)
  private func makeRoom(for tape: Tape) {
    if tape.stringBytes > 0 { makeRoom(tape.stringBytes) }
  }

  private func makeRoom(_ more: Int) {
    room += more
    let used = walker.output.cursor - headBase
    // Count the bytes written so far as used, so that a reallocation copies them.
    arena.count += used
    arena.reserve(room)
    arena.count -= used
    headBase = arena.base + arena.count
    walker.output = PackedWriter(headBase + used)
  }

  /// Upper bound of the size of the event being decoded.
  private var room = 0
  /// Where the event being decoded starts in the arena.
  private var headBase: UnsafeMutableRawPointer

  /// Writes the length of the data section in front of it.
  @inline(__always)
  private func closeData() {
    let section = headBase + EventLayout.headSize
    section.storeBytes(of: UInt32(truncatingIfNeeded: walker.output.cursor - section - 4), as: UInt32.self)
  }

  /// Hashes `data` or `metadata`, and packs its members that are read.
  @inline(__always)
  private func walkColumn(_ index: Int, _ tape: Tape, _ column: PayloadColumn) throws(JSONFault) -> FieldHashes {
    try tape.checkStrings(of: index)
    walker.sawTooLongInteger = false
    let hash: FieldHashes
    if tape.tag(index) == Tape.Tag.object {
      hash = try walker.walkFields(index, fields: fields(of: column))
      if column == .metadata { head.idempotencyKey = walker.idempotencyKey }
    } else {
      if tape.tag(index) == Tape.Tag.null { traits.insert(column.null) }
      if tape.tag(index) == Tape.Tag.string, let inner = try walkInner(index, tape, column) { return inner }
      head.flags.insert(EventDecoder.isFalsy(index, tape) ? column.falsy : column.notObject)
      hash = FieldHashes(ofOther: try walker.walk(index, pack: false))
    }
    if walker.sawTooLongInteger { head.flags.insert(column.numberTooLong) }
    return hash
  }

  /// Walks the document inside a string if the column is to be unwrapped; `nil` if the string is taken as it is.
  @inline(never)
  private func walkInner(_ index: Int, _ tape: Tape, _ column: PayloadColumn) throws(JSONFault) -> FieldHashes? {
    guard let inner = parseInner(index, tape) else { return nil }
    traits.insert(column.text)
    guard unwrapped.contains(column.set) else { return nil }
    defer { walker.begin(tape, of: outer) }
    return try walkDocument(innerText.bytes, innerParser, parsed: inner) { (inner) throws(JSONFault) in
      try walkColumn(Tape.root, inner, column)
    }
  }

  /// Parses the object inside a string; `nil` if there is none. Its text is in ``innerText``.
  private func parseInner(_ index: Int, _ tape: Tape) -> Tape? {
    let text = tape.string(index)
    guard text.first(where: { $0 > ASCII.space }) == UInt8(ascii: "{") else { return nil }
    innerText.count = 0
    innerText.reserve(text.count + TapeParser.padding)
    innerText.append(text)
    (innerText.base + text.count).initializeMemory(as: UInt8.self, repeating: 0x20, count: TapeParser.padding)
    guard let inner = try? innerParser.parse(innerText.bytes), inner.tag(Tape.root) == Tape.Tag.object else {
      return nil
    }
    return inner
  }

  // MARK: Whole events

  /// Packs the whole value of a column; null for a missing column.
  private func packWhole(_ index: Int, _ tape: Tape, _ column: PayloadColumn) throws(JSONFault) {
    if index == 0 { return walker.output.put(JSONValue.Kind.null.rawValue) }
    guard tape.tag(index) == Tape.Tag.string, unwrapped.contains(column.set), let inner = parseInner(index, tape) else {
      _ = try walker.walk(index, pack: true)
      return
    }
    defer { walker.begin(tape, of: outer) }
    _ = try walkDocument(innerText.bytes, innerParser, parsed: inner) { (_) throws(JSONFault) in
      try walker.walk(Tape.root, pack: true)
    }
  }

  /// The same for a JSON column of a CSV or COPY record, which is valid: its fields were packed before.
  private func packWhole(_ field: RecordField, _ column: PayloadColumn) throws(RecordFault) {
    if field.isNull { return walker.output.put(JSONValue.Kind.null.rawValue) }
    if let output = plain.packWhole(field.bytes, output: walker.output) {
      walker.output = output
      return
    }
    outer = field.bytes
    do throws(JSONFault) {
      try walkDocument(field.bytes, parser) { (tape) throws(JSONFault) in try packWhole(Tape.root, tape, column) }
    } catch {
      throw RecordFault(field: column.name, reason: error.reason)
    }
  }

  /// Writes the length of the whole values, which begin at that offset, after them.
  private func closeWhole(_ start: Int) {
    walker.output.put(UInt32(truncatingIfNeeded: walker.output.cursor - headBase - start))
    head.flags.insert(.whole)
  }

  /// The members of the column that are read, for the type of the event being decoded.
  @inline(__always)
  private func fields(of column: PayloadColumn) -> FieldTable {
    if head.type == 0 { return EventDecoder.noFields }
    return column == .data ? vocabulary.dataFields : vocabulary.metadataFields
  }

  /// The same for ``PlainDecoder``.
  @inline(__always)
  private func names(of column: PayloadColumn) -> Int {
    if head.type == 0 { return PlainDecoder.Names.none }
    return column == .data ? PlainDecoder.Names.data : PlainDecoder.Names.metadata
  }

  private static let noFields = FieldTable([])

  private static func isFalsy(_ index: Int, _ tape: Tape) -> Bool {
    switch tape.tag(index) {
    case Tape.Tag.null, Tape.Tag.no: true
    case Tape.Tag.yes, Tape.Tag.bigInteger, Tape.Tag.unsigned: false
    case Tape.Tag.integer: tape.words[index + 1] == 0
    case Tape.Tag.double: Double(bitPattern: tape.words[index + 1]) == 0
    case Tape.Tag.string: tape.string(index).isEmpty
    default: tape.after(index) == index + 2
    }
  }

  /// Completes the head after the payload has been walked, and commits the event to the arena.
  @inline(__always)
  private func finish(data: FieldHashes, metadata: FieldHashes) {
    let hashes = EventHashes(
      columns, type: ContentHash.BeforeWord(FieldTable.hash(of: columns.type), 1), data: data, metadata: metadata,
      flags: head.flags.subtracting([.whole, .wholeText]), hashesAll: true)
    wholeContent = hashes.whole.state
    head.content = hashes.head(scope, isWhole: vocabulary.isWhole(Int(head.type)))
    if keepsTails {
      PackTail.close(
        &head, type: columns.type, keepsAll: vocabulary.isWhole(0), content: wholeContent,
        traits: PackTail.kept(traits, unwrapped: unwrapped), &walker.output)
    }
    let payload = headBase + EventLayout.headSize
    head.payloadLength = head.type == 0 && !keepsTails ? 0 : UInt32(truncatingIfNeeded: walker.output.cursor - payload)
    headBase.storeBytes(of: head, as: EventHead.self)
    arena.count += EventLayout.headSize + Int(head.payloadLength)
  }
}
