import EventModel
import JSONTape

/// Parses bytes with simdjson and with the exact parser: hash and packed value must be equal, or both must refuse.
final class NumberCheck {
  private let fast = Normaliser()
  private let exact = Normaliser()

  func check(_ bytes: [UInt8]) -> CheckResult {
    let quick = fast.normalise(bytes, exactly: false)
    let slow = exact.normalise(bytes, exactly: true)
    switch (quick, slow) {
    // The decoder reads these again exactly.
    case (.failure(TapeWalker.needsExactNumbers), _): return (try? slow.get()) == nil ? .refused : .taken
    case (.success(let a), .success(let b)): return a == b ? .taken : .wrong("simdjson and the exact parser differ")
    case (.failure, .failure): return .refused
    case (.success, .failure(let fault)): return .wrong("only the exact parser refuses: \(fault.reason)")
    case (.failure(let fault), .success): return .wrong("only simdjson refuses: \(fault.reason)")
    }
  }
}

/// A value as the decoder keeps it.
struct Normal: Equatable {
  var hash: ContentHash
  var packed: [UInt8]
  var hasTooLongInteger: Bool
}

private final class Normaliser {
  private let parser = TapeParser()
  private let arena = ByteArena()
  private let walker = TapeWalker()

  func normalise(_ bytes: [UInt8], exactly: Bool) -> Result<Normal, JSONFault> {
    (bytes + [UInt8](repeating: 0x20, count: TapeParser.padding)).withUnsafeBytes { padded in
      let document = UnsafeRawBufferPointer(rebasing: padded[..<bytes.count])
      do throws(JSONFault) {
        let tape = exactly ? try parser.parseExactly(document) : try parser.parse(document)
        arena.count = 0
        arena.reserve(DocumentPacker.room(for: bytes.count) + tape.stringBytes)
        walker.begin(tape, of: document)
        walker.output = PackedWriter(arena.base)
        walker.sawTooLongInteger = false
        let hash = try walker.walk(Tape.root, pack: true)
        arena.count = walker.output.cursor - arena.base
        return .success(Normal(hash: hash, packed: Array(arena.bytes), hasTooLongInteger: walker.sawTooLongInteger))
      } catch {
        return .failure(error)
      }
    }
  }
}
