import EventModel
import Platform
import SQLiteSupport
import SnapshotStore
import Testing

@Suite struct ReaderTests {
  let scratch = Scratch()

  @Test func whatWasWrittenIsRead() throws {
    try Sample.write(scratch.file("a?b #%41.sqlite"))
    let reader = try SnapshotReader(scratch.file("a?b #%41.sqlite"))
    #expect(reader.manifestValue("refold_version") == "1.0.0")
    #expect(reader.manifest.map(\.key) == reader.manifest.map(\.key).sorted())
    var rows: [ProjectionRow] = []
    let projections = try reader.projections()
    while let next = try projections.next() { rows.append(next.row) }
    #expect(rows == (0..<20).flatMap { user in Sample.names.map { Sample.row(user, $0) } })
    #expect(try reader.failures().all() == [0, 5, 10, 15].map(Sample.failure))
    #expect(try reader.users().all() == (0..<20).map { StoredUser(id: Sample.user($0), source: Sample.source($0)) })
    #expect(
      try reader.signals().all()
        == (0..<20).flatMap { user in ["session.logged", "set.logged"].map { Sample.signal(user, $0) } })
  }

  @Test(
    "a view or a virtual table in place of a table, and a row that is too long, are refused",
    arguments: [
      (
        "DROP TABLE failures; CREATE VIEW Failures AS WITH RECURSIVE endless(n) AS (VALUES (1) UNION ALL SELECT n + 1 "
          + "FROM endless) SELECT n AS user_id, n AS projection_type, n AS code, n AS event_id, n AS detail FROM endless",
        "has something else than refold writes in place of a table"
      ),
      (
        "DROP TABLE failures; CREATE VIRTUAL TABLE failures USING fts5(user_id)",
        "has something else than refold writes in place of a table"
      ),
      (
        "UPDATE projections SET data = hex(zeroblob(35000000)) WHERE rowid = 3",
        "holds a row that is longer than 64 MiB"
      ),
    ])
  func crafted(statement: String, reason: String) throws {
    let path = scratch.file("s.sqlite")
    try Sample.write(path)
    do {
      let database = try Database(path: path)
      try database.execute(statement)
    }
    let fault = #expect(throws: SnapshotError.self) {
      let reader = try SnapshotReader(path)
      let rows = try reader.projections()
      while try rows.next() != nil {}
      _ = try reader.failures().next()
    }
    #expect(fault?.kind == .damaged)
    #expect(fault?.description.contains(reason) == true, "\(String(describing: fault))")
  }

  @Test("stored instants are read as Instant.description writes them, in no other form", arguments: [7, 8] as [UInt64])
  func storedInstants(seed: UInt64) {
    var state = seed
    func random(_ bound: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % bound
    }
    func read(_ text: [UInt8]) -> Instant? { text.withUnsafeBytes { Instant(storedText: $0) } }
    var wrong: [String] = []
    for round in 0..<4000 {
      let seconds = random(1 << 30) * 290 - 62_135_596_800
      let instant = Instant(microseconds: Int64(seconds) * 1_000_000 + (round % 2 == 0 ? 0 : Int64(random(1_000_000))))
      let text = Array(instant.description.utf8)
      if read(text) != instant { wrong.append(instant.description) }
      var other = text
      other[random(text.count)] = Array("0123456789:-+.TZ /".utf8)[random(18)]
      if let instant = read(other), Array(instant.description.utf8) != other {
        wrong.append(String(decoding: other, as: UTF8.self))
      }
    }
    #expect(wrong == [])
    for text in [
      "0000-01-01T00:00:00+00:00", "2026-02-29T00:00:00+00:00", "2026-02-28T24:00:00+00:00",
      "2026-02-28T23:60:00+00:00",
      "2026-02-28T23:59:60+00:00", "2026-02-28T23:59:59.000000+00:00", "2026-02-28T23:59:59.1+00:00",
      "2026-13-01T00:00:00+00:00",
      "2026-02-28T23:59:59Z", "", "2026-02-28T23:59:59.000001+00:01",
    ] {
      #expect(read(Array(text.utf8)) == nil, "\(text)")
    }
    #expect(read(Array("9999-12-31T23:59:59.999999+00:00".utf8)) == Instant.range.upperBound)
    #expect(read(Array("0001-01-01T00:00:00+00:00".utf8)) == Instant.range.lowerBound)
  }

  @Test("a snapshot with unfinished changes is refused with the reason, and read once they are finished")
  func unfinishedChanges() throws {
    func refusal(_ name: String) -> String? {
      do throws(SnapshotError) {
        _ = try SnapshotReader(scratch.file(name))
        return nil
      } catch {
        return error.kind == .changing ? error.reason.replacing(scratch.path + "/", with: "") : "\(error)"
      }
    }
    let change = "UPDATE projections SET data = '{}'"
    for name in ["a.sqlite", "b.sqlite", "c.sqlite"] { try Sample.write(scratch.file(name)) }
    symlink(scratch.file("a.sqlite"), scratch.file("link.sqlite"))

    // Changes that are only in a write-ahead log.
    let queue = try Database(path: scratch.file("a.sqlite"))
    try queue.execute("PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0")
    try queue.execute(change)
    #expect(refusal("a.sqlite") == "a.sqlite-wal exists and may hold changes that are not in the file yet")
    #expect(refusal("link.sqlite") == "a.sqlite-wal exists and may hold changes that are not in the file yet")
    queue.close()
    #expect(refusal("a.sqlite") == nil)
    scratch.write([], to: "a.sqlite-wal")
    #expect(refusal("a.sqlite") == nil)

    // A transaction that spilled into the file, and a copy of the file in which it was cut off.
    let writing = try Database(path: scratch.file("b.sqlite"))
    try writing.execute("PRAGMA cache_size = 1; BEGIN EXCLUSIVE; \(change)")
    #expect(refusal("b.sqlite")?.hasPrefix("b.sqlite-journal exists") == true)
    scratch.write(scratch.bytes(of: "b.sqlite"), to: "d.sqlite")
    scratch.write(scratch.bytes(of: "b.sqlite-journal"), to: "d.sqlite-journal")
    try writing.execute("ROLLBACK")
    writing.close()
    #expect(refusal("d.sqlite") == "d.sqlite-journal exists: a change of the file was interrupted or is in progress")
    #expect(refusal("b.sqlite") == nil)
    // A journal that was kept after its transaction ended.
    scratch.write([UInt8](repeating: 0, count: 512), to: "b.sqlite-journal")
    #expect(refusal("b.sqlite") == nil)

    // A transaction whose journal is in memory.
    let hidden = try Database(path: scratch.file("c.sqlite"))
    try hidden.execute("PRAGMA journal_mode = MEMORY; PRAGMA cache_size = 1; BEGIN EXCLUSIVE; \(change)")
    #expect(refusal("c.sqlite") == "another program is writing to it")
    try hidden.execute("ROLLBACK")
    hidden.close()
    #expect(refusal("c.sqlite") == nil)
  }

  @Test func aPartOfAUser() throws {
    try Sample.write(scratch.file("a.sqlite"))
    let reader = try SnapshotReader(scratch.file("a.sqlite"))
    func names(_ user: Int?, _ type: String?, _ key: String?) throws -> [ProjectionName] {
      var names: [ProjectionName] = []
      let cursor = try reader.projections(of: user.map(Sample.user), type: type, key: key)
      while let next = try cursor.next() { names.append(next.name) }
      return names
    }
    #expect(try names(3, nil, nil) == Sample.names)
    #expect(try names(3, "capability_estimation", nil) == Array(Sample.names[..<2]))
    #expect(try names(3, "capability_estimation", "strength_1rm") == [Sample.names[1]])
    #expect(try names(nil, nil, "active").count == 20)
    #expect(try names(99, nil, nil) == [])
    #expect(try reader.failures(of: Sample.user(5)).all().count == 1)
    #expect(try reader.signals(of: Sample.user(5)).all().count == 2)
  }

  @Test func filesThatAreNoSnapshot() throws {
    scratch.write(Array("hello, this is text and nothing else".utf8), to: "text")
    scratch.write([], to: "empty")
    try Database(path: scratch.file("other.sqlite")).execute("CREATE TABLE t (x)")
    try Sample.write(scratch.file("newer.sqlite"))
    try edit("newer.sqlite", "PRAGMA user_version = 3")
    for (name, kind) in [
      ("missing", SnapshotError.Kind.missing), ("", .notAFile), ("text", .notASnapshot), ("empty", .notASnapshot),
      ("other.sqlite", .notASnapshot), ("newer.sqlite", .newerFormat),
    ] {
      let error = #expect(throws: SnapshotError.self) { _ = try SnapshotReader(scratch.file(name)) }
      #expect(error?.kind == kind, "\(name): \(error.map(\.description) ?? "")")
    }
    #expect(!scratch.names().contains("missing"))
  }

  @Test func aTornFileIsDamaged() throws {
    try Sample.write(scratch.file("a.sqlite"), users: 200)
    var bytes = scratch.bytes(of: "a.sqlite")
    for index in stride(from: 3 << 14, to: bytes.count, by: 1) { bytes[index] = 0xA5 }
    scratch.write(bytes, to: "a.sqlite")
    let error = #expect(throws: SnapshotError.self) { _ = try SnapshotReader(scratch.file("a.sqlite")).verifyDigests() }
    #expect(error?.kind == .damaged)
  }

  func edit(_ name: String, _ sql: String) throws {
    let queue = try Database(path: scratch.file(name))
    try queue.execute(sql)
    queue.close()
  }
}
