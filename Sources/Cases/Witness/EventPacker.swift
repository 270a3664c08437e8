import EventLog
import EventModel
import Folding
import JSONTape

/// Packs lines as events. One instance per thread.
final class EventPacker {
  /// The user of the packed events; no reducer reads it.
  static let user = UserID(high: 0, low: 0)

  private let arena = ByteArena(capacity: 1 << 14)
  private let decoder: EventDecoder

  init(_ vocabulary: Vocabulary) {
    decoder = EventDecoder(
      vocabulary: vocabulary.tables, arena: arena)
  }

  /// Returns memory that the caller frees; `nil` when the line is not an event.
  func pack(_ line: [UInt8]) -> UnsafeMutableRawPointer? {
    arena.count = 0
    let padded = line + [UInt8](repeating: 0x20, count: TapeParser.padding)
    let isEvent = padded.withUnsafeBytes { bytes in
      do throws(RecordFault) {
        try decoder.decode(line: UnsafeRawBufferPointer(rebasing: bytes[..<line.count]))
        return true
      } catch {
        return false
      }
    }
    guard isEvent else { return nil }
    let memory = UnsafeMutableRawPointer.allocate(byteCount: arena.count + ByteArena.slack, alignment: 16)
    memory.copyMemory(from: arena.base, byteCount: arena.count)
    return memory
  }
}
