import EventModel

/// Converts UTF-16 text to UTF-8. Unpaired surrogates are refused.
final class UTF16Input {
  /// Byte order of the code units.
  enum Order: Equatable { case littleEndian, bigEndian }

  private let order: Order
  private let path: String
  /// Bytes read but not converted yet; may end in the middle of a code unit.
  private var pending: [UInt8]
  private var isAtEnd = false

  /// - Parameter head: bytes that have been read already, without the byte order mark.
  init(order: Order, head: [UInt8], path: String) {
    self.order = order
    self.path = path
    pending = head
  }

  /// Byte order of text that begins with these bytes, and the length of its byte order mark; `nil` if it is not UTF-16.
  ///
  /// Text without a mark is recognised by the zeros of ASCII characters: every second byte is zero.
  static func detect(_ head: UnsafeRawBufferPointer) -> (order: Order, mark: Int)? {
    if head.starts(with: [0xFF, 0xFE]) { return (.littleEndian, 2) }
    if head.starts(with: [0xFE, 0xFF]) { return (.bigEndian, 2) }
    let bytes = head.prefix(head.count & ~1)
    guard bytes.count >= 4 else { return nil }
    let zeros = (0..<2).map { parity in bytes.indices.count { $0 % 2 == parity && bytes[$0] == 0 } }
    if zeros[0] == 0, zeros[1] == bytes.count / 2 { return (.littleEndian, 0) }
    return zeros[0] == bytes.count / 2 && zeros[1] == 0 ? (.bigEndian, 0) : nil
  }

  /// Writes UTF-8 into the buffer and returns the number of bytes; 0 only at the end.
  func read(
    into buffer: UnsafeMutableRawBufferPointer,
    from source: (UnsafeMutableRawBufferPointer) throws(MalformedInput) -> Int
  ) throws(MalformedInput) -> Int {
    // A code unit becomes at most three bytes, a surrogate pair four.
    precondition(buffer.count >= 4)
    var written = 0
    while written == 0, !(isAtEnd && pending.isEmpty) {
      if !isAtEnd { try refill(wanted: max(64, buffer.count / 3 * 2), from: source) }
      written = try convert(into: buffer)
    }
    return written
  }

  private func refill(
    wanted: Int, from source: (UnsafeMutableRawBufferPointer) throws(MalformedInput) -> Int
  ) throws(MalformedInput) {
    let room = UnsafeMutableRawBufferPointer.allocate(byteCount: wanted, alignment: 8)
    defer { room.deallocate() }
    let count = try source(room)
    isAtEnd = count == 0
    pending += room[..<count]
  }

  private func unit(_ at: Int) -> UInt16 {
    order == .littleEndian
      ? UInt16(pending[at]) | UInt16(pending[at + 1]) << 8 : UInt16(pending[at]) << 8 | UInt16(pending[at + 1])
  }

  private func convert(into buffer: UnsafeMutableRawBufferPointer) throws(MalformedInput) -> Int {
    var at = 0
    var written = 0
    while at + 1 < pending.count, written + 4 <= buffer.count {
      var value = UInt32(unit(at))
      var length = 2
      if value & 0xFC00 == 0xD800 {
        guard at + 3 < pending.count else {
          if isAtEnd { throw fault }
          break
        }
        let low = UInt32(unit(at + 2))
        guard low & 0xFC00 == 0xDC00 else { throw fault }
        value = 0x10000 + (value & 0x3FF) << 10 + (low & 0x3FF)
        length = 4
      }
      guard let scalar = Unicode.Scalar(value) else { throw fault }
      // Byte order marks in the middle, where files were joined, are skipped by the readers of lines.
      for byte in UTF8.encode(scalar)! {
        buffer[written] = byte
        written += 1
      }
      at += length
    }
    pending.removeFirst(at)
    if isAtEnd, pending.count == 1 { throw fault }
    return written
  }

  private var fault: MalformedInput {
    MalformedInput(file: path, reason: "text in UTF-16 with half of a character in it: it was cut off or damaged")
  }
}
