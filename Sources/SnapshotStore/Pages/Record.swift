import Platform

/// The values of a row, to be written as a SQLite record: a header with a type for each value, then the values.
///
/// Texts and blobs are not copied until ``write(to:)``. Holds one row at a time; allocates nothing.
final class Record {
  private struct Value {
    var type: UInt64
    var base: UnsafeRawPointer?
    var count: Int
    var integer: Int64
  }

  private let values = UnsafeMutablePointer<Value>.allocate(capacity: Record.mostValues)
  private var count = 0
  private var headerBytes = 0
  private var bodyBytes = 0

  static let mostValues = 16

  deinit { values.deallocate() }

  func begin() {
    count = 0
    headerBytes = 0
    bodyBytes = 0
  }

  func add(_ text: UnsafeRawBufferPointer) { add(text, type: UInt64(13 + 2 * text.count)) }

  func add(blob: UnsafeRawBufferPointer) { add(blob, type: UInt64(12 + 2 * blob.count)) }

  func addNull() { add(Value(type: 0, base: nil, count: 0, integer: 0)) }

  func add(_ text: UnsafeRawBufferPointer?) { if let text { add(text) } else { addNull() } }

  func add(_ integer: Int) {
    let value = Int64(integer)
    // 0 and 1 have types of their own; other values use the fewest of 1, 2, 3, 4, 6 and 8 bytes.
    let (type, bytes): (UInt64, Int) =
      switch value {
      case 0: (8, 0)
      case 1: (9, 0)
      case -0x80..<0x80: (1, 1)
      case -0x8000..<0x8000: (2, 2)
      case -0x80_0000..<0x80_0000: (3, 3)
      case -0x8000_0000..<0x8000_0000: (4, 4)
      case -0x8000_0000_0000..<0x8000_0000_0000: (5, 6)
      default: (6, 8)
      }
    add(Value(type: type, base: nil, count: bytes, integer: value))
  }

  @inline(__always)
  private func add(_ bytes: UnsafeRawBufferPointer, type: UInt64) {
    add(Value(type: type, base: bytes.baseAddress, count: bytes.count, integer: 0))
  }

  @inline(__always)
  private func add(_ value: Value) {
    precondition(count < Record.mostValues)
    values[count] = value
    count += 1
    headerBytes += Varint.size(value.type)
    bodyBytes += value.count
  }

  /// Size of the record in bytes.
  var size: Int { fullHeaderBytes + bodyBytes }

  /// The header begins with its own length, which counts the length itself.
  private var fullHeaderBytes: Int { headerBytes + 1 < 0x80 ? headerBytes + 1 : headerBytes + 2 }

  /// Writes ``size`` bytes.
  func write(to target: UnsafeMutableRawPointer) {
    var cursor = target
    Varint.put(UInt64(fullHeaderBytes), &cursor)
    for index in 0..<count { Varint.put(values[index].type, &cursor) }
    for index in 0..<count {
      let value = values[index]
      if let base = value.base {
        memcpy(cursor, base, value.count)
      } else {
        for byte in 0..<value.count {
          let shift = Int64(8 * (value.count - 1 - byte))
          cursor.storeBytes(of: UInt8(truncatingIfNeeded: value.integer >> shift), toByteOffset: byte, as: UInt8.self)
        }
      }
      cursor += value.count
    }
  }

  /// A column's bytes.
  subscript(_ index: Int) -> UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(start: values[index].base, count: values[index].count)
  }
}

/// SQLite's variable-length integers: seven bits per byte, the highest first; each byte except the last has its top bit
/// set. A ninth byte holds eight bits.
enum Varint {
  @inline(__always)
  static func size(_ value: UInt64) -> Int {
    if value < 0x80 { return 1 }
    if value < 0x4000 { return 2 }
    return min(9, (64 - value.leadingZeroBitCount + 6) / 7)
  }

  @inline(__always)
  static func put(_ value: UInt64, _ cursor: inout UnsafeMutableRawPointer) {
    let size = size(value)
    var rest = value
    var index = size - 1
    if size == 9 {
      cursor.storeBytes(of: UInt8(truncatingIfNeeded: rest), toByteOffset: 8, as: UInt8.self)
      rest >>= 8
      index = 7
    }
    let last = size == 9 ? -1 : index
    while index >= 0 {
      let bits = UInt8(truncatingIfNeeded: rest & 0x7F)
      cursor.storeBytes(of: index == last ? bits : bits | 0x80, toByteOffset: index, as: UInt8.self)
      rest >>= 7
      index -= 1
    }
    cursor += size
  }
}
