/// A run of whole records of one file, in one reusable buffer.
///
/// Owned by one thread at a time: a reader fills it, then whoever holds it parses it; that is why it may be sent
/// although nothing in it is locked.
package final class RecordChunk: @unchecked Sendable {
  /// Readable bytes behind the content, as fast JSON parsers want them.
  package static let padding = ByteBuffer.padding

  /// Position among all chunks of a reader: 0, 1, 2 … in the order of the input.
  package internal(set) var index = 0
  /// Which of the reader's paths.
  package internal(set) var shard = 0
  /// The path as the operator gave it.
  package internal(set) var file = ""
  /// One-based physical line of the first byte.
  package internal(set) var firstLine = 1
  /// Zero-based offset of the first byte in the unpacked file.
  package internal(set) var byteOffset = 0
  /// What the records are rows of.
  package internal(set) var table = TableKind.events
  /// How the bytes read: `.ndjson`, `.csv` or `.copyText`; a dump's blocks are `.copyText`.
  package internal(set) var form = RecordForm.ndjson
  /// Which field is which column; `nil` for NDJSON.
  package internal(set) var columns: ColumnLayout?

  /// What was read; the records are a part of it.
  let buffer = ByteBuffer()
  /// Where the records lie in the buffer.
  var content = 0..<0

  package init() {}

  /// The records, line ends included; at least ``padding`` readable bytes follow.
  package var bytes: UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(start: buffer.base + content.lowerBound, count: content.count)
  }

  /// Bytes of the records.
  package var count: Int { content.count }
}
