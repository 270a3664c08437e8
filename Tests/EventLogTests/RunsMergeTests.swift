import EventModel
import Platform
import TestSupport
import Testing

@testable import EventLog

/// The external merge sort: with any budgets, runs and slices, each user's events come once, in order.
@Suite("sorted runs and their merge")
struct RunsMergeTests {
  private struct Made: Hashable {
    var user: UserID
    var timestamp: Int64
    var id: EventID
  }

  /// Appends an event with a payload of this many bytes.
  private func add(_ made: Made, payload: Int, to builder: RunBuilder) throws {
    try builder.makeRoom(forRecordOf: payload)
    let arena = builder.arena
    let offset = arena.count
    arena.reserve(EventLayout.headSize + payload + 8)
    arena.put(
      EventHead(
        timestamp: Instant(microseconds: made.timestamp), id: made.id, createdAt: Instant(microseconds: 0), content: 1,
        payloadLength: UInt32(payload), type: 1, flags: []))
    arena.count = offset + EventLayout.headSize
    for byte in 0..<payload { arena.put(UInt8(truncatingIfNeeded: byte &+ Int(truncatingIfNeeded: made.id.low))) }
    builder.add(from: offset, of: made.user)
  }

  @Test("random events through random budgets", arguments: [1, 2, 3, 20_260_222] as [UInt64])
  func random(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let folder = try TemporaryFolder()
    // Users with a common beginning of their ids, and with very different numbers of events.
    let users = (0..<40).map { UUID128(high: 0xAAAA_AAAA_0000_0000, low: UInt64($0) * 0x1_0000_0001) }
    var expected: [UserID: Set<Made>] = [:]
    var seeds: Set<UserID> = []
    let builders = (0..<3).map { _ in
      let budget = [1, 5_000, 200_000, 10_000_000].randomElement(using: &random) ?? 1
      return RunBuilder(
        budget: budget, window: [nil, 1, 5_000, 100_000].randomElement(using: &random) ?? nil, directory: folder.path)
    }
    for _ in 0..<3000 {
      let user = users[min(Int.random(in: 0..<40, using: &random), Int.random(in: 0..<40, using: &random))]
      let builder = builders[Int.random(in: 0..<3, using: &random)]
      if Int.random(in: 0..<20, using: &random) == 0 {
        seeds.insert(user)
        try builder.add(seed: user)
        continue
      }
      let made = Made(
        user: user, timestamp: Int64.random(in: -5...5, using: &random),
        id: UUID128(high: UInt64.random(in: 0...1, using: &random) << 63, low: random.next() % 400))
      // An id is one event, so its timestamp is derived from the id.
      let event = Made(user: made.user, timestamp: Int64(made.id.low % 11), id: made.id)
      expected[user, default: []].insert(event)
      let payload = 4 + Int(event.id.low % 700)
      for _ in 0..<Int.random(in: 1...2, using: &random) {
        try add(event, payload: payload, to: builders[Int.random(in: 0..<3, using: &random)])
      }
    }
    let runs = try builders.flatMap { try $0.finish() }
    #expect(folder.names.isEmpty, "spill files have no name")
    for target in [1, 1 << 17, 1 << 30] {
      let slices = UserSlice.cut(runs, target: target)
      var order: [UserID] = []
      for slice in slices {
        let merger = try UserMerger(runs, slice: slice, bufferSize: 4096)
        while try merger.next() {
          let user = merger.history.user
          order.append(user)
          #expect(merger.history.isExported == seeds.contains(user), "seed \(seed)")
          let got = merger.history.events.map { Made(user: user, timestamp: $0.timestamp.microseconds, id: $0.id) }
          let wanted = (expected[user] ?? []).sorted { ($0.timestamp, $0.id) < ($1.timestamp, $1.id) }
          #expect(got == wanted, "seed \(seed)")
          for event in merger.history.events {
            #expect(event.payloadLength == 4 + Int(event.id.low % 700))
            let last = UnsafeRawPointer(event.base + event.size - 1).load(as: UInt8.self)
            #expect(last == UInt8(truncatingIfNeeded: event.payloadLength - 1 + Int(event.id.low)))
          }
        }
      }
      #expect(order == Set(expected.keys).union(seeds).sorted(), "seed \(seed), target \(target)")
    }
  }

