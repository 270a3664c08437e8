import EventModel
import Platform

/// The unpacked bytes of one input, in order: a path or `-`, plain, gzip or zstd.
///
/// Not for use by several threads at once.
public final class ByteSource {
  /// How the file is packed.
  public let compression: Compression
  private let file: FileInput
  private let decoder: Decoder
  /// Bytes that were unpacked to see what they are, and not yet handed out.
  private var head: [UInt8] = []
  /// Where the text is in UTF-16.
  private var utf16: UTF16Input?
  /// What is left of the input, once it was put aside: see ``putAside(in:)``.
  private var rest: SpillFile?
  private var restRead = 0

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
    try detectEncoding()
  }

  /// Looks at the first unpacked bytes: text in UTF-16 is turned into UTF-8 from here on.
  private func detectEncoding() throws(MalformedInput) {
    let start = UnsafeMutableRawBufferPointer.allocate(byteCount: 64, alignment: 8)
    defer { start.deallocate() }
    var count = 0
    do throws(MalformedInput) {
      while count < start.count {
        let more = try readUnpacked(into: UnsafeMutableRawBufferPointer(rebasing: start[count...]))
        if more == 0 { break }
        count += more
      }
    } catch {
      // What is wrong with the packing is reported by the next read.
      if count == 0 { throw error }
    }
    let bytes = UnsafeRawBufferPointer(rebasing: start[..<count])
    if bytes.starts(with: [0xFF, 0xFE, 0, 0]) || bytes.starts(with: [0, 0, 0xFE, 0xFF]) {
      throw MalformedInput(
        file: file.path, reason: "text in UTF-32; convert it on a pipe: iconv -f UTF-32 -t UTF-8 | refold … -")
    }
    guard let (order, mark) = UTF16Input.detect(bytes) else {
      head = Array(bytes)
      return
    }
    utf16 = UTF16Input(order: order, head: Array(bytes[mark...]), path: file.path)
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
    if let rest { return try read(rest, into: buffer) }
    if !head.isEmpty { return takeHead(into: buffer) }
    guard let utf16 else { return try readUnpacked(into: buffer) }
    guard buffer.count < 4 else { return try utf16.read(into: buffer, from: readUnpacked) }
    // Too little room for a character: one is turned at a time and handed out in parts.
    let room = UnsafeMutableRawBufferPointer.allocate(byteCount: 4, alignment: 4)
    defer { room.deallocate() }
    let count = try utf16.read(into: room, from: readUnpacked)
    head = Array(room[..<count])
    return takeHead(into: buffer)
  }

  private func takeHead(into buffer: UnsafeMutableRawBufferPointer) -> Int {
    let count = min(head.count, buffer.count)
    buffer.copyBytes(from: head[..<count])
    head.removeFirst(count)
    return count
  }

  /// Reads all that is left into a temporary file, from where it can be read more than once; ``read(into:)`` goes on there.
  func putAside(in directory: String) throws(MalformedInput) -> SpillFile {
    do throws(StorageFault) {
      let spill = try SpillFile(directory: directory)
      let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 64)
      defer { buffer.deallocate() }
      var fault: MalformedInput?
      while true {
        let count: Int
        do throws(MalformedInput) { count = try read(into: buffer) } catch {
          fault = error
          break
        }
        if count == 0 { break }
        try spill.append(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
      }
      if let fault { throw StorageFault(path: fault.file, reason: fault.reason) }
      rest = spill
      return spill
    } catch { throw MalformedInput(file: error.path, reason: error.reason) }
  }

  private func read(_ spill: SpillFile, into buffer: UnsafeMutableRawBufferPointer) throws(MalformedInput) -> Int {
    let wanted = min(buffer.count, spill.size - restRead)
    if wanted == 0 { return 0 }
    do throws(StorageFault) {
      let count = try spill.read(UnsafeMutableRawBufferPointer(rebasing: buffer[..<wanted]), at: restRead)
      restRead += count
      return count
    } catch { throw MalformedInput(file: error.path, reason: error.reason) }
  }

  private func readUnpacked(into buffer: UnsafeMutableRawBufferPointer) throws(MalformedInput) -> Int {
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
