import EventModel
import Platform
import SQLiteSupport
import SnapshotStore
import Testing

@Suite struct WriterTests {
  let scratch = Scratch()

  @Test func anySQLiteReadsTheTables() throws {
    let path = scratch.file("a.sqlite")
    try Sample.write(path)
    let db = try Database(path: path, isReadOnly: true)
    #expect(try db.value("PRAGMA application_id") == 0x5246_4C44)
    #expect(try db.value("PRAGMA user_version") == 2)
    #expect(try db.value("PRAGMA integrity_check") == "ok")
    let strict: [String] = try db.column("SELECT name FROM pragma_table_list WHERE strict ORDER BY name")
    #expect(
      strict == ["background_jobs", "failures", "live_projections", "manifest", "projections", "signals", "users"])
    let row = try #require(
      try db.row("SELECT * FROM projections WHERE user_id = ? AND key = 'active'", [Sample.user(4).description]))
    #expect(
      row.columns == [
        "id", "user_id", "projection_type", "key", "data", "version", "last_event_id", "created_at", "updated_at",
      ])
    #expect(row["data"] == String(decoding: Sample.row(4, Sample.names[2]).data, as: UTF8.self))
    #expect(row["version"] == 1)
    #expect(row["last_event_id"] == Sample.user(28).description)
    #expect(row["created_at"] == "2026-02-22T00:00:00+00:00")
    #expect(row["updated_at"] == "2026-02-22T00:00:00+00:00")
    let id = UUID128.version5(
      namespace: .projectionNamespace, name: "\(Sample.user(4))/objective_state/active")
    #expect(row["id"] == id.description)
    #expect(try db.value("SELECT count(*) FROM projections") == 60)
    #expect(try db.value("SELECT count(*) FROM failures WHERE event_id IS NULL") == 2)
    let signal = try #require(try db.row("SELECT * FROM signals WHERE events = 8 LIMIT 1"))
    #expect(signal["event_type"] == "session.logged")
    #expect(signal["first_timestamp"] == "0001-01-01T00:00:00+00:00")
    #expect(signal["last_timestamp"] == "2026-02-22T00:00:00.000007+00:00")
  }

  @Test func theFileDependsOnTheRowsOnly() throws {
    let other = Scratch()
    try Sample.write(scratch.file("a.sqlite"), users: 400)
    other.write(Array("something else".utf8), to: "a longer name.db")
    try Sample.write(other.file("a longer name.db"), users: 400, force: true)
    let bytes = scratch.bytes(of: "a.sqlite")
    #expect(bytes.count > 1 << 20)
    #expect(bytes == other.bytes(of: "a longer name.db"))

    var tuning = SnapshotTuning()
    tuning.writebackBytes = 1 << 16
    try Sample.write(scratch.file("b.sqlite"), users: 400, tuning: tuning)
    #expect(bytes == scratch.bytes(of: "b.sqlite"))
  }

  @Test func theOrderOfManifestEntriesDoesNotMatter() throws {
    for (name, manifest) in [("a", [("x", "1"), ("a", "2")]), ("b", [("a", "2"), ("x", "1")])] {
      try SnapshotWriter(replacing: scratch.file(name), force: false, asOf: Sample.asOf).finish(manifest: manifest)
    }
    #expect(scratch.bytes(of: "a") == scratch.bytes(of: "b"))
  }

  @Test func onlyTheOwnerMayReadIt() throws {
    try Sample.write(scratch.file("a.sqlite"))
    var status = stat()
    #expect(stat(scratch.file("a.sqlite"), &status) == 0)
    #expect(status.st_mode & 0o7777 == 0o600)
  }

  @Test func anExistingFileIsKeptUnlessForced() throws {
    scratch.write([1, 2, 3], to: "a.sqlite")
    let error = #expect(throws: SnapshotError.self) { try Sample.write(scratch.file("a.sqlite")) }
    #expect(error?.kind == .exists)
    #expect(error?.description == "\(scratch.path)/a.sqlite: already exists; --force replaces it")
    #expect(scratch.bytes(of: "a.sqlite") == [1, 2, 3])
    #expect(scratch.names() == ["a.sqlite"])
  }

  @Test func aFileThatAppearsMeanwhileIsKept() throws {
    let writer = try SnapshotWriter(replacing: scratch.file("a.sqlite"), force: false, asOf: Sample.asOf)
    scratch.write([1, 2, 3], to: "a.sqlite")
    let error = #expect(throws: SnapshotError.self) { try writer.finish(manifest: []) }
    #expect(error?.kind == .exists)
    writer.abandon()
    #expect(scratch.bytes(of: "a.sqlite") == [1, 2, 3])
    #expect(scratch.names() == ["a.sqlite"])
  }

  @Test func nothingIsVisibleBeforeTheEndAndNothingLeftWhenAbandoned() throws {
    var writer: SnapshotWriter? = try SnapshotWriter(
      replacing: scratch.file("a.sqlite"), force: false, asOf: Sample.asOf)
    try Sample.fill(#require(writer), users: 3)
    #expect(scratch.names().count == 1)
    #expect(scratch.names()[0].hasPrefix(".a.sqlite.refold-\(getpid())-"))
    writer?.abandon()
    #expect(scratch.names() == [])

    writer = try SnapshotWriter(replacing: scratch.file("a.sqlite"), force: false, asOf: Sample.asOf)
    writer = nil
    #expect(scratch.names() == [])
  }

  @Test func aRowTwiceIsAnErrorThatNamesNoData() throws {
    let writer = try SnapshotWriter(replacing: scratch.file("a.sqlite"), force: false, asOf: Sample.asOf)
    try writer.insert(Sample.row(1, Sample.names[0]))
    let error = #expect(throws: SnapshotError.self) { try writer.insert(Sample.row(1, Sample.names[0])) }
    #expect(error?.description.contains("jump_height") == false)
  }

  @Test func rowsOutOfOrderAreAnError() throws {
    let first = try SnapshotWriter(replacing: scratch.file("a.sqlite"), force: false, asOf: Sample.asOf)
    try first.insert(Sample.row(2, Sample.names[0]))
    #expect(throws: SnapshotError.self) { try first.insert(Sample.row(1, Sample.names[0])) }
    let second = try SnapshotWriter(replacing: scratch.file("b.sqlite"), force: false, asOf: Sample.asOf)
    try second.insertSignal(Sample.signal(1, "set.logged"))
    #expect(throws: SnapshotError.self) { try second.insertSignal(Sample.signal(1, "session.logged")) }
  }

  @Test(arguments: [
    ("", SnapshotError.Kind.notAFile), (".", .notAFile), ("no/such/directory/a.sqlite", .notAFile),
    ("/dev/null", .notAFile), ("/tmp", .notAFile), ("/proc/refold.sqlite", .notAFile),
  ]) func aTargetThatCannotBe(target: String, kind: SnapshotError.Kind) {
    let error = #expect(throws: SnapshotError.self) {
      _ = try SnapshotWriter(replacing: target, force: true, asOf: Sample.asOf)
    }
    #expect(error?.kind == kind, "\(error.map(\.description) ?? "")")
    #expect(error?.path == target)
  }
}
