import Platform

/// A b-tree page to which cells are still appended: header and cell pointers grow from its beginning, cells from its
/// end.
struct OpenPage {
  enum Kind: UInt8 {
    case indexInterior = 2
    case tableInterior = 5
    case indexLeaf = 10
    case tableLeaf = 13

    var isLeaf: Bool { rawValue >= 10 }
  }

  let bytes: UnsafeMutableRawPointer
  private let size: Int
  private let kind: Kind
  private(set) var count = 0
  /// Offset of the last cell.
  private var start: Int

  init(_ kind: Kind, size: Int) {
    bytes = .allocate(byteCount: size, alignment: 16)
    self.size = size
    self.kind = kind
    start = size
  }

  func deallocate() { bytes.deallocate() }

  private var pointers: Int { kind.isLeaf ? 8 : 12 }

  /// Reserves `cellBytes` bytes for one more cell; `nil` if there is no room.
  @inline(__always)
  mutating func place(_ cellBytes: Int) -> UnsafeMutableRawPointer? {
    let pointer = pointers + 2 * count
    guard start - cellBytes >= pointer + 2 else { return nil }
    start -= cellBytes
    count += 1
    bytes.storeBytes(of: UInt16(truncatingIfNeeded: start).bigEndian, toByteOffset: pointer, as: UInt16.self)
    return bytes + start
  }

  /// Removes the last cell; its bytes stay valid until the next cell is placed. There must be a cell.
  mutating func removeLast() -> UnsafeRawBufferPointer {
    count -= 1
    let first = start
    start = count == 0 ? size : offset(ofCell: count - 1)
    return UnsafeRawBufferPointer(start: bytes + first, count: start - first)
  }

  private func offset(ofCell index: Int) -> Int {
    Int(UInt16(bigEndian: bytes.loadUnaligned(fromByteOffset: pointers + 2 * index, as: UInt16.self)))
  }

  /// Completes the page's bytes. `right` is the child after the last cell of an interior page.
  func seal(right: UInt32 = 0) {
    bytes.storeBytes(of: kind.rawValue, as: UInt8.self)
    bytes.storeBytes(of: 0, toByteOffset: 1, as: UInt16.self)
    bytes.storeBytes(of: UInt16(truncatingIfNeeded: count).bigEndian, toByteOffset: 3, as: UInt16.self)
    // 65,536 is written as 0.
    bytes.storeBytes(of: UInt16(truncatingIfNeeded: start).bigEndian, toByteOffset: 5, as: UInt16.self)
    bytes.storeBytes(of: 0, toByteOffset: 7, as: UInt8.self)
    if !kind.isLeaf { bytes.storeBytes(of: right.bigEndian, toByteOffset: 8, as: UInt32.self) }
    let end = pointers + 2 * count
    memset(bytes + end, 0, start - end)
  }

  /// Empties the page.
  mutating func reset() {
    count = 0
    start = size
  }
}
