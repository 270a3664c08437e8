import Foundation
import ProcessSupport
import Testing

/// Exports of a real PostgreSQL, made with the commands in the README. All of them must give the same snapshot.
@Suite(.enabled(if: PrivateCluster.isWanted, "needs Debian's postgresql package"))
struct ExportTests {
  @Test("event-log.md: every form an operator can export gives the same snapshot, byte by byte")
  func oneSnapshot() throws {
    let cluster = try PrivateCluster()
    let work = try ScratchFolder()
    let formats = repository + "/fixtures/cases/formats"
    try cluster.shell("psql -q -v ON_ERROR_STOP=1 <<'E'\n\(ExportTests.tables)\nE", in: work.path)
    for (table, file) in [
      ("users (id, created_at)", "users.csv"), ("events", "events.csv.gz"), ("projections", "projections.csv.gz"),
    ] {
      try cluster.shell(
        "zcat -f '\(formats)/\(file)' | psql -q -c \"\\copy \(table) from stdin csv header\"", in: work.path)
    }
    // The exported tables give the same snapshot as the recorded files that were imported.
    try cluster.shell(ExportTests.ndjson, in: work.path)
    let recorded = "rebuild \(formats)/events.ndjson.gz --users \(formats)/users.ndjson"
    #expect(
      try snapshot("rebuild events.ndjson --users users.ndjson", cluster, work) == snapshot(recorded, cluster, work))

