import EventModel

/// Consecutive whole records of one file, in one reusable buffer.
///
/// Owned by one thread at a time: a reader fills it, then its holder parses it. So it is `Sendable` without a lock.
public final class RecordChunk: @unchecked Sendable {
  /// Position among all chunks of a reader, ascending in the order of the input: 0, 1, 2 …, with gaps if files are read
  /// side by side (``ChunkReader/readSideBySide(_:)``).
  public internal(set) var index = 0
  /// Index of the file among the reader's paths.
  public internal(set) var shard = 0
  /// The path as the operator gave it.
  public internal(set) var file = ""
  /// One-based physical line of the first byte.
  public internal(set) var firstLine = 1
  /// Zero-based offset of the first byte in the unpacked file.
  public internal(set) var byteOffset = 0
  /// The table that the records belong to.
  public internal(set) var table = TableKind.events
  /// The form of the bytes: `.ndjson`, `.csv`, `.copyText` or `.pgDump`. A dump's COPY blocks are `.copyText`, the rows
  /// of its INSERT statements `.pgDump`. The elements of a JSON array are `.ndjson`.
  public internal(set) var form = RecordForm.ndjson
  /// Whether the records are parts of one JSON document. If one of them is not JSON, everything after it is uncertain.
  public internal(set) var isOneDocument = false
  /// Maps fields to columns; `nil` for NDJSON.
  public internal(set) var columns: ColumnLayout?

  /// The bytes that were read. ``content`` is the range of the records.
  let buffer = ByteBuffer()
  /// Range of the records in the buffer.
  var content = 0..<0
  /// Offsets of the line feeds among the records, as 32-bit numbers from the first record on. NDJSON only.
  let lineEnds = ByteArena()
  /// A ``RecordBound`` for each record. Only for JSON that is not written as one record per line.
  let bounds = ByteArena()

  public init() {}

  /// The records, including line ends. At least ``padding`` readable bytes follow.
  public var bytes: UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(start: buffer.base + content.lowerBound, count: content.count)
  }

  /// Number of bytes of the records.
  public var count: Int { content.count }
}
