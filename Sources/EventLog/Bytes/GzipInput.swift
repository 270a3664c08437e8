import CZlib
import EventModel

/// The unpacked bytes of a gzip file with any number of consecutive members.
///
/// Checksum and length of each member are verified. Zero bytes after the last member (tape padding) are ignored.
final class GzipInput {
  private let packed: PackedInput
  private let stream: UnsafeMutablePointer<z_stream>
  /// Whether a member has begun and not ended.
  private var insideMember = false

  init(_ packed: PackedInput) throws(MalformedInput) {
    self.packed = packed
    stream = .allocate(capacity: 1)
    stream.initialize(to: z_stream())
    // 15 bits of window, and 16 for "gzip header and trailer only".
    let code = inflateInit2_(stream, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
    guard code == Z_OK else {
      throw MalformedInput(file: packed.file.path, reason: "zlib cannot start (code \(code))")
    }
  }

  deinit {
    inflateEnd(stream)
    stream.deallocate()
  }

  /// Unpacks up to `buffer.count` bytes. Returns 0 only at the end.
  ///
  /// Throws if the file ends inside a member, if the data is damaged or a checksum is wrong, and if anything else
  /// follows a member.
  func read(into buffer: UnsafeMutableRawBufferPointer) throws(MalformedInput) -> Int {
    var written = 0
    while written == 0 {
      guard try packed.refill() else {
        if insideMember { throw fault("the file ends in the middle of a gzip member: it was cut off; copy it again") }
        return 0
      }
      if !insideMember, try !beginMember() { continue }
      written = try inflateSome(into: buffer)
    }
    return written
  }

  /// Begins a member. Returns `false` if it skipped zero padding instead.
  private func beginMember() throws(MalformedInput) -> Bool {
    guard packed.rest[0] != 0 else {
      packed.consume(packed.rest.prefix { $0 == 0 }.count)
      return false
    }
    guard packed.rest[0] == 0x1F else { throw fault("something that is not gzip follows the end of a gzip member") }
    inflateReset(stream)
    insideMember = true
    return true
  }

  private func inflateSome(into buffer: UnsafeMutableRawBufferPointer) throws(MalformedInput) -> Int {
    let capacity = min(buffer.count, 1 << 30)
    stream.pointee.next_in = UnsafeMutablePointer(
      mutating: packed.rest.baseAddress!.assumingMemoryBound(to: UInt8.self))
    stream.pointee.avail_in = UInt32(packed.rest.count)
    stream.pointee.next_out = buffer.baseAddress!.assumingMemoryBound(to: UInt8.self)
    stream.pointee.avail_out = UInt32(capacity)
    let code = inflate(stream, Z_NO_FLUSH)
    packed.consume(packed.rest.count - Int(stream.pointee.avail_in))
    switch code {
    case Z_OK, Z_BUF_ERROR: break
    case Z_STREAM_END: insideMember = false
    case Z_MEM_ERROR: throw fault("not enough memory to unpack gzip")
    default:
      let detail = stream.pointee.msg.map { String(cString: $0) } ?? "code \(code)"
      throw fault("damaged gzip data (\(detail)) near packed byte \(packed.file.bytesRead - packed.rest.count)")
    }
    return capacity - Int(stream.pointee.avail_out)
  }

  private func fault(_ reason: String) -> MalformedInput { MalformedInput(file: packed.file.path, reason: reason) }
}
