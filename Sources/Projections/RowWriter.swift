import EventModel
import JSONTape

/// Where a reducer writes its data: canonical JSON, and the trouble of a value JSON does not have.
package struct RowWriter {
  package var json: CanonicalWriter

  package init(output: ByteArena) { json = CanonicalWriter(output: output) }

  mutating func strings(_ texts: [String]) {
    json.beginArray()
    for text in texts { json.string(text) }
    json.endArray()
  }

  mutating func literals(_ texts: [StaticString]) {
    json.beginArray()
    for text in texts { json.literal(text) }
    json.endArray()
  }
}

extension CanonicalWriter {
  /// What all rows have between two of their values, in one piece: see ``leading(_:)``.
  @inline(__always)
  mutating func leading(_ json: StaticString) { leading(UnsafeRawBufferPointer(json)) }
}

/// Pieces of JSON that many rows have, written once and kept for good.
final class RowPieces {
  private let memory = Scratch()
  private let output = ByteArena()

  /// Keeps what `write` writes.
  func piece(_ write: (inout RowWriter) -> Void) -> UnsafeRawBufferPointer {
    output.count = 0
    var writer = RowWriter(output: output)
    write(&writer)
    return memory.keep(output.bytes)
  }
}
