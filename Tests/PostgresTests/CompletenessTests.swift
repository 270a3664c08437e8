import Foundation
import JSONTape
import ProcessSupport
import Testing

/// The query of `refold verify --completeness-sql`, run by psql, against exports of the same database.
@Suite(.enabled(if: PrivateCluster.isWanted, "needs Debian's postgresql package"))
struct CompletenessTests {
  private let database: RunbookDatabase

  init() throws { database = try RunbookDatabase() }

  /// Runs a shell script in the work folder.
  private func shell(_ script: String) throws -> String {
    try database.cluster.shell(script, in: database.work.path).output
  }

  /// Counts with psql; `options` are psql's.
  private func count(_ query: String = "verify events.csv --completeness-sql", _ options: String = "") throws {
    try database.cluster.shell(
      "$refold \(query) > counts.sql; psql -X -q -v ON_ERROR_STOP=1 \(options) -f counts.sql > counts.csv",
      in: database.work.path)
  }

  private func export() throws { _ = try shell("psql -X -qc \"\\copy events to 'events.csv' csv header\"") }

  /// The result of the comparison, as JSON.
  private func compare(_ status: Int32, _ log: String = "events.csv") throws -> JSONTree {
    let output = try shell(
      "s=0; $refold verify \(log) --completeness counts.csv --json --quiet || s=$?; [ $s = \(status) ]")
    return try JSONTree(parsing: Array(output.utf8))
  }

  @Test("an export is complete; without an event, with another, with another id, it is not, and the user is named")
  func wholeAndDamaged() throws {
    try export()
    try count()
    let header = try shell("head -n 1 counts.csv")
    #expect(header == "user_id,events,ids,users,as_of\n")
    let whole = try compare(0)
    let events = try #require(try database.rows("select count(*) as n from events")[0]["n"]?.number)
    let users = try #require(try database.rows("select count(distinct user_id) as n from events")[0]["n"]?.number)
    #expect(whole["events"]?["log"]?.number == events && whole["events"]?["live"]?.number == events)
    #expect(whole["users"]?["equal"]?.number == users && users > 10)

    // The database has the same sums in any session, and from any order.
    let plain = try shell("cat counts.csv")
    try count(
      "verify events.csv --completeness-sql", "-c \"set timezone to 'Asia/Kolkata'\" -c 'set datestyle to German'")
    #expect(try shell("cat counts.csv") == plain)
    _ = try shell("(head -n 1 counts.csv; tail -n +2 counts.csv | shuf) > shuffled.csv; mv shuffled.csv counts.csv")
    _ = try compare(0)

    // A file that was cut off between two rows.
    _ = try shell("cp counts.csv whole.csv; head -n -1 whole.csv > counts.csv")
    #expect(try shell("$refold verify events.csv --completeness counts.csv 2>&1 || true").contains("it was cut off"))
    _ = try shell("mv whole.csv counts.csv")

    let user = try #require(
      try database.rows("select user_id from events group by 1 having count(*) > 5 order by 1 limit 1")[0]["user_id"]?
        .string)
    // The newest event stays, with its instant.
    let some = "(select id from events where user_id = '\(user)' order by created_at limit 1)"
    _ = try shell("psql -X -qc \"\\copy (select * from events where id <> \(some)) to 'lost.csv' csv header\"")
    let lost = try compare(1, "lost.csv")
    #expect(lost["worst"]?.array?.count == 1)
    #expect(lost["worst"]?.array?[0]["user_id"]?.string == user)
    #expect(lost["worst"]?.array?[0]["difference"]?.string == "lacks")
    #expect(lost["complaints"] == .array([.string("the log lacks 1 event of 1 user")]))

    let other =
      "(select case when id = \(some) then gen_random_uuid() else id end as id, user_id, timestamp, event_type, data, metadata, created_at from events)"
    _ = try shell("psql -X -qc \"\\copy \(other) to 'other.csv' csv header\"")
    let swapped = try compare(1, "other.csv")
    #expect(swapped["worst"]?.array?.map { $0["difference"]?.string } == ["other_ids"])
    #expect(swapped["worst"]?.array?[0]["user_id"]?.string == user)

