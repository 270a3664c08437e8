import EventModel
import SQLiteSupport
import TestSupport
import Testing

@testable import SnapshotStore

/// Tables that are written page by page: SQLite finds them intact and reads what was appended.
@Suite struct PageTests {
  let scratch = Scratch()

  struct Row: Equatable {
    var user: String
    var type: String
    var key: String
    var data: [UInt8]
    var event: String?
  }

  /// Rows with data from empty to several overflow pages long, most of it short. Some keys do not fit in an index page
  /// of 512 bytes.
  private func rows(_ count: Int, seed: UInt64) -> [(row: Row, user: UserID)] {
    var random = SeededGenerator(seed: seed)
    return (0..<count).map { index in
      let user = UserID(high: UInt64(index / 3), low: random.next())
      let size = [0, 5, 40, 100, 480, 900, 4_090, 16_000, 70_000][Int(random.next() % 9)]
      let long = random.next() % 20 == 0 ? 600 : 3
      let text = String(repeating: "k", count: Int(random.next() & 0x3FF) % long)
      return (
        Row(
          user: "", type: "type", key: "\(index % 3)\(text)",
          data: (0..<(size == 0 ? 0 : Int(random.next() % UInt64(size)))).map { _ in 0x20 + UInt8(random.next() % 0x5E)
          },
          event: random.next() % 2 == 0 ? Sample.user(index).description : nil),
        user
      )
    }
  }

  @Test(arguments: [512, 1_024, 4_096, 16_384, 65_536], [0, 1, 2, 40, 1_500])
  func whatWasAppendedIsThere(pageBytes: Int, count: Int) throws {
    // Each three rows in sequence are of the same user.
    var expected = rows(count, seed: UInt64(count))
    for index in expected.indices {
      expected[index].user = expected[index / 3 * 3].user
      expected[index].row.user = expected[index].user.description
    }
    var tuning = SnapshotTuning()
    tuning.pageBytes = pageBytes
    tuning.writebackBytes = 1 << 14
    let path = scratch.file("\(pageBytes).sqlite")
    let writer = try SnapshotWriter(replacing: path, force: false, asOf: Sample.asOf, tuning: tuning)
    for (row, user) in expected {
      try writer.insert(
        ProjectionRow(
          user: user, name: ProjectionName(type: row.type, key: row.key), data: row.data,
          lastEvent: row.event.flatMap { UUID128($0) }))
      if row.key.hasPrefix("0") {
        try writer.insertUser(user, source: .both)
        for type in ["a", "b", "c"] { try writer.insertSignal(signal(user, type, row.data.count)) }
        try writer.insertFailure(
          Failure(
            user: user, projectionType: "type", code: FailureCode(rawValue: "code_\(row.data.count % 9)")!,
            event: nil,
            detail: String(repeating: "d", count: row.data.count % 3_000)))
      }
    }
    try writer.finish(manifest: [("as_of", "x")])

    let db = try Database(path: path, isReadOnly: true)
    #expect(try db.column("PRAGMA integrity_check") == ["ok"])
    #expect(try db.value("PRAGMA page_size") == pageBytes)
    let found = try Row.fetch(db, "SELECT * FROM projections ORDER BY rowid")
    #expect(found == expected.map(\.row))
    // Also through the index, and by each key.
    let byName = try Row.fetch(
      db, "SELECT * FROM projections INDEXED BY sqlite_autoindex_projections_1 ORDER BY user_id, projection_type, key"
    )
    #expect(byName == expected.map(\.row))
    for (row, _) in expected.prefix(50) {
      let one: Int? = try db.value(
        "SELECT count(*) FROM projections WHERE user_id = ? AND projection_type = 'type' AND key = ?",
        [row.user, row.key])
      #expect(one == 1)
    }
    let users = expected.filter { $0.row.key.hasPrefix("0") }
    #expect(try db.column("SELECT id FROM users WHERE source = 'both'") == users.map(\.row.user))
    #expect(
      try db.column("SELECT events FROM signals")
        == users.flatMap { user in (0..<3).map { _ in signalCount(user.row.data.count) } })
    #expect(
      try db.column("SELECT length(detail) FROM failures") == users.map { $0.row.data.count % 3_000 })
    // The file stays intact when SQLite writes to it.
    let writable = try Database(path: path)
    try writable.execute("DELETE FROM projections WHERE rowid % 3 = 1; DELETE FROM signals WHERE event_type = 'b'")
    #expect(try writable.column("PRAGMA integrity_check") == ["ok"])
  }

  /// Numbers of every size for which a record has a type.
  private func signalCount(_ seed: Int) -> Int {
    [0, 1, 2, 127, 128, -129, 32_768, 8_388_608, 2_147_483_648, 140_737_488_355_328, .max, .min][seed % 12]
  }

  private func signal(_ user: UserID, _ type: String, _ seed: Int) -> SignalSummary {
    SignalSummary(
      user: user, eventType: type, count: signalCount(seed), first: Sample.asOf, last: Sample.asOf, newestEvent: user)
  }

  @Test func thePageOfSQLitesLocksIsLeftOut() throws {
    let file = try PendingFile(target: scratch.file("a"), replacing: false)
    let pages = PageFile(file, pageBytes: 16_384, count: 65_535, writebackBytes: 0)
    #expect((0..<3).map { _ in pages.allocate() } == [65_536, 65_538, 65_539])
  }

  @Test func numbersOfVariableLength() {
    // Powers of two and the numbers before them. What is written is read back by the rule of the file format.
    var values: [UInt64] = [0, 1, 127, .max, .max >> 1, 1 << 56, 1 << 56 - 1]
    for bits in 1..<64 { values += [1 << UInt64(bits), 1 << UInt64(bits) - 1] }
    for value in values {
      let space = UnsafeMutableRawPointer.allocate(byteCount: 9, alignment: 1)
      defer { space.deallocate() }
      var cursor = space
      Varint.put(value, &cursor)
      let count = cursor - space
      #expect(count == Varint.size(value))
      var read: UInt64 = 0
      for index in 0..<count {
        let byte = UInt64(space.load(fromByteOffset: index, as: UInt8.self))
        read = index == 8 ? read << 8 | byte : read << 7 | byte & 0x7F
        #expect(index == 8 || (byte & 0x80 != 0) == (index < count - 1))
      }
      #expect(read == value)
    }
  }
}

extension PageTests.Row {
  fileprivate static func fetch(_ db: Database, _ sql: String) throws -> [PageTests.Row] {
    try db.rows(sql).map { row in
      PageTests.Row(
        user: row["user_id"], type: row["projection_type"], key: row["key"],
        data: Array((row["data"] as String).utf8), event: row["last_event_id"])
    }
  }
}
