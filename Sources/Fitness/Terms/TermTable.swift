import EventModel
import Folding
import JSONTape
import PythonValues

/// Remembers terms by their spelling, because a log repeats the same exercises, surfaces and units.
///
/// The size is limited: if the table is full, each look-up of an unknown spelling makes a new term until ``makeRoom()``
/// forgets all terms. The text and the meaning of a term do not depend on the content of the table. One table per
/// thread.
final class TermTable {
  private struct Entry: BitwiseCopyable {
    /// A key of no bytes marks a free entry.
    var key: Key
    var spelling: UnsafeRawPointer?
    var term: Term

    static var free: Entry { Entry(key: Key(words: (0, 0, 0), count: 0), spelling: nil, term: .empty) }
  }

  /// Identifies a spelling of up to 24 bytes. Longer spellings can have equal keys, so they must be compared too.
  private struct Key: BitwiseCopyable {
    /// The bytes, padded with zeros; for a longer spelling, the first 16 bytes and a hash of the rest.
    var words: (UInt64, UInt64, UInt64)
    var count: Int

    /// The upper bits give the place where the search for the entry begins.
    @inline(__always)
    var hash: UInt64 {
      let (a, b, c) = words
      return (a ^ (b << 23 | b >> 41) ^ (c << 46 | c >> 18) ^ UInt64(truncatingIfNeeded: count) << 56)
        &* 0x9E37_79B9_7F4A_7C15
    }

    @inline(__always)
    static func == (a: Key, b: Key) -> Bool {
      (a.words.0 ^ b.words.0) | (a.words.1 ^ b.words.1) | (a.words.2 ^ b.words.2)
        | UInt64(truncatingIfNeeded: a.count ^ b.count) == 0
    }
  }

  /// The key of a text. ``ByteArena/slack`` readable bytes must follow it. No branch depends on the length of a short
  /// text.
  @inline(__always)
  private func key(of text: UnsafeRawPointer, _ count: Int) -> Key {
    guard count <= TextWords.longest else { return longKey(of: text, count) }
    return Key(words: words.of(text, count), count: count)
  }

  @inline(never)
  private func longKey(of text: UnsafeRawPointer, _ count: Int) -> Key {
    var rest = ContentHash(seed: 0)
    rest.mix(UnsafeRawBufferPointer(start: text + 16, count: count - 16))
    return Key(
      words: (
        text.loadUnaligned(as: UInt64.self), text.loadUnaligned(fromByteOffset: 8, as: UInt64.self), rest.state
      ), count: count)
  }

  private let words = TextWords()

  private let entries: UnsafeMutablePointer<Entry>
  private let mask: Int
  /// The number of bits to shift a hash to the right for the place of an entry.
  private let shift: UInt64
  private let limit: Int
  private var count = 0
  private var lastNumber: UInt64 = 0
  /// The remembered spellings and the contents of their terms.
  private let memory = Scratch()

  /// Longer texts are not remembered.
  private static let longest = 64

  /// - Parameter limit: the maximum number of remembered terms.
  init(limit: Int) {
    var slots = 2
    while slots < limit * 2 { slots *= 2 }
    self.limit = limit
    mask = slots - 1
    shift = UInt64(64 - slots.trailingZeroBitCount)
    entries = .allocate(capacity: slots)
    entries.initialize(repeating: .free, count: slots)
  }

  deinit { entries.deallocate() }

  /// Forgets all terms if the table is full. That makes all terms that the table returned invalid.
  @inline(__always)
  func makeRoom() { if count >= limit { forget() } }

  @inline(never)
  private func forget() {
    count = 0
    memory.reset()
    entries.update(repeating: .free, count: mask + 1)
  }

  /// The term of a value. If the term is not remembered, the scratch stores it.
  ///
  /// O(length); a few nanoseconds for a remembered term.
  @inline(__always)
  func term(_ value: JSONValue, _ scratch: Scratch) -> Term {
    guard value.kind == .shortString else { return make(value.norm(scratch), scratch) }
    let spelling = value.text
    guard let base = spelling.baseAddress, spelling.count &- 1 < TermTable.longest else {
      return make(value.norm(scratch), scratch)
    }
    let key = key(of: base, spelling.count)
    let entry = entries + Int(truncatingIfNeeded: key.hash &>> shift)
    if entry.pointee.key == key, key.count <= TextWords.longest { return entry.pointee.term }
    return search(key, spelling, scratch)
  }

  /// Looks up a term that is long or not in the first place for its hash, and remembers it if there is room.
  @inline(never)
  private func search(_ key: Key, _ spelling: UnsafeRawBufferPointer, _ scratch: Scratch) -> Term {
    var slot = Int(truncatingIfNeeded: key.hash &>> shift)
    while entries[slot].key.count != 0 {
      let entry = entries + slot
      if entry.pointee.key == key,
        key.count <= TextWords.longest || areEqual(entry.pointee.spelling!, spelling.baseAddress!, key.count)
      {
        return entry.pointee.term
      }
      slot = (slot + 1) & mask
    }
    if count >= limit { return make(JSONValue.norm(of: spelling, scratch), scratch) }
    count += 1
    let kept = memory.keep(spelling)
    let term = make(JSONValue.norm(of: kept, memory), memory)
    entries[slot] = Entry(key: key, spelling: kept.baseAddress, term: term)
    return term
  }

  /// Makes a term with a new number.
  private func make(_ text: UnsafeRawBufferPointer, _ memory: Scratch) -> Term {
    if text.isEmpty { return .empty }
    lastNumber += 1
    return Term(memory.keep(Term.Content(text: text, number: lastNumber, meaning: TermMeaning(of: text))))
  }
}
