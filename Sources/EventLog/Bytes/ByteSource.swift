import EventModel
import Platform

/// The unpacked bytes of one input, in order: a path or `-`, plain, gzip or zstd.
///
/// A compressed file is unpacked ahead of the reader by a thread of its own (``Unpacker``). Not thread-safe.
public final class ByteSource {
  /// How the file is packed.
  public let compression: Compression
  private let file: FileInput
  private let decoder: Decoder
  /// Unpacked bytes that were read to detect the encoding and have not been returned yet.
  private var head: [UInt8] = []
  /// Converts UTF-16 text to UTF-8; `nil` for other text.
  private var utf16: UTF16Input?
  /// The rest of the input after ``putAside(in:)``.
  private var rest: SpillFile?
  private var restRead = 0

  private enum Decoder {
    case none(PackedInput)
    case unpacker(Unpacker)
  }

  /// Opens the path and reads its first bytes to detect compression and encoding.
  ///
  /// Throws if it cannot be opened or read, or if its compression or encoding is not supported.
  /// - Parameters:
  ///   - copies: copies of inputs that cannot be read twice.
  ///   - gzip: the library that unpacks gzip; `nil`: the fastest that is there.
  public init(path: String, copies: InputCopies? = nil, gzip: GzipLibrary? = nil) throws(MalformedInput) {
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
      case .gzip: .unpacker(Unpacker(try GzipInput(packed, library: gzip)))
      case .zstd: .unpacker(Unpacker(try ZstdInput(packed)))
      }
    try detectEncoding()
  }

  /// Detects the encoding from the first unpacked bytes. UTF-16 is converted to UTF-8 from here on.
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
      // A fault in the packed data is thrown by the next read.
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

  /// Packed bytes read from the file for the bytes returned so far.
  public var bytesRead: Int {
    switch decoder {
    case .none: file.bytesRead
    case .unpacker(let unpacker): unpacker.bytesRead
    }
  }

  /// Packed size of the file; `nil` for pipes and devices.
  public var totalBytes: Int? { file.size }

  /// Reads up to `buffer.count` unpacked bytes. Returns 0 only at the end.
  ///
  /// Bytes unpacked before a fault are returned before the fault is thrown.
  public func read(into buffer: UnsafeMutableRawBufferPointer) throws(MalformedInput) -> Int {
    if buffer.isEmpty { return 0 }
    if let rest { return try read(rest, into: buffer) }
    if !head.isEmpty { return takeHead(into: buffer) }
    guard let utf16 else { return try readUnpacked(into: buffer) }
    guard buffer.count < 4 else { return try utf16.read(into: buffer, from: readUnpacked) }
    // The buffer is too small for a character: convert one at a time and return it in parts.
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

  /// Copies the rest of the input to a temporary file that can be read repeatedly. ``read(into:)`` continues from that
  /// file.
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
    case .unpacker(let unpacker): return try unpacker.read(into: buffer)
    }
  }
}
