import EventModel
import JSONTape

/// A JSON document in the form that reducers get, packed and normalised, and its hash.
package struct PackedJSON: Equatable {
  package var packed: [UInt8]
  package var hash: ContentHash

  /// Which parser reads the document.
  package enum Path: Sendable, CaseIterable {
    /// simdjson, then the exact parser if a number needs it.
    case fast
    /// The exact parser only.
    case exact
  }

  package init(_ text: String, by path: Path = .fast) throws { try self.init(Array(text.utf8), by: path) }

  package init(_ text: [UInt8], by path: Path = .fast) throws {
    let padded = text + [UInt8](repeating: 0x20, count: TapeParser.padding)
    let parser = TapeParser()
    let walker = TapeWalker()
    let output = ByteArena()
    var written = 0
    hash = try padded.withUnsafeBytes { buffer in
      let document = UnsafeRawBufferPointer(rebasing: buffer[..<text.count])
      func walk(_ tape: Tape) throws -> ContentHash {
        output.reserve(text.count * 5 + 256 + tape.stringBytes)
        walker.output = PackedWriter(output.base)
        walker.begin(tape, of: document)
        let hash = try walker.walk(Tape.root, pack: true)
        written = walker.output.cursor - output.base
        return hash
      }
      if path == .exact { return try walk(try parser.parseExactly(document)) }
      do {
        return try walk(try parser.parse(document))
      } catch let fault as JSONFault where fault == TapeWalker.needsExactNumbers {
        return try walk(try parser.parseExactly(document))
      }
    }
    packed = Array(unsafeUninitializedCapacity: written + ByteArena.slack) { bytes, count in
      UnsafeMutableRawBufferPointer(bytes).copyMemory(
        from: UnsafeRawBufferPointer(start: output.base, count: written))
      count = written
    }
  }

  /// Canonical JSON of the packed value.
  package var canonical: String {
    let output = ByteArena()
    var writer = CanonicalWriter(output: output)
    packed.withUnsafeBytes { writer.value(JSONValue($0.baseAddress!)) }
    return String(decoding: output.bytes, as: UTF8.self)
  }

  package var kind: JSONValue.Kind { packed.withUnsafeBytes { JSONValue($0.baseAddress!).kind } }
}
