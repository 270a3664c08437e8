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

  /// The number that the ledger has for a pack, as for a chunk. It is higher than that of any chunk of an export.
  static func chunk(ofPack pack: Int) -> Int { 1 << 36 | pack }

  private func position(_ place: LedgerPlace) -> LogPosition {
    guard let start = starts.withLock({ $0[place.chunk] }) else {
      preconditionFailure("a place in a chunk that was read")
    }
    return LogPosition(file: start.file, line: start.line + place.line, byteOffset: start.byteOffset + place.byte)
  }

  /// The fault of two records with the same id and different content. Its reason says so if only the form of numbers
  /// differs.
  func conflict(
    _ places: (first: LedgerPlace, second: LedgerPlace), _ plan: IngestPlan, _ inputs: LogInputs, canReadAgain: Bool
  ) throws -> MalformedInput {
    if places.second.chunk >= ChunkPlaces.chunk(ofPack: 0) { return conflict(places, inputs) }
    let (first, second) = (position(places.first), position(places.second))
    var reason = "the id of another event with other content, at \(first)"
    if canReadAgain, let (one, other) = try contents(at: first, second, plan, inputs), one.isSame(as: other) {
      reason +=
        "; they differ only in how a number is written (100 and 100.0 are two values): take both from one export"
    }
    return MalformedInput(at: second, field: "id", reason: reason)
  }

  /// The same where the second event is in a pack.
  private func conflict(
    _ places: (first: LedgerPlace, second: LedgerPlace), _ inputs: LogInputs
  ) -> MalformedInput {
    func pack(_ place: LedgerPlace) -> String {
      let number = place.chunk - ChunkPlaces.chunk(ofPack: 0)
      return Foreign(
        number < inputs.packs.count ? inputs.packs[number].path : inputs.pieces[number - inputs.packs.count]
      )
      .text
    }
    let reason =
      "the id of another event with other content, in the packed log \(pack(places.second)); pack --replace FILE takes "
      + "the records of FILE in place of packed ones"
    if places.first.chunk >= ChunkPlaces.chunk(ofPack: 0) {
      var fault = MalformedInput(file: pack(places.first), reason: reason)
      fault.field = "id"
      return fault
    }
    return MalformedInput(at: position(places.first), field: "id", reason: reason)
  }

  /// Reads the log again for the columns of two records; `nil` if one of them is not found.
  private func contents(
    at first: LogPosition, _ second: LogPosition, _ plan: IngestPlan, _ inputs: LogInputs
  ) throws -> (RecordContent, RecordContent)? {
    var found: [LogPosition: RecordContent] = [:]
    try RecordContent.each(of: plan, inputs.files, at: [first, second]) { found[$0] = $1 }
    guard let one = found[first], let other = found[second] else { return nil }
    return (one, other)
  }
}
