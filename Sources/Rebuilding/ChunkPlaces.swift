import EventLog
import EventModel
import Synchronization

/// The start of each chunk of the log. Converts ledger places to log positions.
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

  /// The fault of two records with the same id and different content. Its reason says so if only the form of numbers
  /// differs.
  func conflict(
    _ places: (first: LedgerPlace, second: LedgerPlace), _ plan: IngestPlan, canReadAgain: Bool
  ) throws -> MalformedInput {
    let (first, second) = (position(places.first), position(places.second))
    var reason = "the id of another event with other content, at \(first)"
    if canReadAgain, let (one, other) = try contents(at: first, second, plan), one.isSame(as: other) {
      reason +=
        "; they differ only in how a number is written (100 and 100.0 are two values): take both from one export"
    }
    return MalformedInput(at: second, field: "id", reason: reason)
  }

  /// Reads the log again for the columns of two records; `nil` if one of them is not found.
  private func contents(
    at first: LogPosition, _ second: LogPosition, _ plan: IngestPlan
  ) throws -> (RecordContent, RecordContent)? {
    var found: [LogPosition: RecordContent] = [:]
    try RecordContent.each(of: plan, at: [first, second]) { found[$0] = $1 }
    guard let one = found[first], let other = found[second] else { return nil }
    return (one, other)
  }
}
