/// A position in the input.
public struct LogPosition: Hashable, Sendable {
  /// The path as the operator gave it, `-` for standard input.
  package var file: Foreign
  /// One-based physical line in the decompressed bytes; a CSV record counts from its first line.
  public var line: Int
  /// Zero-based offset in the decompressed bytes of the first byte of the record.
  public var byteOffset: Int

  public init(file: String, line: Int, byteOffset: Int) {
    self.file = Foreign(file)
    self.line = line
    self.byteOffset = byteOffset
  }

  /// Somewhere in a packed log: records have no places there.
  public init(packed file: String) { self.init(file: file, line: 0, byteOffset: -1) }

  /// Whether the file is a packed log.
  public var isPacked: Bool { byteOffset < 0 }
}

extension LogPosition: CustomStringConvertible {
  /// `events.ndjson:12 (byte 4711)`.
  public var description: String {
    isPacked ? "\(file.raw) (packed log)" : "\(file.raw):\(line) (byte \(byteOffset))"
  }
}

/// Input that cannot be an event log record. Holds the place and the reason, never the payload.
public struct MalformedInput: Error, Hashable, Sendable {
  /// `nil` if the whole file is at fault (empty, a directory, of no known format).
  public var position: LogPosition?
  /// The file at fault, with or without a position in it.
  public var file: String
  /// The column or key at fault, if there is a single one.
  public var field: String?
  /// What is wrong, without any of the record's content.
  public var reason: String
  /// Whether nothing after this record can be trusted; such a record is never set aside.
  public var stopsRun = false

  public init(at position: LogPosition, field: String? = nil, reason: String, stopsRun: Bool = false) {
    self.position = position
    self.file = position.file.raw
    self.field = field
    self.reason = reason
    self.stopsRun = stopsRun
  }

  public init(file: String, reason: String) {
    self.position = nil
    self.file = file
    self.field = nil
    self.reason = reason
  }
}

extension MalformedInput: CustomStringConvertible {
  public var description: String {
    let place = position.map(\.description) ?? file
    let part = field.map { ": \($0)" } ?? ""
    return "\(place)\(part): \(reason)"
  }
}
