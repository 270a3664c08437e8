import EventModel
import TestSupport
import Testing

@testable import EventLog

/// Fingerprints tell whether an id may occur twice in a log. The events with a repeated fingerprint then decide.
@Suite("event-log.md: ids that occur in the log more than once")
struct RunsFingerprintTests {
  /// All ids with this upper half have the same fingerprint.
  private static let collision: UInt64 = 0x9E37_79B9_7F4A_7C15

  @Test("fingerprints that repeat, with and without spilling", arguments: [1, 1 << 24])
  func repeated(budget: Int) throws {
    var random = SeededGenerator(seed: 3)
    let folder = try TemporaryFolder()
    let threads = (0..<3).map { _ in IDFingerprints(budget: budget, directory: folder.path) }
    var seen: Set<UInt64> = []
    var expected: Set<UInt64> = []
    for number in 0..<30_000 {
      let id = EventID(high: 7, low: random.next() % 100_000)
      if !seen.insert(id.low).inserted { expected.insert(IDFingerprints.of(id)) }
      try threads[number % 3].add(id)
    }
    for thread in threads { try thread.finish() }
    let found = try (0..<IDFingerprints.partitionCount).flatMap {
      try IDFingerprints.repeated(in: $0, of: threads)
    }
    #expect(found.sorted() == expected.sorted())
    #expect(!expected.isEmpty)
    #expect(threads.allSatisfy { ($0.spilledBytes > 0) == (budget == 1) })
    #expect(folder.names.isEmpty)
  }

  /// Examines events on two threads.
  private func examined(
    _ fingerprints: [UInt64], _ events: [(id: EventID, content: UInt64, type: UInt8)]
  ) -> RepeatedIDs {
    let threads = [RepeatedIDs(Set(fingerprints)), RepeatedIDs(Set(fingerprints))]
    for (number, event) in events.enumerated() where threads[0].contains(event.id) {
      threads[number % 2].add(event.id, content: event.content, bucket: event.type == 0 ? .unread : .folded)
    }
    threads[0].merge(threads[1])
    return threads[0]
  }

  @Test("duplicates")
  func duplicates() throws {
    var events: [(id: EventID, content: UInt64, type: UInt8)] = []
    for number in Array(0..<40) + Array(0..<20) as [UInt64] {
      events.append((EventID(high: 1, low: number), number << 8, UInt8(number % 2)))
    }
    let repeated = events.suffix(20).map { IDFingerprints.of($0.id) }
    let found = examined(repeated, events)
    #expect(found.folded == 20)
    #expect(found.unread == 20)
    #expect(found.audit.folded == 10)
    #expect(found.audit.unread == 10)
    #expect(found.audit.duplicates == 20)
    #expect(found.audit.conflict == nil)
  }

  @Test("two contents under one id are a conflict, whichever users the events belong to")
  func conflict() throws {
    let id = EventID(high: 1, low: 9)
    let found = examined([IDFingerprints.of(id)], [(id, 8, 1), (EventID(high: 2, low: 9), 16, 1), (id, 16, 0)])
    #expect(found.audit.conflict != nil)
    #expect(found.audit.conflictingIDs == [id])
  }

  @Test("two ids with one fingerprint are two events")
  func collision() throws {
    let ids = (1...2).map { EventID(high: RunsFingerprintTests.collision, low: $0) }
    let fingerprint = IDFingerprints.of(ids[0])
    #expect(IDFingerprints.of(ids[1]) == fingerprint)
    let threads = [IDFingerprints(budget: 1, directory: "/tmp")]
    for id in ids { try threads[0].add(id) }
    try threads[0].finish()
    #expect(try IDFingerprints.repeated(in: Int(fingerprint >> 56), of: threads) == [fingerprint])
    let found = examined([fingerprint], [(ids[0], 8, 1), (ids[1], 16, 1)])
    #expect(found.audit.folded == 2)
    #expect(found.audit.duplicates == 0)
    #expect(found.audit.conflict == nil)
  }
}
