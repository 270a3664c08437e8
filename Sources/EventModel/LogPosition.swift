/// Where in the input something stands.
package struct LogPosition: Hashable, Sendable {
  /// The path as the operator gave it, `-` for standard input.
  package var file: String
  /// One-based physical line in the decompressed bytes; a CSV record counts from its first line.
  package var line: Int
  /// Zero-based offset in the decompressed bytes of the first byte of the record.
  package var byteOffset: Int

  package init(file: String, line: Int, byteOffset: Int) {
    self.file = file
    self.line = line
    self.byteOffset = byteOffset
  }
}

extension LogPosition: CustomStringConvertible {
  /// `events.ndjson:12 (byte 4711)`.
  package var description: String { "\(file):\(line) (byte \(byteOffset))" }
}

/// Input that cannot be an event log record. Holds where and why, never the payload.
package struct MalformedInput: Error, Hashable, Sendable {
  /// `nil` when the whole file is at fault (empty, a directory, of no known form).
  package var position: LogPosition?
  /// The file at fault when there is no position in it.
  package var file: String
  /// The column or key the fault is in, if it is in one.
  package var field: String?
  /// What is wrong, in words, without any of the record's content.
  package var reason: String

  package init(at position: LogPosition, field: String? = nil, reason: String) {
    self.position = position
    self.file = position.file
    self.field = field
    self.reason = reason
  }

  package init(file: String, reason: String) {
    self.position = nil
    self.file = file
    self.field = nil
    self.reason = reason
  }
}

extension MalformedInput: CustomStringConvertible {
  package var description: String {
    let place = position.map(\.description) ?? file
    let where_ = field.map { ": \($0)" } ?? ""
    return "\(place)\(where_): \(reason)"
  }
}
