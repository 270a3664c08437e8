import EventModel
import JSONTape

/// Terms by the bytes they are spelled with: a log names the same exercises, surfaces and units over and over.
///
/// Bounded: when it is full, terms are made anew each time until ``makeRoom()`` forgets all. What a term is does not
/// depend on what the table holds. One per thread.
final class TermTable {
  private struct Entry: BitwiseCopyable {
    var hash: UInt64
    /// No address in a free one.
    var spelling: UnsafeRawBufferPointer
    var term: Term

    static var free: Entry { Entry(hash: 0, spelling: emptyText, term: .empty) }
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
    var content = ContentHash(seed: 0)
    content.mix(spelling)
    var slot = Int(truncatingIfNeeded: content.state) & mask
    var entry = entries + slot
    while entry.pointee.spelling.baseAddress != nil {
      if entry.pointee.hash == content.state, entry.pointee.spelling.equals(spelling) { return entry.pointee.term }
      slot = (slot + 1) & mask
      entry = entries + slot
    }
    if count >= limit { return make(value.norm(scratch), scratch) }
    count += 1
    let kept = memory.keep(spelling)
    entry.pointee = Entry(
      hash: content.state, spelling: kept, term: make(JSONValue.norm(of: kept, memory), memory))
    return entry.pointee.term
  }

  /// A term nothing else has the number of.
  private func make(_ text: UnsafeRawBufferPointer, _ memory: Scratch) -> Term {
    if text.isEmpty { return .empty }
    lastNumber += 1
    return Term(memory.keep(Term.Content(text: text, number: lastNumber, meaning: TermMeaning(of: text))))
  }
}
