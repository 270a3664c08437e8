import EventModel
import Folding
import JSONTape
import PythonValues

/// Terms by the bytes they are spelled with: a log names the same exercises, surfaces and units over and over.
///
/// Bounded: when it is full, terms are made anew each time until ``makeRoom()`` forgets all. What a term is does not
/// depend on what the table holds. One per thread.
final class TermTable {
  private struct Entry: BitwiseCopyable {
    /// No bytes in a free one.
    var key: Key
    var spelling: UnsafeRawPointer?
    var term: Term

    static var free: Entry { Entry(key: Key(words: (0, 0, 0), count: 0), spelling: nil, term: .empty) }
  }

  /// Tells spellings of up to 24 bytes apart, and longer ones but by accident.
  private struct Key: BitwiseCopyable {
    /// The bytes after zeros; of a longer spelling the first 16, and what the rest comes to.
    var words: (UInt64, UInt64, UInt64)
    var count: Int

    /// Where its entry is looked for first, by its upper bits.
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

  /// The key of a text that ``ByteArena/slack`` readable bytes follow: no branch depends on the length of a short one.
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
  /// Those of ``CommonTexts``, by number; empty where not met.
  private let common: UnsafeMutablePointer<Term>
  private let mask: Int
  /// How far a hash is shifted to be an entry's place.
  private let shift: UInt64
  private let limit: Int
  private var count = 0
  private var lastNumber: UInt64 = 0
  /// Spellings, and what their terms are.
  private let memory = Scratch()

  /// Longer texts are not remembered.
  private static let longest = 64

  /// - Parameter limit: how many terms are remembered.
  init(limit: Int) {
    var slots = 2
    while slots < limit * 2 { slots *= 2 }
    self.limit = limit
    mask = slots - 1
    shift = UInt64(64 - slots.trailingZeroBitCount)
    entries = .allocate(capacity: slots)
    entries.initialize(repeating: .free, count: slots)
    common = .allocate(capacity: CommonTexts.capacity + 1)
    common.initialize(repeating: .empty, count: CommonTexts.capacity + 1)
  }

  deinit {
    entries.deallocate()
    common.deallocate()
  }

  /// Forgets all when there is room for no more. Ends the validity of the terms handed out.
  @inline(__always)
  func makeRoom() { if count >= limit { forget() } }

  @inline(never)
  private func forget() {
    count = 0
    memory.reset()
    entries.update(repeating: .free, count: mask + 1)
    common.update(repeating: .empty, count: CommonTexts.capacity + 1)
  }

  /// The term a value names. One that is not remembered is kept by the scratch.
  ///
  /// O(length), a few nanoseconds for a term that was seen before.
  @inline(__always)
  func term(_ value: JSONValue, _ scratch: Scratch) -> Term {
    if value.kind == .commonText {
      let term = common[Int(value.commonNumber)]
      return term.isEmpty ? meet(common: value, scratch) : term
    }
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

  /// The same for a term that is not in the first place it can have, or long.
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

  @inline(never)
  private func meet(common value: JSONValue, _ scratch: Scratch) -> Term {
    if count >= limit { return make(value.norm(scratch), scratch) }
    count += 1
    let term = make(JSONValue.norm(of: value.text, memory), memory)
    common[Int(value.commonNumber)] = term
    return term
  }

  /// A term nothing else has the number of.
  private func make(_ text: UnsafeRawBufferPointer, _ memory: Scratch) -> Term {
    if text.isEmpty { return .empty }
    lastNumber += 1
    return Term(memory.keep(Term.Content(text: text, number: lastNumber, meaning: TermMeaning(of: text))))
  }
}
