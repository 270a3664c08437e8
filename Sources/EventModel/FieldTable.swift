/// Names ↔ small numbers: the members of `data` and `metadata` that some reducer reads. Decoding drops all others, and
/// reducers compare one byte instead of a text.
///
/// Numbers are 1…255 in the order given; an empty name takes a number but is never found. 0 means "no reducer reads
/// it". Immutable and thread-safe. Tables are created once and never freed, so a lookup needs no reference counting.
public struct FieldTable: @unchecked Sendable {
  @usableFromInline
  struct Slot {
    @usableFromInline var hash: UInt64
    @usableFromInline var name: UnsafePointer<UInt8>?
    @usableFromInline var length: Int
    @usableFromInline var number: UInt8
  }

  @usableFromInline let slots: UnsafePointer<Slot>
  @usableFromInline static var slotCount: Int { 1024 }

  public init(_ names: [ConstantName]) {
    precondition(names.count < 256)
    let slots = UnsafeMutablePointer<Slot>.allocate(capacity: FieldTable.slotCount)
    slots.initialize(repeating: Slot(hash: 0, name: nil, length: 0, number: 0), count: FieldTable.slotCount)
    for (index, name) in names.enumerated() where name.utf8CodeUnitCount > 0 {
      let text = name.utf8
      let hash = FieldTable.hash(of: text).state
      var slot = Int(hash & UInt64(FieldTable.slotCount - 1))
      while slots[slot].number != 0 { slot = (slot + 1) & (FieldTable.slotCount - 1) }
      slots[slot] = Slot(hash: hash, name: name.utf8Start, length: text.count, number: UInt8(index + 1))
    }
    self.slots = UnsafePointer(slots)
  }

  /// The hash by which names are looked up. It is also part of an event's content hash, so it is computed once.
  @inlinable @inline(__always)
  public static func hash(of name: UnsafeRawBufferPointer) -> ContentHash {
    var hash = ContentHash(seed: 8)
    hash.mix(name)
    return hash
  }

  /// The number of a name, 0 if the table does not have it. O(1).
  public func index(of name: UnsafeRawBufferPointer) -> UInt8 { index(of: name, hash: FieldTable.hash(of: name)) }

  /// The same, for a name whose ``hash(of:)`` is known.
  @inlinable @inline(__always)
  public func index(of name: UnsafeRawBufferPointer, hash: ContentHash) -> UInt8 {
    var at = Int(truncatingIfNeeded: hash.state) & (FieldTable.slotCount - 1)
    while true {
      let slot = slots[at]
      if slot.number == 0 { return 0 }
      if slot.hash == hash.state, slot.length == name.count,
        areEqual(slot.name!, name.baseAddress!, name.count)
      {
        return slot.number
      }
      at = (at + 1) & (FieldTable.slotCount - 1)
    }
  }
}
