import EventModel
import JSONTape

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

    static var free: Entry { Entry(key: Key(), spelling: nil, term: .empty) }
  }

  /// Tells spellings of up to 24 bytes apart, and longer ones but by accident.
  private struct Key: BitwiseCopyable {
    /// The first eight bytes.
    var head: UInt64
    /// The last eight.
    var tail: UInt64
    /// Made of those between: different for every eight.
    var middle: UInt64
    var count: Int

    @inline(__always)
    init(of text: UnsafeRawPointer, _ count: Int) {
      self.count = count
      middle = 0
      if count < 8 {
        head = ContentHash.tail(text, count)
        tail = 0
        return
      }
      head = text.loadUnaligned(as: UInt64.self)
      tail = text.loadUnaligned(fromByteOffset: count - 8, as: UInt64.self)
      var offset = 8
      while offset < count - 8 {
        middle = (middle ^ text.loadUnaligned(fromByteOffset: offset, as: UInt64.self)) &* 0x9E37_79B9_7F4A_7C15
        middle ^= middle >> 29
        offset += 8
      }
    }

    /// Spellings up to this length are equal when their keys are.
    static var exactLength: Int { 24 }

    /// The key of nothing.
    init() { (head, tail, middle, count) = (0, 0, 0, 0) }

    var hash: UInt64 {
      var hash = ContentHash(seed: middle)
      hash.mix(head, tail ^ UInt64(truncatingIfNeeded: count))
      return hash.state
    }

    @inline(__always)
    static func == (a: Key, b: Key) -> Bool {
      a.head == b.head && a.tail == b.tail && a.middle == b.middle && a.count == b.count
    }
  }

  private let entries: UnsafeMutablePointer<Entry>
  private let mask: Int
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
    entries = .allocate(capacity: slots)
    entries.initialize(repeating: .free, count: slots)
  }

  deinit { entries.deallocate() }

  /// Forgets all when there is room for no more. Ends the validity of the terms handed out.
  @inline(__always)
  func makeRoom() { if count >= limit { forget() } }

  @inline(never)
  private func forget() {
    count = 0
    memory.reset()
    entries.update(repeating: .free, count: mask + 1)
  }

  /// The term a value names. One that is not remembered is kept by the scratch.
  ///
  /// O(length), a few nanoseconds for a term that was seen before.
  @inline(never)
  func term(_ value: JSONValue, _ scratch: Scratch) -> Term {
    guard value.isString, value.text.count <= TermTable.longest else {
      return make(value.norm(scratch), scratch)
    }
    let spelling = value.text
    guard let base = spelling.baseAddress, spelling.count > 0 else { return .empty }
    let key = Key(of: base, spelling.count)
    var slot = Int(truncatingIfNeeded: key.hash) & mask
    while entries[slot].key.count != 0 {
      let entry = entries + slot
      if entry.pointee.key == key, key.count <= Key.exactLength || areEqual(entry.pointee.spelling!, base, key.count) {
        return entry.pointee.term
      }
      slot = (slot + 1) & mask
    }
    if count >= limit { return make(value.norm(scratch), scratch) }
    count += 1
    let kept = memory.keep(spelling)
    let term = make(JSONValue.norm(of: kept, memory), memory)
    entries[slot] = Entry(key: key, spelling: kept.baseAddress, term: term)
    return term
  }

  /// A term nothing else has the number of.
  private func make(_ text: UnsafeRawBufferPointer, _ memory: Scratch) -> Term {
    if text.isEmpty { return .empty }
    lastNumber += 1
    return Term(memory.keep(Term.Content(text: text, number: lastNumber, meaning: TermMeaning(of: text))))
  }
}
