import CZlib
import EventModel

/// Packs bytes into one gzip member. Equal input gives equal output: the header has no name and no time. O(n).
///
/// Throws if zlib fails (no memory) and for 2 GiB or more.
package func gzipped(_ bytes: [UInt8], file: String) throws(MalformedInput) -> [UInt8] {
  func fault(_ code: Int32) -> MalformedInput {
    MalformedInput(file: file, reason: "zlib cannot pack it (code \(code))")
  }
  guard let count = UInt32(exactly: bytes.count), count <= UInt32.max / 2 else { throw fault(Z_MEM_ERROR) }
  var stream = z_stream()
  // 15 bits of window, and 16 for a gzip header and trailer.
  let started = deflateInit2_(
    &stream, Z_BEST_COMPRESSION, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
    Int32(MemoryLayout<z_stream>.size))
  guard started == Z_OK else { throw fault(started) }
  defer { deflateEnd(&stream) }
  var input = bytes
  var packed = [UInt8](repeating: 0, count: Int(deflateBound(&stream, UInt(count))))
  let code = input.withUnsafeMutableBufferPointer { input in
    packed.withUnsafeMutableBufferPointer { output in
      stream.next_in = input.baseAddress
      stream.avail_in = count
      stream.next_out = output.baseAddress
      stream.avail_out = UInt32(output.count)
      return deflate(&stream, Z_FINISH)
    }
  }
  guard code == Z_STREAM_END else { throw fault(code) }
  packed.removeLast(packed.count - Int(stream.total_out))
  return packed
}
