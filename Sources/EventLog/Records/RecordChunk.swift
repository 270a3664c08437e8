import EventModel

/// A run of whole records of one file, in one reusable buffer.
///
/// Owned by one thread at a time: a reader fills it, then whoever holds it parses it; that is why it may be sent
/// although nothing in it is locked.
public final class RecordChunk: @unchecked Sendable {
  /// Position among all chunks of a reader: 0, 1, 2 … in the order of the input.
  public internal(set) var index = 0
  /// Which of the reader's paths.
  public internal(set) var shard = 0
  /// The path as the operator gave it.
  public internal(set) var file = ""
  /// One-based physical line of the first byte.
  public internal(set) var firstLine = 1
  /// Zero-based offset of the first byte in the unpacked file.
  public internal(set) var byteOffset = 0
  /// What the records are rows of.
  public internal(set) var table = TableKind.events
  /// How the bytes read: `.ndjson`, `.csv`, `.copyText` or `.pgDump`. The blocks of a dump are `.copyText`, the rows of its
  /// INSERT statements `.pgDump`; the elements of an array are `.ndjson`.
  public internal(set) var form = RecordForm.ndjson
  /// Whether the records are of one JSON document: one that is no JSON leaves nothing certain after it.
  public internal(set) var isOneDocument = false
  /// Which field is which column; `nil` for NDJSON.
  public internal(set) var columns: ColumnLayout?

  /// What was read; the records are a part of it.
  let buffer = ByteBuffer()
  /// Where the records lie in the buffer.
  var content = 0..<0
  /// Where the line feeds among the records stand, 32-bit offsets from the first record on; of NDJSON only.
  let lineEnds = ByteArena()
  /// Where each record is; of JSON that is not written a record a line.
  let bounds = ByteArena()

  public init() {}

  /// The records, line ends included; at least ``padding`` readable bytes follow.
  public var bytes: UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(start: buffer.base + content.lowerBound, count: content.count)
  }

  /// Bytes of the records.
  public var count: Int { content.count }
}
