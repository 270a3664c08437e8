import EventModel
import Glibc
import JSONTape

/// The fast way from NDJSON lines and JSON columns to events: straight from the bytes, where nothing needs care.
///
/// Gives what ``EventDecoder`` gives, or declines; what is declined is read again the long way. Declined are texts with a
/// backslash, faulty ones, and what ``PlainWalker`` declines. One per thread; allocates nothing for an ordinary record.
final class PlainDecoder {
  private let vocabulary: EventVocabulary
  private let arena: ByteArena
  private let tokens = StructuralIndex()
  private let members = PlainMembers()
  /// Whose the event is that was decoded last.
  private(set) var user = UserID(high: 0, low: 0)

  /// Where the lines that were announced begin and end.
  private var lines = nowhere..<nowhere
  /// Where the indexed lines end, and whether the index is of use.
  private var indexEnd = nowhere
  private var isIndexed = false
  /// The first backslash from the current line on, or where the lines end.
  private var backslash = nowhere

  private static nonisolated(unsafe) let nowhere = UnsafeRawPointer(bitPattern: 8)!

  init(vocabulary: EventVocabulary, arena: ByteArena) {
    self.vocabulary = vocabulary
    self.arena = arena
  }

  /// Sets the lines that ``decode(_:)`` will be asked for, in order; ``TapeParser/padding`` readable bytes follow.
  func begin(_ lines: UnsafeRawBufferPointer) {
    guard let base = lines.baseAddress else { return }
    self.lines = base..<base + lines.count
    indexEnd = base
    findBackslash(from: base)
  }

  /// Appends the event of a line to the arena; `false`, and nothing is appended, when the line is not plain or was
  /// not announced. O(n).
  @inline(__always)
  func decode(_ line: UnsafeRawBufferPointer) -> Bool {
    guard let start = line.baseAddress, start >= lines.lowerBound, start + line.count <= lines.upperBound else {
      return false
    }
    if start >= indexEnd { index(from: start) }
    if backslash < start { findBackslash(from: start) }
    guard isIndexed, backslash >= start + line.count else { return false }
    do throws(NotPlain) {
      try decode(tokens.tokens(of: line), count: line.count)
      return true
    } catch {
      return false
    }
  }

  // MARK: Columns of CSV and COPY text

  /// What ``walk(_:fields:output:)`` made of a document.
  struct Walked {
    var hash: ContentHash
    var idempotencyKey: UInt64
    var output: PackedWriter
  }

  /// The documents that were indexed together.
  private var documents = nowhere..<nowhere

  /// Indexes two documents that stand next to each other in one go, if they are plain; ``walk(_:fields:output:)`` may
  /// then be asked for both, in order. ``TapeParser/padding`` readable bytes follow each. O(n).
  @inline(__always)
  func begin(_ first: RecordField, _ second: RecordField) {
    documents = PlainDecoder.nowhere..<PlainDecoder.nowhere
    guard !first.isNull, !second.isNull, let start = first.bytes.baseAddress, let next = second.bytes.baseAddress,
      next >= start + first.bytes.count, next - start - first.bytes.count <= 1
    else { return }
    let both = UnsafeRawBufferPointer(start: start, count: next - start + second.bytes.count)
    if index(both) { documents = start..<start + both.count }
  }

  /// Packs the members that `fields` knows of a document that is one object; `nil` when it is not plain.
  /// ``TapeParser/padding`` readable bytes follow it. Lines announced before must be announced anew. O(n).
  @inline(__always)
  func walk(_ document: UnsafeRawBufferPointer, fields: FieldTable, output: PackedWriter) -> Walked? {
    guard let start = document.baseAddress else { return nil }
    let isIndexed = start >= documents.lowerBound && start + document.count <= documents.upperBound
    guard isIndexed || index(document) else { return nil }
    do throws(NotPlain) {
      var walker = PlainWalker(tokens.tokens(of: document), output: output, members: members)
      let hash = try walker.walkFields(fields)
      guard walker.isAtEnd else { return nil }
      return Walked(hash: hash, idempotencyKey: walker.idempotencyKey, output: walker.output)
    } catch {
      return nil
    }
  }

  /// `false` for text with a backslash, very long text, and text that is no sequence of JSON tokens.
  @inline(__always)
  private func index(_ text: UnsafeRawBufferPointer) -> Bool {
    guard let start = text.baseAddress, text.count <= StructuralIndex.window else { return false }
    return memchr(start, 0x5C, text.count) == nil && tokens.index(text)
  }

  // MARK: Lines

  private func findBackslash(from start: UnsafeRawPointer) {
    let end = lines.upperBound
    backslash = memchr(start, 0x5C, end - start).map { UnsafeRawPointer($0) } ?? end
  }

