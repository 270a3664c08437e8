import EventModel
import JSONTape

/// Terms by the bytes they are spelled with: a log names the same exercises, surfaces and units over and over.
///
/// Bounded: when it is full, terms are made anew each time until ``makeRoom()`` forgets all. What a term is does not
/// depend on what the table holds. One per thread.
final class TermTable {
  private struct Entry {
    /// 0 in a free one.
    var hash: UInt64
    var spelling: UnsafeRawBufferPointer
    var term: Term
  }

  private let entries: UnsafeMutablePointer<Entry>
  private let mask: Int
  private let limit: Int
  private var count = 0
  private var lastNumber: UInt64 = 0
  /// Spellings, and the texts that differ from theirs.
  private let texts = Scratch()

  /// Longer texts are not remembered.
  private static let longest = 64

  /// - Parameter limit: how many terms are remembered.
  init(limit: Int = 1024) {
    var slots = 2
    while slots < limit * 2 { slots *= 2 }
    self.limit = limit
    mask = slots - 1
    entries = .allocate(capacity: slots)
    forgetEntries()
  }

  deinit { entries.deallocate() }

  /// Forgets all when there is room for no more. Ends the validity of the texts handed out.
  @inline(__always)
  func makeRoom() { if count >= limit { forget() } }

  private func forget() {
    count = 0
    texts.reset()
    forgetEntries()
  }

  private func forgetEntries() {
    entries.initialize(
      repeating: Entry(hash: 0, spelling: emptyText, term: .empty), count: mask + 1)
  }

  /// The term a value names. A text that is not remembered is kept by the scratch.
  ///
  /// O(length), a few nanoseconds for a term that was seen before.
  @inline(__always)
  func term(_ value: JSONValue, _ scratch: Scratch) -> Term {
    value.isString ? term(spelled: value.text, scratch) : numbered(value.norm(scratch))
  }

  private func term(spelled spelling: UnsafeRawBufferPointer, _ scratch: Scratch) -> Term {
    if spelling.isEmpty { return .empty }
    var content = ContentHash(seed: 0)
    content.mix(spelling)
    let hash = content.state | 1
    var slot = Int(truncatingIfNeeded: hash >> 1) & mask
    while entries[slot].hash != 0 {
      if entries[slot].hash == hash, entries[slot].spelling.equals(spelling) { return entries[slot].term }
      slot = (slot + 1) & mask
    }
    guard count < limit, spelling.count <= TermTable.longest else {
      return numbered(JSONValue.norm(of: spelling, scratch))
    }
    count += 1
    let kept = texts.keep(spelling)
    entries[slot] = Entry(hash: hash, spelling: kept, term: numbered(JSONValue.norm(of: kept, texts)))
    return entries[slot].term
  }

  /// A term nothing else has the number of.
  private func numbered(_ text: UnsafeRawBufferPointer) -> Term {
    if text.isEmpty { return .empty }
    lastNumber += 1
    return Term(text: text, number: lastNumber, meaning: TermMeaning(of: text))
  }
}
