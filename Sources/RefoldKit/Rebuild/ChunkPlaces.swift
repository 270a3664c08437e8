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

  private func position(_ place: LedgerPlace) -> LogPosition {
    guard let start = starts.withLock({ $0[place.chunk] }) else {
      preconditionFailure("a place in a chunk that was read")
    }
    return LogPosition(file: start.file, line: start.line + place.line, byteOffset: start.byteOffset + place.byte)
  }

  func conflict(_ places: (first: LedgerPlace, second: LedgerPlace)) -> MalformedInput {
    MalformedInput(
      at: position(places.second), field: "id",
      reason: "the id of another event with other content, at \(position(places.first))")
  }
}
