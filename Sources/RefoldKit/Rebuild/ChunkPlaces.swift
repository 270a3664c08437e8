import EventLog
import EventModel
import Synchronization

/// Where each chunk of the log began: turns places of the ledger back into positions.
final class ChunkPlaces: Sendable {
  private struct Start {
    var file: String
    var line: Int
    var byteOffset: Int
  }

  private let starts = Mutex<[Int: Start]>([:])

  func note(_ chunk: RecordChunk) throws {
    let start = Start(file: chunk.file, line: chunk.firstLine, byteOffset: chunk.byteOffset)
    starts.withLock { $0[chunk.index] = start }
  }

  private func position(_ place: UInt64) -> LogPosition {
    let (chunk, line, byte) = LedgerPlace.unpack(place)
    guard let start = starts.withLock({ $0[chunk] }) else { preconditionFailure("a place in a chunk that was read") }
    return LogPosition(file: start.file, line: start.line + line, byteOffset: start.byteOffset + byte)
  }

  func conflict(_ places: (first: UInt64, second: UInt64)) -> MalformedInput {
    MalformedInput(
      at: position(places.second), field: "id",
      reason: "the id of another event with other content, at \(position(places.first))")
  }
}
