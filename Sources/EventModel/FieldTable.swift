import Glibc

/// Names ↔ small numbers: the members of `data` and `metadata` that some reducer reads, so that all
/// others can be left behind when a line is decoded and a reducer compares one byte instead of a text.
///
/// Numbers are 1…255 in the order given, where an empty name takes a number and is never found; 0 means
/// "nobody reads it". Immutable and thread-safe. Tables are made once and kept for good: looking one up
/// costs no reference counting.
public struct FieldTable: @unchecked Sendable {
  private let names: UnsafePointer<StaticString>
  private let slots: UnsafePointer<UInt8>
  private static let slotCount = 1024

  public init(_ names: [StaticString]) {
    precondition(names.count < 256)
    let kept = UnsafeMutablePointer<StaticString>.allocate(capacity: max(1, names.count))
    kept.initialize(from: names, count: names.count)
    let slots = UnsafeMutablePointer<UInt8>.allocate(capacity: FieldTable.slotCount)
    slots.initialize(repeating: 0, count: FieldTable.slotCount)
    for (index, name) in names.enumerated() where name.utf8CodeUnitCount > 0 {
      let text = UnsafeRawBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount)
      var slot = FieldTable.slot(text)
      while slots[slot] != 0 { slot = (slot + 1) & (FieldTable.slotCount - 1) }
      slots[slot] = UInt8(index + 1)
    }
    self.names = UnsafePointer(kept)
    self.slots = UnsafePointer(slots)
  }

  /// The number of a name, 0 when it is none of the table's. O(1).
  public func index(of name: UnsafeRawBufferPointer) -> UInt8 {
    guard !name.isEmpty else { return 0 }
    var slot = FieldTable.slot(name)
    while true {
      let candidate = slots[slot]
      if candidate == 0 { return 0 }
      let known = names[Int(candidate) - 1]
      if known.utf8CodeUnitCount == name.count, memcmp(known.utf8Start, name.baseAddress!, name.count) == 0 {
        return candidate
      }
      slot = (slot + 1) & (FieldTable.slotCount - 1)
    }
  }

  private static func slot(_ name: UnsafeRawBufferPointer) -> Int {
    guard let base = name.baseAddress, name.count > 0 else { return 0 }
    let count = name.count
    let first = UInt32(base.load(as: UInt8.self))
    let middle = UInt32(base.load(fromByteOffset: count >> 1, as: UInt8.self))
    let last = UInt32(base.load(fromByteOffset: count - 1, as: UInt8.self))
    let mixed = (first &* 0x9E37 ^ middle &* 0x85EB ^ last &* 0x27D5) &+ UInt32(truncatingIfNeeded: count) &* 0x1657
    return Int((mixed &* 0x9E37_79B1) >> 22)
  }
}
