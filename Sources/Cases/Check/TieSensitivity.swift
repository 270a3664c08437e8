import EventLog
import EventModel
import Folding
import Rebuilding
import Reporting
import Running
import SnapshotStore
import Synchronization

/// Finds the rows that depend on the order of ids among events with equal timestamps.
///
/// log → histories; for each history with equal timestamps: its rows × the rows of the history with those events
/// reordered. Reducers see only the order: they use ids as references only. Memory: as a rebuild.
package func tieSensitivity(_ plan: ProvePlan) throws -> TieReport {
  var input = IngestPlan(plan.catalogue.vocabulary)
  input.logs = plan.logs
  input.users = plan.users
  input.reading = plan.reading
  input.resources = plan.resources
  let log = try ingest(input, ProgressMeter())
  guard let asOf = plan.asOf ?? log.newest else { throw RefoldError.noEventToTakeAsOfFrom }
  let profile = try plan.catalogue.loadProfile(plan.profile)
  let slices = UserSlice.cut(log.runs, target: plan.resources.sliceSize(of: log))
  let bufferSize = plan.resources.readBufferSize(runs: log.runs.count)
  let next = Atomic(0)
  let found = Mutex(TieReport())
  let errors = FirstError()
  onThreads(plan.resources.threads) { _ in
    var mine = TieReport()
    let fold = UserFold(plan.catalogue, profile: profile)
    do {
      while !errors.isSet {
        let piece = next.wrappingAdd(1, ordering: .relaxed).oldValue
        if piece >= slices.count { break }
        let merger = try UserMerger(log.runs, slice: slices[piece], bufferSize: bufferSize)
        while try merger.next() { try mine.note(merger.history, fold, asOf, plan.catalogue.names) }
      }
    } catch {
      errors.note(error)
    }
    found.withLock { $0.add(mine) }
  }
  try errors.throwIfSet()
  return found.withLock { report in
    report.rows.sort { ($0.user, $0.projection) < ($1.user, $1.projection) }
    return report
  }
}

extension TieReport {
  fileprivate mutating func note(
    _ history: UserHistory, _ fold: UserFold, _ asOf: Instant, _ names: [ProjectionName]
  ) throws {
    let user = FoldedUser(history.user, isExported: history.isExported)
    let ties = TieReport.ties(history.events)
    if ties.isEmpty { return }
    users += 1
    groups += ties.count
    events += ties.reduce(0) { $0 + $1.count }
    let rows = try TieReport.rows(history.events, of: user, fold, asOf, names)
    var changed: [String: Row] = [:]
    // Reverse the events of each tie. If a tie has three or more events, also rotate each tie by one.
    for turn in 0..<(ties.contains { $0.count > 2 } ? 2 : 1) {
      var events = history.events
      for tie in ties {
        if turn == 0 {
          events[tie].reverse()
        } else {
          events.replaceSubrange(tie, with: Array(events[tie].dropFirst()) + [events[tie.lowerBound]])
        }
      }
      let others = try TieReport.rows(events, of: user, fold, asOf, names)
      for name in Set(rows.keys).union(others.keys).sorted() where rows[name] != others[name] {
        let isOnlyBookkeeping = rows[name]?.data == others[name]?.data
        if let known = changed[name], known.isOnlyLastEvent == false || isOnlyBookkeeping { continue }
        var row = Row(user: history.user, projection: name, isOnlyLastEvent: isOnlyBookkeeping)
        if let mine = rows[name], let other = others[name] {
          let place = try firstDifference(mine.data, other.data)
          row.path = (place?.path ?? (isOnlyBookkeeping ? "last_event_id" : nil)).map { Foreign($0) }
          row.first = Foreign(place?.first ?? mine.lastEvent)
          row.second = Foreign(place?.second ?? other.lastEvent)
        }
        changed[name] = row
      }
    }
    for name in changed.keys.sorted() { if let row = changed[name] { self.rows.append(row) } }
  }

  /// The ranges of two or more events with equal timestamps.
  private static func ties(_ events: [Event]) -> [Range<Int>] {
    var ties: [Range<Int>] = []
    var start = 0
    for end in 1...max(1, events.count) {
      if end < events.count, events[end].timestamp == events[start].timestamp { continue }
      if end - start > 1 { ties.append(start..<end) }
      start = end
    }
    return ties
  }

  private struct Folded: Equatable {
    var data: [UInt8]
    var lastEvent: String
  }

  private static func rows(
    _ events: [Event], of user: FoldedUser, _ fold: UserFold, _ asOf: Instant, _ names: [ProjectionName]
  ) throws(OutsideFault) -> [String: Folded] {
    var sink = Sink(names: names)
    try fold.fold(events, of: user, asOf: asOf, into: &sink)
    return sink.rows
  }

  private struct Sink: FoldSink {
    let names: [ProjectionName]
    var rows: [String: Folded] = [:]

    mutating func row(_ number: Int, data: UnsafeRawBufferPointer, lastEvent: EventID?) {
      rows[names[number].description] = Folded(data: Array(data), lastEvent: lastEvent.map { "\"\($0)\"" } ?? "null")
    }

    mutating func failed(type: String, _ failure: ReducerFailure) {
      // Which event is refused first may depend on the order. Whether one is refused must not.
      rows[type] = Folded(data: Array("\"\(failure.code.rawValue)\"".utf8), lastEvent: "")
    }
  }
}
