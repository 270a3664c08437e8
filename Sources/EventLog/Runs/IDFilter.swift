import EventModel

/// A set of ids that says "surely not" or "perhaps": one bit for each fingerprint. Immutable, so any number of threads
/// may ask.
public final class IDFilter: @unchecked Sendable {
  private let bits: UnsafeMutablePointer<UInt64>
  private let mask: UInt64

  /// The filter of all ids of some threads. Of other ids, one in sixteen or fewer is taken for one of them, if memory
  /// allows.
  ///
  /// - Parameter memory: most bytes to take.
  public init(_ threads: [IDFingerprints], memory: Int) throws(StorageFault) {
    let wanted = threads.reduce(0) { $0 + $1.count } * 16
    var size = 1 << 12
    while size < wanted, size / 4 <= memory { size *= 2 }
    bits = .allocate(capacity: size / 64)
    bits.initialize(repeating: 0, count: size / 64)
    mask = UInt64(size - 1)
    for thread in threads {
      try thread.visit { bits[Int(truncatingIfNeeded: ($0 & mask) >> 6)] |= 1 << ($0 & 63) }
    }
  }

  deinit { bits.deallocate() }

  /// Whether the id may be one of them. O(1).
  @inline(__always)
  public func mayContain(_ id: EventID) -> Bool {
    let fingerprint = IDFingerprints.of(id)
    return bits[Int(truncatingIfNeeded: (fingerprint & mask) >> 6)] >> (fingerprint & 63) & 1 == 1
  }
}
