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
  public convenience init(_ threads: [IDFingerprints], memory: Int) throws(StorageFault) {
    self.init(ids: threads.reduce(0) { $0 + $1.count }, memory: memory)
    for thread in threads { try thread.visit { insert($0) } }
  }

  /// The same, of the ids of ledgers.
  public convenience init(_ ledgers: [EventLedger], memory: Int) throws(StorageFault) {
    self.init(ids: ledgers.reduce(0) { $0 + $1.count }, memory: memory)
    for ledger in ledgers { try ledger.visit { insert(IDFingerprints.of($0.id)) } }
  }

  private init(ids: Int, memory: Int) {
    var size = 1 << 12
    while size < ids * 16, size / 4 <= memory { size *= 2 }
    bits = .allocate(capacity: size / 64)
    bits.initialize(repeating: 0, count: size / 64)
    mask = UInt64(size - 1)
  }

  private func insert(_ fingerprint: UInt64) {
    bits[Int(truncatingIfNeeded: (fingerprint & mask) >> 6)] |= 1 << (fingerprint & 63)
  }

  deinit { bits.deallocate() }

  /// Whether the id may be one of them. O(1).
  @inline(__always)
  public func mayContain(_ id: EventID) -> Bool {
    let fingerprint = IDFingerprints.of(id)
    return bits[Int(truncatingIfNeeded: (fingerprint & mask) >> 6)] >> (fingerprint & 63) & 1 == 1
  }
}