  /// Indexes as many whole lines as fit the window, or one longer line.
  private func index(from start: UnsafeRawPointer) {
    let left = lines.upperBound - start
    var count = min(left, StructuralIndex.window)
    if count < left {
      if let last = start.lastIndex(of: ASCII.lineFeed, from: 0, to: count) {
        count = last + 1
      } else {
        count = start.firstIndex(of: ASCII.lineFeed, from: count, to: left) ?? left
      }
    }
    indexEnd = start + count
    isIndexed = count <= PlainDecoder.longest && tokens.index(UnsafeRawBufferPointer(start: start, count: count))
  }

  /// Longer lines are read the long way: their index would take too much memory.
  private static let longest = 1 << 20

  // MARK: Columns

  /// Where the values of a line's columns stand.
  private struct Columns {
    var id = UnsafeRawBufferPointer(start: nil, count: 0)
    var user = UnsafeRawBufferPointer(start: nil, count: 0)
    var timestamp = UnsafeRawBufferPointer(start: nil, count: 0)
    var type = UnsafeRawBufferPointer(start: nil, count: 0)
    var createdAt = UnsafeRawBufferPointer(start: nil, count: 0)
  }

  @inline(__always)
  private func decode(_ line: LineTokens, count: Int) throws(NotPlain) {
    let room = EventDecoder.room(forRecordOf: count)
    arena.reserve(room)
    let headBase = arena.base + arena.count
    let section = headBase + EventLayout.headSize
    var walker = PlainWalker(line, output: PackedWriter(section + 4), members: members)
    var columns = Columns()
    var type: UInt8?
    var data: ContentHash?
    var metadata: ContentHash?
    var idempotencyKey: UInt64 = 0

    try walker.expect(UInt8(ascii: "{"))
    repeat {
      let name = try walker.string()
      try walker.expect(UInt8(ascii: ":"))
      switch name.count {
      case 2 where isEqual(name, "id"): try take(&walker, &columns.id)
      case 7 where isEqual(name, "user_id"): try take(&walker, &columns.user)
      case 9 where isEqual(name, "timestamp"): try take(&walker, &columns.timestamp)
      case 10 where isEqual(name, "event_type"):
        try take(&walker, &columns.type)
        type = vocabulary.types.index(of: columns.type)
      case 10 where isEqual(name, "created_at"): try take(&walker, &columns.createdAt)
      case 4 where isEqual(name, "data"):
        // The type says which members are read, and data stands before metadata in the payload.
        guard let type, data == nil, metadata == nil else { throw .line }
        data = try walker.walkFields(type == 0 ? EventDecoder.noFields : vocabulary.dataFields)
        section.storeBytes(of: UInt32(truncatingIfNeeded: walker.output.cursor - section - 4), as: UInt32.self)
      case 8 where isEqual(name, "metadata"):
        guard let type, data != nil, metadata == nil else { throw .line }
        metadata = try walker.walkFields(type == 0 ? EventDecoder.noFields : vocabulary.metadataFields)
        idempotencyKey = walker.idempotencyKey
      default: _ = try walker.walk(pack: false, depth: 0)
      }
    } while try walker.goesOn(end: UInt8(ascii: "}"))
    guard walker.isAtEnd, let data, let metadata else { throw .line }
    tokens.pass(walker.tokens)
    let text = EventText(
      id: columns.id, user: columns.user, timestamp: columns.timestamp, type: columns.type,
      createdAt: columns.createdAt.baseAddress == nil ? nil : columns.createdAt)
    var (head, content) = try head(text, type ?? 0)
    content.mix(data.state, metadata.state)
    head.content = content.state
    head.idempotencyKey = idempotencyKey
    head.payloadLength = head.type == 0 ? 0 : UInt32(truncatingIfNeeded: walker.output.cursor - section)
    headBase.storeBytes(of: head, as: EventHead.self)
    arena.count += EventLayout.headSize + Int(head.payloadLength)
  }

  @inline(__always)
  private func head(_ text: EventText, _ type: UInt8) throws(NotPlain) -> (EventHead, ContentHash) {
    do throws(RecordFault) {
      let (owner, head, content) = try text.head(type: type)
      user = owner
      return (head, content)
    } catch {
      throw .line
    }
  }

  /// Takes the text of a column that was not met yet; of repeated ones the last counts, which is not plain.
  @inline(__always)
  private func take(_ walker: inout PlainWalker, _ column: inout UnsafeRawBufferPointer) throws(NotPlain) {
    guard column.baseAddress == nil else { throw .line }
    column = try walker.string()
  }
}

/// Whether a text of the name's length is the name.
@inline(__always)
func isEqual(_ text: UnsafeRawBufferPointer, _ name: StaticString) -> Bool {
  memcmp(text.baseAddress!, name.utf8Start, name.utf8CodeUnitCount) == 0
}
