import EventModel

/// Distinct texts, numbered in order of first appearance. Keeps its own copies.
///
/// Expected O(length) per look-up, whatever the number of texts.
public final class TextIndex {
  private let scratch = Scratch()

  public init() {}
  public private(set) var texts: [UnsafeRawBufferPointer] = []
  private var slots: [Int32] = []

  public var count: Int { texts.count }

  @inline(__always)
  public subscript(number: Int) -> UnsafeRawBufferPointer { texts[number] }

  public func removeAll() {
    if texts.isEmpty { return }
    texts.removeAll(keepingCapacity: true)
    slots.removeAll(keepingCapacity: true)
    scratch.reset()
  }

  /// Returns the number of the text. A text that is not in the index is added and gets a new number.
  @inline(__always)
  public func insert(_ text: UnsafeRawBufferPointer) -> (index: Int, isNew: Bool) {
    if slots.isEmpty {
      for (index, known) in texts.enumerated() where known.equals(text) { return (index, false) }
    } else if let index = find(text) {
      return (index, false)
    }
    texts.append(scratch.keep(text))
    if !slots.isEmpty || texts.count > 8 { enter() }
    return (texts.count - 1, true)
  }

  private func hash(_ text: UnsafeRawBufferPointer) -> Int {
    var hash = ContentHash(seed: 0)
    hash.mix(text)
    return Int(truncatingIfNeeded: hash.state)
  }

  private func find(_ text: UnsafeRawBufferPointer) -> Int? {
    var slot = hash(text) & (slots.count - 1)
    while slots[slot] != 0 {
      let index = Int(slots[slot]) - 1
      if texts[index].equals(text) { return index }
      slot = (slot + 1) & (slots.count - 1)
    }
    return nil
  }

  /// Enters the last text into the hash table, or all texts if the table must grow.
  private func enter() {
    var first = texts.count - 1
    if texts.count * 2 > slots.count {
      slots = [Int32](repeating: 0, count: max(32, slots.count * 4))
      first = 0
    }
    for index in first..<texts.count {
      var slot = hash(texts[index]) & (slots.count - 1)
      while slots[slot] != 0 { slot = (slot + 1) & (slots.count - 1) }
      slots[slot] = Int32(index + 1)
    }
  }
}
