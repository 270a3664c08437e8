import CIsal
import CZlib

/// The libraries that unpack gzip.
public enum GzipLibrary: CaseIterable, Sendable {
  /// Three to four times as fast as zlib; not there on every machine.
  case isal
  case zlib

  /// The decoder; `nil` if the library is not there or there is no memory.
  func decoder() -> (any GzipDecoder)? {
    switch self {
    case .isal: ISALDecoder()
    case .zlib: ZlibDecoder()
    }
  }

  /// Whether this machine has the library.
  public var isThere: Bool { decoder() != nil }
}

/// What a step of a decoder came to.
struct GzipStep {
  /// Packed bytes taken, and bytes unpacked.
  var taken: Int
  var written: Int
  /// Whether the member has ended, with the right checksum and length.
  var ended = false
  /// What is wrong with the data. The bytes unpacked before are good.
  var fault: GzipFault?
}

enum GzipFault {
  case damaged(String)
  case noMemory
}

/// Unpacks one gzip member after another, and verifies checksum and length of each. Not thread-safe.
protocol GzipDecoder: AnyObject {
  /// Begins a member. Its header is the next input.
  func begin()

  /// Unpacks as much as there is input and room for. May keep unpacked bytes that found no room for later calls.
  func unpack(_ packed: UnsafeRawBufferPointer, into buffer: UnsafeMutableRawBufferPointer) -> GzipStep
}

/// The most bytes that are passed to a library at once: they count in 32 bits.
private let largestPiece = 1 << 30

private final class ISALDecoder: GzipDecoder {
  private let decoder: OpaquePointer

  init?() {
    guard let created = refold_isal_create() else { return nil }
    decoder = created
  }

  deinit { refold_isal_free(decoder) }

  func begin() { refold_isal_begin(decoder) }

  func unpack(_ packed: UnsafeRawBufferPointer, into buffer: UnsafeMutableRawBufferPointer) -> GzipStep {
    let step = refold_isal_unpack(
      decoder, packed.baseAddress!, min(packed.count, largestPiece), buffer.baseAddress!,
      min(buffer.count, largestPiece))
    return GzipStep(
      taken: step.taken, written: step.written, ended: step.ended != 0,
      fault: step.fault.map { .damaged(String(cString: $0)) })
  }
}

private final class ZlibDecoder: GzipDecoder {
  private let stream: UnsafeMutablePointer<z_stream>

  init?() {
    stream = .allocate(capacity: 1)
    stream.initialize(to: z_stream())
    // 15 bits of window, and 16 for "gzip header and trailer only".
    guard inflateInit2_(stream, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else { return nil }
  }

  deinit {
    inflateEnd(stream)
    stream.deallocate()
  }

  func begin() { inflateReset(stream) }

  func unpack(_ packed: UnsafeRawBufferPointer, into buffer: UnsafeMutableRawBufferPointer) -> GzipStep {
    let (count, capacity) = (min(packed.count, largestPiece), min(buffer.count, largestPiece))
    stream.pointee.next_in = UnsafeMutablePointer(mutating: packed.baseAddress!.assumingMemoryBound(to: UInt8.self))
    stream.pointee.avail_in = UInt32(count)
    stream.pointee.next_out = buffer.baseAddress!.assumingMemoryBound(to: UInt8.self)
    stream.pointee.avail_out = UInt32(capacity)
    let code = inflate(stream, Z_NO_FLUSH)
    var step = GzipStep(
      taken: count - Int(stream.pointee.avail_in), written: capacity - Int(stream.pointee.avail_out))
    switch code {
    case Z_OK, Z_BUF_ERROR: break
    case Z_STREAM_END: step.ended = true
    case Z_MEM_ERROR: step.fault = .noMemory
    default: step.fault = .damaged(stream.pointee.msg.map { String(cString: $0) } ?? "code \(code)")
    }
    return step
  }
}
