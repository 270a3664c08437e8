import Foundation
import JSONTape
import ProcessSupport

/// A database with the live tables, filled from `fixtures/runbooks/live`.
struct RunbookDatabase {
  let cluster: PrivateCluster
  let work: ScratchFolder

  init() throws {
    cluster = try PrivateCluster()
    work = try ScratchFolder()
    try execute(RunbookDatabase.tables)
    let live = repository + "/fixtures/runbooks/live"
    for (table, file) in [
      ("users (id)", "users.csv"), ("events", "events.csv.gz"), ("projections", "projections.csv.gz"),
    ] {
      try cluster.shell(
        "zcat -f '\(live)/\(file)' | psql -q -c \"\\copy \(table) from stdin csv header\"", in: work.path)
    }
  }

  /// Runs an SQL script with psql.
  func execute(_ sql: String) throws {
    try work.write("script.sql", sql.utf8)
    try cluster.shell("psql -X -q -v ON_ERROR_STOP=1 -f script.sql", in: work.path)
  }

  /// The rows of a query as JSON objects.
  func rows(_ query: String) throws -> [JSONTree] {
    let bare = query.trimmingCharacters(in: .whitespacesAndNewlines.union(CharacterSet(charactersIn: ";")))
    try work.write(
      "query.sql", "SELECT COALESCE(json_agg(row_to_json(rows)), '[]'::json) FROM (\n\(bare)\n) AS rows;\n".utf8)
    let finished = try cluster.shell(
      "psql -X -At -q -v ON_ERROR_STOP=1 -c \"SET search_path = fixed, public, pg_catalog\" -f query.sql",
      in: work.path)
    return try JSONTree(parsing: Array(finished.output.utf8)).array ?? []
  }

  /// Exports all tables as an operator would, runs refold on the files and returns its JSON output. Exit statuses 0 and
  /// 1 are accepted.
  func refold(_ command: String) throws -> JSONTree {
    try cluster.shell(
      """
      for table in users events projections background_jobs; do
        psql -X -qc "\\copy $table to '$table.csv' csv header"
      done
      """, in: work.path)
    let finished = try cluster.shell("$refold \(command) || [ $? = 1 ]", in: work.path)
    return try JSONTree(parsing: Array(finished.output.utf8))
  }

  /// The tables of event-log.md. NOW() is a fixed instant where `fixed` is on the search path.
  static let tables = """
    create table users (id uuid primary key);
    create table events (id uuid primary key, user_id uuid not null, timestamp timestamptz not null,
      event_type text not null, data jsonb not null, metadata jsonb not null, created_at timestamptz not null);
    create table projections (id uuid, user_id uuid not null, projection_type text not null, key text not null,
      data jsonb not null, version bigint, last_event_id uuid, created_at timestamptz, updated_at timestamptz not null,
      unique (user_id, projection_type, key));
    create table background_jobs (id bigserial primary key, user_id uuid not null references users (id),
      job_type text not null, payload jsonb not null,
      status text not null check (status in ('pending', 'processing', 'completed', 'failed', 'dead')),
      priority int not null, attempt int not null, max_retries int not null default 3, error_message text,
      created_at timestamptz not null, started_at timestamptz, completed_at timestamptz,
      scheduled_for timestamptz not null);
    create schema fixed;
    create function fixed.now() returns timestamptz language sql immutable
      as $$ select '2026-02-22 12:34:56.789012+00'::timestamptz $$;
    """

  static let now = "2026-02-22T12:34:56.789012Z"

  /// The SQL blocks of a runbook, unchanged.
  static func queries(_ runbook: String) throws -> [String] {
    let text = try String(contentsOfFile: "\(repository)/fixtures/runbooks/\(runbook)", encoding: .utf8)
    return text.components(separatedBy: "```sql\n").dropFirst().map { $0.components(separatedBy: "```")[0] }
  }
}
