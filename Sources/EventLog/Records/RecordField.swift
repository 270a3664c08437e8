/// One column's value in a CSV or COPY record, unescaped. Valid until the splitter moves on.
public struct RecordField: BitwiseCopyable {
  let start: UnsafeRawPointer
  /// Length in bytes; -1 for NULL.
  let length: Int

  @inline(__always)
  init(_ start: UnsafeRawPointer, _ length: Int) {
    self.start = start
    self.length = length
  }

  /// Whether the value is NULL, or the file has no such column.
  public var isNull: Bool { length < 0 }

  /// The value's bytes; at least ``RecordChunk/padding`` readable bytes follow. Empty for NULL.
  public var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: start, count: max(length, 0)) }
}