  @Test("the first events stay in memory, later ones go through a window to the file")
  func window() throws {
    let folder = try TemporaryFolder()
    let builder = RunBuilder(budget: 100_000, window: 10_000, directory: folder.path)
    for number in 0..<3_000 {
      let made = Made(
        user: UUID128(high: UInt64(number % 7), low: 0), timestamp: Int64(number % 11),
        id: UUID128(high: 0, low: UInt64(number)))
      try add(made, payload: 8, to: builder)
    }
    let runs = try builder.finish()
    var spilled: [Int] = []
    for run in runs { if case .file = run { spilled.append(run.size) } }
    #expect((60_000..<90_000).contains(runs[0].size))
    #expect(spilled.count > 5)
    #expect(spilled.count >= runs.count - 2, "in memory are the first run and the last")
    #expect(spilled.allSatisfy { $0 < 10_000 })
    #expect(spilled.reduce(0, +) == builder.spilledBytes)
    let merger = try UserMerger(runs, slice: UserSlice(lower: nil, upper: nil), bufferSize: 4096)
    var events = 0
    while try merger.next() { events += merger.history.events.count }
    #expect(events == 3_000)
  }

  @Test("disk space is released after a slice is merged, but not what other mergers still read")
  func release() throws {
    let folder = try TemporaryFolder()
    let builder = RunBuilder(budget: 400_000, window: 200_000, directory: folder.path)
    var random = SeededGenerator(seed: 7)
    for number in 0..<30_000 {
      let user = UUID128(high: random.next() % 300 << 32, low: 0)
      let id = UUID128(high: random.next(), low: UInt64(number))
      try add(Made(user: user, timestamp: 0, id: id), payload: 40, to: builder)
    }
    let runs = try builder.finish()
    var files: [SpillFile] = []
    for run in runs { if case .file(let run) = run { files.append(run.file) } }
    func blocks() -> Int {
      var status = stat()
      fstat(files[0].descriptor, &status)
      return Int(status.st_blocks) * 512
    }
    let before = blocks()
    let slices = UserSlice.cut(runs, target: 60_000)
    #expect(slices.count > 20)
    let merged = MergedRuns(runs, holeBytes: 4096)
    // As threads do, start the next slices before the current one is finished.
    var mergers = try slices.prefix(3).map { try UserMerger(runs, slice: $0, bufferSize: 4096) }
    var ids: Set<UInt64> = []
    for (index, slice) in slices.enumerated() {
      let merger = mergers.removeFirst()
      while try merger.next() { for event in merger.history.events { ids.insert(event.id.low) } }
      merged.passed(slice, size: 60_000)
      if index + 3 < slices.count { mergers.append(try UserMerger(runs, slice: slices[index + 3], bufferSize: 4096)) }
    }
    #expect(ids == Set(0..<30_000))
    // If the file system cannot release blocks, nothing is lost.
    #expect(blocks() <= before)
    if discardRange(0..<4096, of: files[0].descriptor) { #expect(blocks() < before / 2, "\(blocks()) of \(before)") }
  }

  @Test("no events, no users")
  func nothing() throws {
    let runs = try RunBuilder(budget: 1, directory: "/nowhere").finish()
    let merger = try UserMerger(runs, slice: UserSlice.cut(runs, target: 1)[0], bufferSize: 1)
    #expect(try !merger.next())
  }

  @Test("a directory that cannot hold temporary files is named")
  func noDirectory() throws {
    let builder = RunBuilder(budget: 1, directory: "/nowhere/at all")
    let user = UUID128(high: 1, low: 1)
    let fault = #expect(throws: StorageFault.self) {
      for number in 0..<3 {
        try add(Made(user: user, timestamp: 0, id: UUID128(high: 0, low: UInt64(number))), payload: 8, to: builder)
      }
    }
    #expect(fault?.path == "/nowhere/at all")
  }

  @Test("the number of users is estimated well for any kind of id, and a user counts once")
  func userSample() {
    for base: UInt64 in [0, 0x0190_0000_0000_7000, .max << 32] {
      var (one, other) = (UserSample(), UserSample())
      for number in 0..<UInt64(100_000) {
        one.note(UserID(high: base, low: number))
        other.note(UserID(high: base &+ number << 16, low: 7))
        if number % 3 == 0 { one.note(UserID(high: base, low: number / 3)) }
      }
      #expect((70_000...130_000).contains(one.estimate))
      #expect((70_000...130_000).contains(other.estimate))
      one.formUnion(one)
      #expect((70_000...130_000).contains(one.estimate))
    }
  }
}
