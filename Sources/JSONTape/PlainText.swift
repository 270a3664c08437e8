import EventModel
import Platform

/// Copies plain values as the text that ``CanonicalWriter/stored(_:reversed:)`` writes of them: without white space,
/// members in jsonb's order, numbers in their shortest form.
///
/// This is faster than packing a value and writing it again. It copies values only that ``PlainWalker`` has walked, and
/// whose members it found in order.
struct PlainText {
  /// Copies the value at the cursor. Returns `nil` if a number has another form than it would be written in. O(n).
  ///
  /// - Parameter output: has room for the value, and for 32 bytes more.
  static func copy(_ cursor: LineCursor, to output: PackedWriter) -> PackedWriter? {
    var (at, quotes, out) = (cursor.place, cursor.quotes, output.cursor)
    var depth = 0
    repeat {
      let byte = at.load(as: UInt8.self)
      switch byte {
      case UInt8(ascii: "\""):
        let count = cursor.base + Int(quotes[1]) + 1 - at
        copyBlocks(from: at, to: out, count)
        out += count
        at += count
        quotes += 2
      case UInt8(ascii: "{"), UInt8(ascii: "["):
        depth += 1
        put(byte, &out, &at)
      case UInt8(ascii: "}"), UInt8(ascii: "]"):
        depth -= 1
        put(byte, &out, &at)
      case UInt8(ascii: ","), UInt8(ascii: ":"): put(byte, &out, &at)
      case 0x20, 0x09, 0x0A, 0x0D: at += 1
      case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"):
        let end = numberEnd(at)
        guard isShortest(at, end) else { return nil }
        copyBlocks(from: at, to: out, end - at)
        out += end - at
        at = end
      default:
        // A word: true, false or null.
        let count = byte == UInt8(ascii: "f") ? 5 : 4
        copyBlocks(from: at, to: out, count)
        out += count
        at += count
      }
    } while depth > 0
    return PackedWriter(out)
  }

  @inline(__always)
  private static func put(_ byte: UInt8, _ out: inout UnsafeMutableRawPointer, _ at: inout UnsafeRawPointer) {
    out.storeBytes(of: byte, as: UInt8.self)
    out += 1
    at += 1
  }

  /// Copies in steps of 16 bytes; up to 15 more bytes are read and written.
  @inline(__always)
  private static func copyBlocks(from source: UnsafeRawPointer, to target: UnsafeMutableRawPointer, _ count: Int) {
    var offset = 0
    repeat {
      target.storeBytes(
        of: source.loadUnaligned(fromByteOffset: offset, as: SIMD16<UInt8>.self), toByteOffset: offset,
        as: SIMD16<UInt8>.self)
      offset += 16
    } while offset < count
  }

  @inline(__always)
  private static func numberEnd(_ start: UnsafeRawPointer) -> UnsafeRawPointer {
    var at = start + 1
    while true {
      let byte = at.load(as: UInt8.self)
      if byte &- 0x30 >= 10, byte != UInt8(ascii: ".") { return at }
      at += 1
    }
  }

  /// Whether a plain number is written as it is: an integer, or a decimal without zeros at its end (but one after the
  /// point) and without an exponent in its shortest form.
  private static func isShortest(_ start: UnsafeRawPointer, _ end: UnsafeRawPointer) -> Bool {
    let text = UnsafeRawBufferPointer(start: start, count: end - start)
    guard let point = text.firstIndex(of: UInt8(ascii: ".")) else { return true }
    let isZero = text[text.count - 1] == UInt8(ascii: "0")
    if isZero, text.count - point > 2 { return false }
    let digits = text[0] == UInt8(ascii: "-") ? text[1...] : text[...]
    if text.count > digits.count, digits.allSatisfy({ $0 == UInt8(ascii: "0") || $0 == UInt8(ascii: ".") }) {
      return false
    }
    // Below a millionth the shortest form has an exponent.
    return !digits.starts(with: "0.000000".utf8)
  }
}

extension PlainMembers {
  /// Copies the value that a walker walked from that cursor as ``CanonicalWriter/stored(_:reversed:)`` would write it;
  /// `nil` if members were out of order or a number has another form.
  public func copyText(_ cursor: LineCursor, to output: PackedWriter) -> PackedWriter? {
    memory.pointee.isDisordered ? nil : PlainText.copy(cursor, to: output)
  }
}

extension Event {
  /// Writes the members `data` and `metadata` of a whole event, as `jsonb` prints their values, or reversed.
  ///
  /// - Precondition: the event is kept whole.
  public func writeWhole(to json: inout CanonicalWriter, reversed: Bool) {
    guard let whole, let start = whole.baseAddress else { preconditionFailure("the event is kept whole") }
    if flags.contains(.wholeText) {
      let count = Int(start.loadUnaligned(as: UInt32.self))
      let data = UnsafeRawBufferPointer(start: start + 4, count: count)
      let metadata = UnsafeRawBufferPointer(start: start + 4 + count, count: whole.count - 4 - count)
      if !reversed {
        json.key("data")
        json.written(data)
        json.key("metadata")
        json.written(metadata)
        return
      }
      let arena = ByteArena()
      let packer = DocumentPacker(arena: arena)
      do throws(JSONFault) {
        let (first, second) = (try packer.pack(data), try packer.pack(metadata))
        write(JSONValue(arena.base + first), JSONValue(arena.base + second), to: &json, reversed: true)
      } catch {
        preconditionFailure("whole text is JSON")
      }
    } else {
      let data = JSONValue(start)
      write(data, JSONValue(data.end), to: &json, reversed: reversed)
    }
  }

  private func write(_ data: JSONValue, _ metadata: JSONValue, to json: inout CanonicalWriter, reversed: Bool) {
    json.key("data")
    json.stored(data, reversed: reversed)
    json.key("metadata")
    json.stored(metadata, reversed: reversed)
  }
}
