import EventModel
import TestSupport
import Testing

@testable import EventLog

/// Repeats of an event are dropped, and counted, when runs are made and when they are merged.
@Suite("event-log.md: repeats of an event are folded away")
struct RunsRepeatsTests {
  private struct Made {
    var id: EventID
    var content: UInt64
    var type: UInt8 = 1
  }

  private func add(_ made: Made, of user: UserID, to builder: RunBuilder) throws {
    try builder.makeRoom(forRecordOf: 100)
    let offset = builder.arena.count
    builder.arena.reserve(EventLayout.headSize + 100)
    builder.arena.put(
      EventHead(
        timestamp: Instant(microseconds: 7), id: made.id, createdAt: Instant(microseconds: 0), content: made.content,
        payloadLength: 100, type: made.type, flags: []))
    builder.arena.count = offset + EventLayout.headSize + 100
    builder.add(from: offset, of: user)
  }

  private func history(_ runs: [SortedRun]) throws -> [EventID] {
    let merger = try UserMerger(runs, slice: UserSlice(lower: nil, upper: nil), bufferSize: 4096)
    var ids: [EventID] = []
    while try merger.next() { ids += merger.history.events.map(\.id) }
    return ids
  }

  @Test("one of many copies in a run is left", arguments: [1 << 20, 1 << 26])
  func dropped(budget: Int) throws {
    var random = SeededGenerator(seed: 5)
    let folder = try TemporaryFolder()
    let builder = RunBuilder(budget: budget, window: 1 << 20, directory: folder.path)
    let users = (1...3).map { UserID(high: 0, low: $0) }
    // Ids with a common beginning. The third user has few records.
    var expected: Set<EventID> = []
    for number in 0..<60_000 {
      let user = number % 6000 == 0 ? 2 : Int(random.next() % 2)
      let low = random.next() % 4 + UInt64(user) * 8
      expected.insert(EventID(high: 1, low: low))
      try add(
        Made(id: EventID(high: 1, low: low), content: low << 8, type: UInt8(low % 2)), of: users[user], to: builder)
      if number % 1000 == 0 { try builder.add(seed: users[user]) }
    }
    let runs = try builder.finish()
    let left = try runs.reduce(0) { sum, run in
      var count = 0
      let cursor = try RunCursor(run, slice: UserSlice(lower: nil, upper: nil), bufferSize: 1 << 16)
      while !cursor.isAtEnd {
        let arena = ByteArena()
        try cursor.take(arena)
        var offset = 0
        while offset < arena.count {
          let event = Event(arena.base + offset)
          if event.type != EventHead.userSeed { count += 1 }
          offset += event.size
        }
      }
      return sum + count
    }
    // At most, all repeats in the last run are left.
    #expect(left < runs.count * 50 + 4 * FoldedRepeats.manyEvents)
    #expect(try history(runs) == expected.sorted())
  }

  @Test("merging collects the copies of many runs and keeps one")
  func merged() throws {
    let folder = try TemporaryFolder()
    // Each run has so few events that it keeps all copies.
    let runs = try (0..<60).flatMap { _ in
      let builder = RunBuilder(budget: 1, directory: folder.path)
      for number in 0..<500 {
        try add(
          Made(id: EventID(high: UInt64(number % 5) << 60, low: 1), content: 8), of: UserID(high: 0, low: 1),
          to: builder)
        try builder.add(seed: UserID(high: 0, low: 1))
      }
      return try builder.finish()
    }
    let merger = try UserMerger(runs, slice: UserSlice(lower: nil, upper: nil), bufferSize: 4096)
    #expect(try merger.next())
    #expect(merger.history.events.map { $0.id.high >> 60 } == [0, 1, 2, 3, 4])
    #expect(merger.history.events.allSatisfy { $0.payloadLength == 100 && $0.content == 8 })
    #expect(merger.history.isExported)
    #expect(try !merger.next())
  }

  @Test("the places of a conflict do not depend on the order of the entries", arguments: 0..<6)
  func conflictPlaces(order: Int) throws {
    let lines: [(content: UInt64, chunk: Int)] = [(8, 1), (16, 2), (8, 3)]
    let orders = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]]
    var distinct = DistinctEntries(expecting: 1)
    var audit = LedgerAudit()
    for line in orders[order].map({ lines[$0] }) {
      let place = LedgerPlace(chunk: line.chunk, line: 0, byte: 0)
      audit.enter(LedgerEntry(id: EventID(high: 1, low: 1), content: line.content, place: place), into: &distinct)
    }
    audit.finish(distinct)
    #expect(audit.conflict?.first.chunk == 1)
    #expect(audit.conflict?.second.chunk == 2)
    #expect(audit.duplicates == 1)
    #expect(audit.folded == 1)
  }
}
