import EventLog
import EventModel
import Folding
import JSONTape
import Reporting
import Running

/// The reason why ``Refold/rows(of:asOf:)`` returns no rows.
public struct FoldError: Error, Sendable, CustomStringConvertible {
  public let description: String
}

extension Refold {
  /// Returns the rows that a complete rebuild would write. Use it to test reducers.
  ///
  /// - Parameters:
  ///   - events: the lines of an NDJSON export of the events table, in any order, each event once.
  ///   - asOf: the instant of the rebuild, such as `2026-02-22T00:00:00Z`.
  /// - Returns: the rows, sorted by user, type and key.
  /// - Throws: ``FoldError`` if a line is no event, `asOf` is no instant, or a reducer fails.
  public func rows(of events: [String], asOf: String) throws -> [ProjectionRow] {
    let arena = ByteArena()
    let decoder = EventDecoder(vocabulary: catalogue.vocabulary.tables, arena: arena)
    var users: [UserID: [Int]] = [:]
    for (number, line) in events.enumerated() {
      let start = arena.count
      let padded = Array(line.utf8) + [UInt8](repeating: 0x20, count: TapeParser.padding)
      do {
        try padded.withUnsafeBytes {
          try decoder.decode(line: UnsafeRawBufferPointer(rebasing: $0[..<line.utf8.count]))
        }
      } catch let fault as RecordFault { throw FoldError(description: "line \(number + 1): \(fault.reason)") }
      users[decoder.user, default: []].append(start)
    }
    let fold = UserFold(catalogue, profile: catalogue.profile)
    let instant: Instant
    do throws(TimestampText.Fault) { instant = try TimestampText.parse(asOf) } catch {
      throw FoldError(description: "asOf: no instant")
    }
    var sink = RowSink(catalogue)
    for (user, places) in users.sorted(by: { $0.key < $1.key }) {
      sink.user = user
      try fold.fold(
        places.map { Event(arena.base + $0) }.sorted(by: Event.precedesInHistory),
        of: FoldedUser(user, isExported: false), asOf: instant, into: &sink)
    }
    if let failure = sink.failure { throw FoldError(description: failure) }
    return sink.rows
  }
}

private struct RowSink: FoldSink {
  private let names: [ProjectionName]
  var user = UserID(high: 0, low: 0)
  private(set) var rows: [ProjectionRow] = []
  private(set) var failure: String?

  init(_ catalogue: Catalogue) { names = catalogue.names }

  mutating func row(_ number: Int, data: UnsafeRawBufferPointer, lastEvent: EventID?) {
    rows.append(ProjectionRow(user: user, name: names[number], data: Array(data), lastEvent: lastEvent))
  }

  mutating func failed(type: String, _ failure: ReducerFailure) {
    let event = failure.event.map { ", event \($0)" } ?? ""
    self.failure = self.failure ?? "\(type), user \(user)\(event): \(failure.code.rawValue), \(failure.detail)"
  }
}
