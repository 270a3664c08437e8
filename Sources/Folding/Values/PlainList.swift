/// A list of plain values that is reused for one user after another. It keeps its memory, and appending needs neither
/// reference counting nor a uniqueness check.
///
/// Its memory is that of the longest list so far. Not thread-safe.
public final class PlainList<Element: BitwiseCopyable> {
  @usableFromInline var base: UnsafeMutablePointer<Element>
  @usableFromInline var capacity: Int
  @inlinable @inline(__always)
  public var count: Int { length }
  @usableFromInline var length = 0

  public init(capacity: Int = 32) {
    self.capacity = max(1, capacity)
    base = .allocate(capacity: self.capacity)
  }

  deinit { base.deallocate() }

  @inlinable @inline(__always)
  public var isEmpty: Bool { count == 0 }

  /// Valid until the list changes.
  @inlinable @inline(__always)
  public var elements: UnsafeMutableBufferPointer<Element> { UnsafeMutableBufferPointer(start: base, count: count) }

  @inlinable @inline(__always)
  public subscript(position: Int) -> Element {
    get { base[position] }
    set { base[position] = newValue }
  }

  /// Amortised O(1).
  @inlinable @inline(__always)
  public func append(_ element: Element) {
    if length == capacity { grow() }
    (base + length).initialize(to: element)
    length += 1
  }

  /// Keeps the memory. O(1).
  @inlinable @inline(__always)
  public func removeAll() { length = 0 }

  /// Removes elements; the others stay in order. O(n).
  @inlinable
  public func removeAll(where isUnwanted: (Element) -> Bool) {
    var kept = 0
    for position in 0..<count where !isUnwanted(base[position]) {
      base[kept] = base[position]
      kept += 1
    }
    length = kept
  }

  @inlinable @inline(never)
  func grow() {
    let larger = UnsafeMutablePointer<Element>.allocate(capacity: capacity * 2)
    larger.initialize(from: base, count: count)
    base.deallocate()
    base = larger
    capacity *= 2
  }
}
