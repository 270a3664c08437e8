import EventModel

/// A psql script that exports the data that refold reads, as one consistent copy.
package struct ExportScript: Sendable {
  /// The schema of the tables; `nil`: the schema in which psql finds them.
  package var schema: String?
  /// The directory of the files, relative to where psql runs.
  package var directory = "."
  /// The program that compresses the rows, which also decides the file extension.
  package var compression: Compression?
  /// Whether `background_jobs` is exported too.
  package var takesJobs = false
  /// Only events stored since this instant are exported; `nil`: all. Users and projections are exported whole.
  package var since: Instant?

  package enum Compression: String, Sendable, CaseIterable {
    case gzip, zstd

    var ending: String { self == .gzip ? ".gz" : ".zst" }
    var command: String { self == .gzip ? "gzip -c" : "zstd -qc" }
  }

  package init() {}

  /// The columns that refold reads; of the users table only the id.
  private static let tables: [(name: String, columns: String)] = [
    ("events", "id, user_id, \"timestamp\", event_type, data, metadata, created_at"),
    ("users", "id"),
    (
      "projections",
      "id, user_id, projection_type, key, data, version, last_event_id, created_at, updated_at"
    ),
    (
      "background_jobs",
      "id, user_id, job_type, payload, status, priority, attempt, max_retries, error_message, created_at, started_at, "
        + "completed_at, scheduled_for"
    ),
  ]

  /// The script: one transaction that sees one state of the database, so that events, users and projections belong
  /// together.
  package var text: String {
    var lines = [
      "-- Exports what refold reads, in one transaction: all tables as of one instant.",
      "--   umask 077; refold export-sql | psql -X -q -v ON_ERROR_STOP=1 \"$DATABASE_URL\"",
      "begin transaction isolation level repeatable read read only;",
      "set local timezone to 'UTC';",
      "set local datestyle to ISO;",
    ]
    for (name, columns) in ExportScript.tables where takesJobs || name != "background_jobs" {
      let file = directory + "/" + name + ".csv" + (compression?.ending ?? "")
      let target = compression.map { "program \(quoted("\($0.command) > \(shellQuoted(file))"))" } ?? quoted(file)
      let condition = name == "events" ? since.map { " where created_at >= '\($0)'" } ?? "" : ""
      lines.append("\\copy (select \(columns) from \(table(name))\(condition)) to \(target) csv header")
    }
    lines.append("commit;")
    return lines.joined(separator: "\n") + "\n"
  }

  private func table(_ name: String) -> String {
    schema.map { "\"\(doubled($0, "\""))\"." + name } ?? name
  }

  private func quoted(_ text: String) -> String { "'\(doubled(text, "'"))'" }

  private func shellQuoted(_ text: String) -> String {
    "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
  }

  private func doubled(_ text: String, _ quote: Character) -> String {
    String(text.flatMap { $0 == quote ? [$0, $0] : [$0] })
  }
}
