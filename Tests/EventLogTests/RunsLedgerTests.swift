import EventLog
import EventModel
import TestSupport
import Testing

/// The external hash partition that finds ids that occur twice in the log.
@Suite("event-log.md: the ledger of ids")
struct RunsLedgerTests {
  @Test(
    "counts of random logs, with and without spilling", arguments: [(1, 1), (2, 1 << 24), (3, 1)] as [(UInt64, Int)])
  func counts(seed: UInt64, budget: Int) throws {
    var random = SeededGenerator(seed: seed)
    let folder = try TemporaryFolder()
    let ledgers = (0..<3).map { _ in EventLedger(budget: budget, directory: folder.path) }
    var kinds: [UInt64: LineBucket] = [:]
    var duplicates = 0
    for number in 0..<30_000 {
      let low = random.next() % 20_000
      if kinds[low] != nil { duplicates += 1 }
      let bucket = [LineBucket.folded, .unread, .notSelected][Int(low % 3)]
      kinds[low] = bucket
      // Ids with the same prefix. The lower two bits of the content are overwritten by the bucket.
      try ledgers[number % 3].add(
        id: UUID128(high: 7, low: low), content: low &* 0x9E37_79B9_7F4A_7C15, bucket: bucket,
        place: LedgerPlace(chunk: number, line: 1, byte: 2))
    }
    var audit = LedgerAudit()
    for partition in 0..<EventLedger.partitionCount { try audit.audit(partition, of: ledgers) }
    #expect(audit.duplicates == duplicates)
    #expect(audit.folded == kinds.values.count { $0 == .folded })
    #expect(audit.unread == kinds.values.count { $0 == .unread })
    #expect(audit.notSelected == kinds.values.count { $0 == .notSelected })
    #expect(audit.conflict == nil)
    #expect((ledgers[0].spilledBytes > 0) == (budget == 1))
    #expect(folder.names.isEmpty)
  }

  @Test("of several conflicts, the one with the earliest second line is reported")
  func conflict() throws {
    let ledger = EventLedger(budget: 1, directory: "/tmp")
    func add(_ id: UInt64, _ content: UInt64, chunk: Int, line: Int) throws {
      try ledger.add(
        id: UUID128(high: 0, low: id), content: content, bucket: .folded,
        place: LedgerPlace(chunk: chunk, line: line, byte: 0))
    }
    try add(1, 8, chunk: 0, line: 0)
    try add(2, 8, chunk: 0, line: 1)
    try add(2, 16, chunk: 3, line: 0)
    try add(1, 16, chunk: 2, line: 9)
    var audits = LedgerAudit()
    for partition in (0..<EventLedger.partitionCount).reversed() {
      var audit = LedgerAudit()
      try audit.audit(partition, of: [ledger])
      audits.merge(audit)
    }
    #expect(audits.conflict.map { $0.second.chunk } == 2)
    #expect(audits.conflict.map { $0.second.line } == 9)
    #expect(audits.conflict.map { $0.first.line } == 0)
    #expect(audits.folded == 2)
  }

  @Test("places keep chunk, line and byte, and compare in the order of the records")
  func places() {
    let all = [(0, 0, 0), (1, 131_072, 134_217_727), (1_048_576, 0, 0), (1 << 36, 4_000_000_000, 1_000_000)]
    for (chunk, line, byte) in all {
      let place = LedgerPlace(chunk: chunk, line: line, byte: byte)
      #expect((place.chunk, place.line, place.byte) == (chunk, line, byte))
    }
    let places = all.map { LedgerPlace(chunk: $0.0, line: $0.1, byte: $0.2) }
    #expect(places.reversed().sorted() == places)
  }
}
