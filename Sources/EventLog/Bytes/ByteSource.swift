import EventModel
import Glibc

/// The unpacked bytes of one input, in order: a path or `-`, plain, gzip or zstd.
///
/// Not for use by several threads at once.
public final class ByteSource {
  /// How the file is packed.
  public let compression: Compression
  private let file: FileInput
  private let decoder: Decoder

  private enum Decoder {
    case none(PackedInput)
    case gzip(GzipInput)
    case zstd(ZstdInput)
  }

  /// Opens the path and reads its first bytes to see how it is packed.
  ///
  /// Throws when it cannot be opened or read, or is packed in a way that is not read here.
  /// - Parameter copies: keeps what cannot be read twice.
  public init(path: String, copies: InputCopies? = nil) throws(MalformedInput) {
    let file = try FileInput(path: path, copies: copies)
    let head = UnsafeMutableRawBufferPointer.allocate(byteCount: Compression.magicLength, alignment: 8)
    defer { head.deallocate() }
    var count = 0
    while count < head.count {
      let more = try file.read(into: UnsafeMutableRawBufferPointer(rebasing: head[count...]))
      if more == 0 { break }
      count += more
    }
    let start = UnsafeRawBufferPointer(rebasing: head[..<count])
    compression = try Compression.detect(start, file: path)
    let packed = PackedInput(file: file, head: start)
    self.file = file
    decoder =
      switch compression {
      case .none: .none(packed)
      case .gzip: .gzip(try GzipInput(packed))
      case .zstd: .zstd(try ZstdInput(packed))
      }
  }

  /// Bytes taken from the file so far, as they are packed.
  public var bytesRead: Int { file.bytesRead }

  /// Size of the file as it is packed; `nil` for pipes.
  public var totalBytes: Int? { file.size }

  /// Reads some unpacked bytes, at most as many as fit. Returns 0 at the end only.
  ///
  /// What could be unpacked before a fault is handed out before the fault is thrown.
  public func read(into buffer: UnsafeMutableRawBufferPointer) throws(MalformedInput) -> Int {
    if buffer.isEmpty { return 0 }
    switch decoder {
    case .none(let packed):
      guard !packed.rest.isEmpty else { return try file.read(into: buffer) }
      let count = min(packed.rest.count, buffer.count)
      buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: packed.rest[..<count]))
      packed.consume(count)
      return count
    case .gzip(let input): return try input.read(into: buffer)
    case .zstd(let input): return try input.read(into: buffer)
    }
  }
}
