import EventModel
import JSONTape

/// Where a reducer writes its data: canonical JSON, and the trouble of a value JSON does not have.
public struct RowWriter {
  public var json: CanonicalWriter

  package init(output: ByteArena) { json = CanonicalWriter(output: output) }

  public mutating func strings(_ texts: [String]) {
    json.beginArray()
    for text in texts { json.string(text) }
    json.endArray()
  }

  public mutating func literals(_ texts: [StaticString]) {
    json.beginArray()
    for text in texts { json.literal(text) }
    json.endArray()
  }
}

extension CanonicalWriter {
  /// What all rows have between two of their values, in one piece: see ``leading(_:)``.
  @inline(__always)
  public mutating func leading(_ json: StaticString) { leading(UnsafeRawBufferPointer(json)) }
}

/// Pieces of JSON that many rows have, written once and kept for good.
public final class RowPieces {
  private let memory = Scratch()
  private let output = ByteArena()

  public init() {}

  /// Keeps what `write` writes.
  public func piece(_ write: (inout RowWriter) -> Void) -> UnsafeRawBufferPointer {
    output.count = 0
    var writer = RowWriter(output: output)
    write(&writer)
    return memory.keep(output.bytes)
  }
}
