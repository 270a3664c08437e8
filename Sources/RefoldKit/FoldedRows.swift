import EventLog
import EventModel
import Folding
import JSONTape
import Reporting
import Running

/// Why ``Refold/rows(of:asOf:)`` gives no rows.
public struct FoldError: Error, Sendable, CustomStringConvertible {
  public let description: String
}

extension Refold {
  /// The rows that a complete rebuild would write, in memory: for tests of reducers.
  ///
  /// - Parameters:
  ///   - events: lines of NDJSON as the export of the events table has them, in any order, each event once.
  ///   - asOf: the instant of the rebuild, such as `2026-02-22T00:00:00Z`.
  /// - Returns: by user, type and key.
  /// - Throws: ``FoldError`` for a line that is no event, and where a reducer refuses an event.
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
      fold.fold(places.map { Event(arena.base + $0) }.sorted(by: Event.precedesInHistory), asOf: instant, into: &sink)
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
