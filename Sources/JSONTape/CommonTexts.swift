import EventModel
import Synchronization

/// Short texts that a log's values are over and over (names of things, units, places), kept once and packed by number: what is
/// held, spilled and read again becomes a fifth smaller, and reducers look what they mean up by number.
///
/// Numbers are given in the order of first sight until they run out; a text either has its number from the first time on or
/// never one, so that equal values are packed as equal bytes within a process. They mean nothing outside of it. Thread-safe.
public enum CommonTexts {
  /// Longer texts have no numbers.
  @inlinable @inline(__always)
  public static var longest: Int { 22 }

  /// The maximum number of texts. Memory is used as they come, 40 bytes each.
  public static let capacity = 1 << 14

  /// Whether a text may have a number: it is not too long, and neither begins nor ends with a digit. Dates, times and
  /// identifiers would use the numbers up.
  @inlinable @inline(__always)
  public static func mayBe(_ text: UnsafeRawBufferPointer) -> Bool {
    UInt(bitPattern: text.count &- 1) < longest && text[0] >= UInt8(ascii: "A")
      && text[text.count &- 1] >= UInt8(ascii: "A")
  }

  /// The text of a number; ``ByteArena/slack`` readable bytes follow it. O(1).
  public static func text(_ number: UInt16) -> UnsafeRawBufferPointer { store.text(number) }

  /// The number of a text that ``mayBe(_:)`` accepts, from 1; 0 if numbers ran out before it first occurred. O(1).
  static func number(of text: UnsafeRawBufferPointer, hash: ContentHash) -> UInt16 { store.number(of: text, hash) }

  private static let store = Store()

  /// Texts and their numbers.
  final class Store: Sendable {
    static let stride = 32
    static let lengthAt = 31

    private let capacity: Int
    /// `stride` bytes for each number: the text, with its length in the last byte.
    nonisolated(unsafe) private let texts: UnsafeMutableRawPointer
    /// Numbers by hash, with open addressing; 0 marks a free place. Written under the lock, after the text.
    nonisolated(unsafe) private let places: UnsafeMutablePointer<Atomic<UInt16>>
    private let mask: Int
    private let last = Mutex(0)

    init(capacity: Int = CommonTexts.capacity) {
      precondition(capacity <= 1 << 15)
      self.capacity = capacity
      // Fresh memory costs nothing until it is written to.
      texts = .allocate(byteCount: (capacity + 1) * Store.stride + ByteArena.slack, alignment: 64)
      var size = 4
      while size < capacity * 4 { size *= 2 }
      mask = size - 1
      places = .allocate(capacity: mask + 1)
      for place in 0...mask { (places + place).initialize(to: Atomic(0)) }
    }

    deinit {
      texts.deallocate()
      places.deallocate()
    }

    var count: Int { last.withLock { $0 } }

    func text(_ number: UInt16) -> UnsafeRawBufferPointer {
      let entry = texts + Int(number) * Store.stride
      return UnsafeRawBufferPointer(
        start: entry, count: Int(entry.load(fromByteOffset: Store.lengthAt, as: UInt8.self)))
    }

    func number(of text: UnsafeRawBufferPointer, _ hash: ContentHash) -> UInt16 {
      let (number, place) = find(text, hash, from: start(hash))
      if number != 0 { return number }
      return last.withLock { last in
        // Another thread may have added the text.
        let (number, place) = find(text, hash, from: place)
        if number != 0 || last == capacity { return number }
        last += 1
        let entry = texts + last * Store.stride
        entry.copyMemory(from: text.baseAddress!, byteCount: text.count)
        entry.storeBytes(of: UInt8(truncatingIfNeeded: text.count), toByteOffset: Store.lengthAt, as: UInt8.self)
        places[place].store(UInt16(truncatingIfNeeded: last), ordering: .releasing)
        return UInt16(truncatingIfNeeded: last)
      }
    }

    private func start(_ hash: ContentHash) -> Int { Int(truncatingIfNeeded: hash.state >> 20) & mask }

    /// The text's number and place; if it is absent, 0 and the free place where it belongs.
    private func find(_ text: UnsafeRawBufferPointer, _ hash: ContentHash, from start: Int) -> (UInt16, Int) {
      var place = start
      while true {
        let number = places[place].load(ordering: .acquiring)
        if number == 0 { return (0, place) }
        let other = self.text(number)
        if other.equals(text) { return (number, place) }
        place = (place + 1) & mask
      }
    }
  }
}
