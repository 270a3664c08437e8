import EventModel
import Hashing
import SQLiteSupport
import SnapshotStore
import Testing

@Suite struct DigestTests {
  let scratch = Scratch()

  @Test func theFileGivesTheDigestsOfTheManifest() throws {
    let lines = try Sample.write(scratch.file("a.sqlite"))
    let reader = try SnapshotReader(scratch.file("a.sqlite"))
    #expect(try reader.verifyDigests() == lines)
    #expect(reader.storedDigests == lines)
    #expect(
      lines.map(\.key) == [
        "digest.failures", "digest.last_event_ids", "digest.projections.capability_estimation",
        "digest.projections.objective_state", "digest.signals", "digest.snapshot", "digest.users",
      ])
  }

  /// Computes the documented layout with SQL alone.
  @Test(arguments: [
    (
      "digest.projections.objective_state", "user_id,key,data",
      "projections WHERE projection_type = 'objective_state' ORDER BY user_id, key"
    ),
    ("digest.failures", "user_id,projection_type,code,event_id,detail", "failures ORDER BY user_id, projection_type"),
    ("digest.users", "id,source", "users ORDER BY id"),
    (
      "digest.signals", "user_id,event_type,events,first_timestamp,last_timestamp,newest_event_id",
      "signals ORDER BY user_id, event_type"
    ),
    (
      "digest.last_event_ids", "user_id,projection_type,key,last_event_id",
      "projections ORDER BY user_id, projection_type, key"
    ),
    (
      "digest.snapshot", "key,value",
      "manifest WHERE key LIKE 'digest.%' AND key NOT IN ('digest.last_event_ids', 'digest.snapshot') ORDER BY key"
    ),
  ]) func aThirdPartyRecomputes(key: String, columns: String, rows: String) throws {
    let lines = try Sample.write(scratch.file("a.sqlite"))
    let fields = columns.split(separator: ",").map {
      "coalesce(length(CAST(\($0) AS BLOB)) || ':' || \($0) || ',', '-,')"
    }
    let texts: [String] = try Database(path: scratch.file("a.sqlite"))
      .column("SELECT \(fields.joined(separator: " || ")) FROM \(rows)")
    #expect(!texts.isEmpty)
    var hasher = SHA256()
    for text in texts { hasher.update(data: Array((text + "\n").utf8)) }
    let hex = hasher.finalize().map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    #expect(lines.first { $0.key == key }?.value == hex)
  }

  @Test(arguments: [
    ("UPDATE projections SET data = '{}' WHERE rowid = 7", "digest.projections.capability_estimation"),
    ("UPDATE projections SET last_event_id = NULL", "digest.last_event_ids"),
    ("UPDATE users SET source = 'both'", "digest.users"),
    ("UPDATE manifest SET value = 'x' WHERE key = 'digest.snapshot'", "digest.snapshot"),
    ("UPDATE signals SET events = events + 1", "digest.signals"),
    ("DELETE FROM failures", "digest.failures"),
    ("DELETE FROM manifest WHERE key = 'digest.users'", "digest.users"),
    ("INSERT INTO manifest VALUES ('digest.projections.x', 'y')", "digest.projections.x"),
  ]) func aChangedFileIsFoundOut(sql: String, key: String) throws {
    try Sample.write(scratch.file("a.sqlite"))
    let queue = try Database(path: scratch.file("a.sqlite"))
    try queue.execute(sql)
    queue.close()
    let reader = try SnapshotReader(scratch.file("a.sqlite"))
    let error = #expect(throws: SnapshotError.self) { _ = try reader.verifyDigests() }
    #expect(error?.kind == .damaged)
    #expect(error?.reason.hasPrefix(key) == true, "\(error.map(\.reason) ?? "")")
  }

  @Test func bookkeepingColumnsAreInNoDigest() throws {
    try Sample.write(scratch.file("a.sqlite"))
    let queue = try Database(path: scratch.file("a.sqlite"))
    try queue.execute("UPDATE projections SET id = 'x', version = 9, created_at = '', updated_at = ''")
    queue.close()
    _ = try SnapshotReader(scratch.file("a.sqlite")).verifyDigests()
  }

  /// The expected ids are from Python: `uuid.uuid5(uuid.NAMESPACE_URL, 'urn:refold:projections')`, and a row's id in
  /// that namespace.
  @Test func idsAreVersion5() {
    #expect(UUID128.projectionNamespace.description == "010a5341-90e2-57f3-be8b-7299c3ddd1b6")
    let id = UUID128.version5(
      namespace: .projectionNamespace, name: "00000000-0000-4000-8000-000000000001/objective_state/active")
    #expect(id.description == "1fae0d05-bacc-57ac-b27b-30b4c7783400")
  }
}