    // The database loses an event, and a user; another user is on live alone.
    try database.execute("delete from events where id = \(some)")
    try count()
    #expect(try compare(1)["complaints"] == .array([.string("the log has 1 event too many, of 1 user")]))
    let stranger = "00000000-0000-4000-8000-00000000dead"
    try database.execute(
      """
      insert into events select gen_random_uuid(), '\(stranger)', timestamp, event_type, data, metadata, created_at
        from events where user_id = '\(user)' limit 3;
      delete from events where user_id = '\(user)';
      """)
    try count()
    let moved = try compare(1)
    #expect(moved["users"]?["only_on_live"]?.number == 1 && moved["users"]?["only_in_log"]?.number == 1)
    #expect(Set(moved["worst"]?.array?.compactMap { $0["user_id"]?.string } ?? []) == [user, stranger])
  }

  @Test("psql's variable sets the instant: before the export, after it, now; rows that commit late are found")
  func instants() throws {
    try export()
    let newest = try #require(
      try database.rows("select max(created_at)::text as t from events")[0]["t"]?.string)
    let middle = try #require(
      try database.rows(
        "select created_at::text as t from events order by created_at offset (select count(*) / 2 from events) limit 1")[
          0][
          "t"]?.string)
    try count("verify --completeness-sql", "-v as_of='\(middle)'")
    let half = try compare(0)
    #expect(try #require(half["events"]?["later"]?.number) > 100)
    try count("verify --completeness-sql", "-v as_of='\(newest)'")
    #expect(try compare(0)["events"]?["later"]?.number == 0)
    try count("verify --completeness-sql", "-v as_of=now")
    _ = try compare(0)

    // A row of a transaction that took long, and one that is newer than all that was exported.
    func add(_ createdAt: String) throws {
      try database.execute(
        """
        insert into events select gen_random_uuid(), user_id, timestamp, event_type, data, metadata, \(createdAt)
          from events order by id limit 1
        """)
    }
    try add("'\(middle)'")
    try count()
    #expect(try compare(1)["complaints"] == .array([.string("the log lacks 1 event of 1 user")]))
    try add("now()")
    try count()
    #expect(try compare(1)["events"]?["lacking"]?.number == 1)
    try count("verify --completeness-sql", "-v as_of=now")
    #expect(try compare(1)["events"]?["lacking"]?.number == 2)
  }

  @Test("a log without created_at: the query counts all; another schema and table")
  func withoutInstants() throws {
    try database.execute(
      """
      create schema "My live"; create table "My live"."all events" as select * from events;
      alter table "My live"."all events" drop column created_at;
      """)
    _ = try shell("psql -X -qc \"\\copy \\\"My live\\\".\\\"all events\\\" to 'events.csv' csv header\"")
    try count("verify events.csv --completeness-sql --table '\"My live\".\"all events\"'")
    #expect(try compare(0)["as_of"] == .null)
    // Counts up to an instant: the log's events are all counted.
    try count("verify --completeness-sql", "-v as_of=now")
    let json = try compare(0)
    #expect(json["as_of"] == .null)
    #expect(json["notices"]?.array?.contains { $0.string?.contains("cannot be used") == true } == true)
  }

  @Test("rows marked as deleted: a condition in the query, --deleted drop for the log")
  func deleted() throws {
    try database.execute(
      """
      alter table events add deleted_at timestamptz;
      update events set deleted_at = now() where id in (select id from events order by id limit 7);
      """)
    try export()
    _ = try shell(
      """
      $refold verify events.csv --completeness-sql --deleted drop \
        | sed 's/WHERE .*/& AND deleted_at IS NULL/' | psql -X -q -v ON_ERROR_STOP=1 > counts.csv
      """)
    #expect(try compare(0, "events.csv --deleted drop")["users"]?["too_many"]?.number == 0)
    #expect(try compare(1, "events.csv --deleted keep")["events"]?["too_many"]?.number == 7)
  }
}
