import EventLog
import EventModel
import JSONTape

/// Malformed records as lines of the quarantine file, kept on disk until all are known. One per thread.
///
/// The lines of a chunk are contiguous and in order. Each chunk has a rank, by which the lines of all threads are put
/// back into input order. Memory: one buffer, and an entry for each chunk with a malformed record.
final class QuarantineSpool: @unchecked Sendable {
  /// The lines of one chunk.
  struct Piece {
    var rank: UInt64
    var start: Int
    var end: Int
    var spool: QuarantineSpool
  }

  private let directory: String
  private var file: SpillFile?
  private let buffer = ByteArena()
  private var size = 0
  private var chunks: [(rank: UInt64, start: Int)] = []
  private var rank: UInt64 = 0

  /// - Parameter directory: directory for the spool's file.
  init(directory: String) { self.directory = directory }

  /// Begins a chunk of the given rank.
  func begin(_ rank: UInt64) { self.rank = rank }

  /// Adds a malformed record of the current chunk, with its bytes as in the input.
  func add(_ fault: MalformedInput, _ record: UnsafeRawBufferPointer) throws(StorageFault) {
    if chunks.last?.rank != rank { chunks.append((rank, size)) }
    let before = buffer.count
    write(fault, record)
    size += buffer.count - before
    if buffer.count >= 1 << 18 { try flush() }
  }

  /// Returns the lines of each chunk. Call after all records were added.
  func finish() throws(StorageFault) -> [Piece] {
    try flush()
    return chunks.indices.map {
      Piece(
        rank: chunks[$0].rank, start: chunks[$0].start, end: $0 + 1 < chunks.count ? chunks[$0 + 1].start : size,
        spool: self)
    }
  }

  func read(_ target: UnsafeMutableRawBufferPointer, at offset: Int) throws(StorageFault) -> Int {
    try file?.read(target, at: offset) ?? 0
  }

  private func flush() throws(StorageFault) {
    if buffer.isEmpty { return }
    if file == nil { file = try SpillFile(directory: directory) }
    try file?.append(buffer.bytes)
    buffer.count = 0
  }

  private func write(_ fault: MalformedInput, _ record: UnsafeRawBufferPointer) {
    var writer = CanonicalWriter(output: buffer)
    writer.beginObject()
    writer.key("file")
    writer.string(fault.file)
    writer.key("line")
    writer.integer(fault.position?.line ?? 0)
    writer.key("byte_offset")
    writer.integer(fault.position?.byteOffset ?? 0)
    writer.key("field")
    if let field = fault.field { writer.string(field) } else { writer.null() }
    writer.key("reason")
    writer.string(fault.reason)
    if String(validating: record, as: UTF8.self) != nil {
      writer.key("record")
      writer.string(record)
    } else {
      writer.key("record_base64")
      writer.string(base64(record))
    }
    writer.endObject()
    buffer.append(0x0A)
  }
}

/// RFC 4648, with padding. O(n).
func base64(_ bytes: UnsafeRawBufferPointer) -> String {
  let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
  var text: [UInt8] = []
  text.reserveCapacity((bytes.count + 2) / 3 * 4)
  for start in stride(from: 0, to: bytes.count, by: 3) {
    let count = min(3, bytes.count - start)
    var word = 0
    for offset in 0..<3 { word = word << 8 | (offset < count ? Int(bytes[start + offset]) : 0) }
    for digit in 0..<4 {
      text.append(digit <= count ? digits[word >> (18 - 6 * digit) & 63] : UInt8(ascii: "="))
    }
  }
  return String(decoding: text, as: UTF8.self)
}