    try cluster.shell("psql -q -v ON_ERROR_STOP=1 <<'E'\n\(ExportTests.oddities)\nE", in: work.path)
    try cluster.shell(ExportTests.ndjson, in: work.path)
    let expected = try snapshot("rebuild events.ndjson --users users.ndjson", cluster, work)
    for (name, export, rebuild) in ExportTests.exports {
      let folder = try ScratchFolder()
      try cluster.shell(ExportTests.users + export, in: folder.path)
      #expect(try snapshot(rebuild, cluster, folder) == expected, "\(name)")
    }
  }

  @Test("Formats.md: the script of export-sql copies all tables as of one instant", arguments: ["", "gzip", "zstd"])
  func exportScript(compression: String) throws {
    let cluster = try PrivateCluster()
    let work = try ScratchFolder()
    try cluster.shell(
      "psql -q -v ON_ERROR_STOP=1 <<'E'\n\(ExportTests.tables)\n\(ExportTests.oddities)\nE", in: work.path)
    try cluster.shell(ExportTests.ndjson, in: work.path)
    let expected = try snapshot("rebuild events.ndjson --users users.ndjson", cluster, work)
    let folder = try ScratchFolder()
    let option = compression.isEmpty ? "" : "--compress \(compression)"
    let ending = compression.isEmpty ? "" : compression == "gzip" ? ".gz" : ".zst"
    try cluster.shell(
      "mkdir \"it's here\"; $refold export-sql --schema public --directory \"it's here\" \(option) | psql -X -q -v ON_ERROR_STOP=1",
      in: folder.path)
    #expect(
      try snapshot(
        "rebuild it\\'s\\ here/events.csv\(ending) --users it\\'s\\ here/users.csv\(ending)", cluster, folder)
        == expected)
  }

  @Test("export-sql --since: what was stored lately, added to a packed log, gives the pack of all")
  func exportSince() throws {
    let cluster = try PrivateCluster()
    let work = try ScratchFolder()
    try cluster.shell(
      "psql -q -v ON_ERROR_STOP=1 <<'E'\n\(ExportTests.tables)\n\(ExportTests.oddities)\nE", in: work.path)
    try cluster.shell(
      """
      set -e
      $refold export-sql --schema public | psql -X -q -v ON_ERROR_STOP=1
      since=$(psql -X -At -c "set timezone to 'UTC'" -c "select percentile_disc(0.5) within group (order by created_at) \
        from events where isfinite(created_at)" | tail -n 1 | tr ' ' T):00
      mkdir new
      $refold export-sql --schema public --directory new --since "$since" | psql -X -q -v ON_ERROR_STOP=1
      test $(wc -l < new/events.csv) -gt 1
      test $(wc -l < new/events.csv) -lt $(wc -l < events.csv)
      psql -X -q -c "\\copy (select * from events where created_at <= '$since') to 'old.csv' csv header"
      $refold pack events.csv --users users.csv -o all.refold
      $refold pack old.csv --users users.csv -o old.refold
      $refold pack old.refold new/events.csv -o both.refold
      cmp all.refold both.refold
      """, in: work.path)
  }

  @Test("event-log.md: dumps that are not plain COPY are refused with the command that converts them")
  func refusals() throws {
    let cluster = try PrivateCluster()
    let work = try ScratchFolder()
    try cluster.shell(
      "psql -q -v ON_ERROR_STOP=1 <<'E'\n\(ExportTests.tables)\n\(ExportTests.oddities)\nE", in: work.path)
    for (export, words) in [
      ("pg_dump -Fc > dump", "pg_restore -f - dump"),
      ("pg_dump -Ft > dump", "pg_restore -f - dump"),
      ("rm -rf dump; pg_dump -Fd -f dump", "pg_restore -f - dump"),
      ("rm -rf dump; pg_dump -t users > dump", "the dump has no rows of events"),
    ] {
      try cluster.shell(export, in: work.path)
      let finished = try run(refoldBinary, ["rebuild", "dump", "-o", "s.sqlite"], directory: work.path)
      #expect(finished.status == 2 && finished.errors.contains(words), "\(export): \(finished.errors)")
    }
  }

  private func snapshot(_ rebuild: String, _ cluster: PrivateCluster, _ folder: ScratchFolder) throws -> Data {
    let command = rebuild.contains("|") ? rebuild.replacing("rebuild ", with: "$refold rebuild ") : "$refold " + rebuild
    try cluster.shell(command + " --as-of 2026-02-22T00:00:00Z -o s.sqlite --force", in: folder.path)
    return try #require(folder.bytes("s.sqlite"))
  }

  /// The tables of event-log.md, plus columns of users that refold must not read.
  static let tables = """
    create table users (id uuid primary key, email text default 'a@b.example', password_hash text,
      created_at timestamptz default now());
    create table events (id uuid primary key, user_id uuid not null, timestamp timestamptz not null,
      event_type text not null, data jsonb not null, metadata jsonb not null, created_at timestamptz not null);
    create unique index on events (user_id, (metadata->>'idempotency_key'));
    create table projections (id uuid, user_id uuid, projection_type text, key text, data jsonb, version bigint,
      last_event_id uuid, created_at timestamptz, updated_at timestamptz, unique (user_id, projection_type, key));
    create table other (note text);
    insert into other values (E'COPY public.events (id) FROM stdin;\\n\\\\.\\n');
    """

  /// Rows with values that each export form escapes in its own way.
  static let oddities = """
    insert into events
    select md5('e' || number)::uuid, md5('u')::uuid, '2026-01-05 17:30:00.123456+00'::timestamptz + number * '1 hour'::interval,
      (array['set.logged', E'odd,"type\\t\\\\N', E'\\\\N', ' ', E'line\\nbreak', 'ünïcödé 🏋'])[1 + number % 6],
      (array[
        '{"reps": 5, "weight_kg": 100.50, "exercise_id": "barbell_back_squat"}',
        '{"a": "tab\\t newline\\n return\\r quote\\" backslash\\\\ slash/ \\b\\f \\u001f é 🏋"}',
        '{"n": [1e400, 1e2, -0.0, 1.50, 123456789012345678901234567890, 0.1e-20, 1e-300]}',
        'null', '[]', '"text"', '7', '{"\\\\N": "\\\\.", "": {}}', '{"reps": 5, "weight_kg": 1e2, "exercise_id": "a,b"}'
      ]::jsonb[])[1 + number % 9],
      (array['{}', 'null', '{"source": "\\\\", "device": "a\\"b"}']::jsonb[])[1 + number % 3],
      '2026-01-06 00:00:00+00'::timestamptz + number * '1.000001 seconds'::interval
    from generate_series(1, 200) as number;
    insert into users values (md5('u')::uuid), (md5('quiet')::uuid);
    """

  static let ndjson = """
    psql -Atc "select row_to_json(e) from events e" > events.ndjson
    psql -Atc "select row_to_json(u) from users u" > users.ndjson

    """
  static let users = """
    psql -Atc "select row_to_json(u) from users u" > users.ndjson
    psql -qc "\\copy users to 'users.csv' csv header"
    psql -qc "\\copy users to 'users.tsv'"

    """
  private static let csv = "psql -qc \"\\copy events to 'events.csv' csv header\"\n"
  private static let copy = "psql -qc \"\\copy events to 'events.tsv'\"\n"
  private static let dump = "pg_dump --data-only -t events -t users -t projections"

  /// Name, export script, rebuild command.
  static let exports: [(String, String, String)] = [
    ("NDJSON, gzip", ndjson + "gzip events.ndjson", "rebuild events.ndjson.gz --users users.csv"),
    ("NDJSON, zstd, pipe", ndjson, "zstd -qc events.ndjson | rebuild - --users users.tsv"),
    ("NDJSON, other time zone", "export PGTZ=Asia/Kolkata\n" + ndjson, "rebuild events.ndjson --users users.ndjson"),
    ("CSV", csv, "rebuild events.csv --users users.csv"),
    ("CSV, gzip, pipe", csv, "gzip -c events.csv | rebuild - --users users.csv"),
    ("CSV, zstd", csv + "zstd -q events.csv", "rebuild events.csv.zst --users users.csv"),
    ("CSV, other time zone", "export PGTZ=America/St_Johns\n" + csv, "rebuild events.csv --users users.csv"),
    (
      "CSV, other column order, force quote",
      "psql -qc \"\\copy (select metadata, data, created_at, id, 1 as x, event_type, timestamp, user_id from events) "
        + "to 'events.csv' csv header force quote *\"", "rebuild events.csv --users users.csv"
    ),
    ("COPY text", copy, "rebuild events.tsv --users users.tsv"),
    ("COPY text, gzip", copy + "gzip events.tsv", "rebuild events.tsv.gz --users users.tsv"),
    ("COPY text, zstd, pipe", copy, "zstd -qc events.tsv | rebuild - --users users.tsv"),
    ("pg_dump", dump + " > dump.sql", "rebuild dump.sql"),
    ("pg_dump, gzip", dump + " | gzip > dump.sql.gz", "rebuild dump.sql.gz"),
    ("pg_dump, zstd, pipe", dump + " > dump.sql", "zstd -qc dump.sql | rebuild -"),
    ("pg_dump of everything", "pg_dump > dump.sql", "rebuild dump.sql"),
    ("pg_dump --inserts", "pg_dump --inserts > dump.sql", "rebuild dump.sql"),
    ("pg_dump --column-inserts", dump + " --column-inserts > dump.sql", "rebuild dump.sql"),
    (
      "pg_dump --rows-per-insert", dump + " --rows-per-insert=50 --on-conflict-do-nothing > dump.sql",
      "cat dump.sql | rebuild -"
    ),
    ("pg_dump, quoted names, clean, create", "pg_dump --quote-all-identifiers -c -C > dump.sql", "rebuild dump.sql"),
    ("pg_dumpall", "pg_dumpall > dump.sql", "rebuild dump.sql"),
    (
      "JSON array", "psql -Atc 'select json_agg(e) from events e' > events.json",
      "rebuild events.json --users users.csv"
    ),
    (
      "JSON over several lines", "psql -Atc 'select row_to_json(e, true) from events e' > events.json",
      "rebuild events.json --users users.csv"
    ),
    (
      "CSV with semicolons", "psql -qc \"\\copy events to 'events.csv' csv header delimiter ';'\"",
      "rebuild events.csv --users users.csv"
    ),
    (
      "CSV with tabs", "psql -qc \"\\copy events to 'events.tsv' csv header delimiter E'\\t'\"",
      "rebuild events.tsv --users users.csv"
    ),
    (
      "COPY text with a header", "psql -qc \"\\copy events to 'events.tsv' (format text, header)\"",
      "rebuild events.tsv --users users.csv"
    ),
    (
      "CSV in UTF-16", csv + "iconv -f UTF-8 -t UTF-16 events.csv > wide.csv", "rebuild wide.csv --users users.csv"
    ),
    ("pg_dump, custom format", "pg_dump -Fc -f backup.dump", "pg_restore -f - backup.dump | rebuild -"),
    ("pg_dump, directory format", "pg_dump -Fd -f backup", "pg_restore -f - backup | rebuild -"),
    (
      "shards of several forms",
      """
      mkdir shards
      psql -qc "\\copy (select * from events where timestamp < '2025-09-01') to 'shards/a.csv' csv header"
      psql -Atc "select row_to_json(e) from events e where timestamp >= '2025-08-01'" | zstd -q > shards/b.zst
      """, "rebuild shards --users users.csv"
    ),
  ]
}
