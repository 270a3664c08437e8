import CZstd
import EventModel

/// The unpacked bytes of a zstd file with any number of frames, including skippable ones.
///
/// A frame's checksum is verified if it has one.
final class ZstdInput: UnpackedInput {
  let packed: PackedInput
  private let stream: OpaquePointer
  /// Whether a frame has begun and not ended, or the decoder still holds unpacked bytes.
  private var insideFrame = false

  init(_ packed: PackedInput) throws(MalformedInput) {
    self.packed = packed
    guard let created = ZSTD_createDStream() else {
      throw MalformedInput(file: packed.file.path, reason: "not enough memory to unpack zstd")
    }
    stream = created
  }

  deinit { ZSTD_freeDStream(stream) }

  /// Unpacks up to `buffer.count` bytes. Returns 0 only at the end.
  ///
  /// Throws if the file ends inside a frame, and for damaged data.
  func read(into buffer: UnsafeMutableRawBufferPointer) throws(MalformedInput) -> Int {
    while true {
      let more = try packed.refill()
      if !more && !insideFrame { return 0 }
      var output = ZSTD_outBuffer(dst: buffer.baseAddress, size: buffer.count, pos: 0)
      var input = ZSTD_inBuffer(src: packed.rest.baseAddress, size: packed.rest.count, pos: 0)
      let code = ZSTD_decompressStream(stream, &output, &input)
      if ZSTD_isError(code) != 0 {
        if ZSTD_getErrorCode(code) == ZSTD_error_frameParameter_windowTooLarge { throw windowTooLarge }
        let detail = String(cString: ZSTD_getErrorName(code))
        throw fault("damaged zstd data (\(detail)) near packed byte \(packed.file.bytesRead - packed.rest.count)")
      }
      packed.consume(input.pos)
      insideFrame = code != 0
      if output.pos > 0 { return output.pos }
      if !more && insideFrame {
        throw fault("the file ends in the middle of a zstd frame: it was cut off; copy it again")
      }
    }
  }

  /// A window above zstd's default limit of 128 MiB would break the promise of flat memory.
  private var windowTooLarge: MalformedInput {
    let shown = packed.file.path == "-" ? "FILE" : packed.file.path
    return fault(
      "packed with a window of more than 128 MiB; unpack it on a pipe: zstd -dc --long=31 \(shown) | refold … -")
  }

  private func fault(_ reason: String) -> MalformedInput { MalformedInput(file: packed.file.path, reason: reason) }
}
