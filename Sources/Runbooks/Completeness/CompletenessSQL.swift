import EventModel

/// The query that counts live's events by user, as a statement for psql.
package struct CompletenessSQL: Sendable {
  /// Up to which instant events are counted.
  package enum Limit: Sendable, Equatable {
    /// The psql variable `as_of`, which the operator sets.
    case variable
    case instant(Instant)
    /// All events: the log has no `created_at`.
    case none
  }

  package var limit = Limit.variable
  /// The schema of the table; `nil`: the schema in which psql finds it.
  package var schema: String?
  package var table = "events"

  package init() {}

  /// The columns of the result, which ``LiveCounts`` reads.
  static let columns = ["user_id", "events", "ids", "users", "as_of"]

  package var text: String {
    var lines = [
      "-- Counts the events of each user, for: refold verify LOG --completeness counts.csv",
      "--   psql -X -q -v ON_ERROR_STOP=1\(isVariable ? " -v as_of=INSTANT" : "") -f FILE \"$DATABASE_URL\" > counts.csv",
    ]
    if isVariable {
      lines.append("-- INSTANT: events stored up to then are counted, such as '2026-02-22T00:00:00Z', or now.")
    }
    lines += [
      "-- Rows that are marked as deleted count, too. If the log is read with --deleted drop, add a condition such as",
      "-- deleted_at IS NULL.",
      "COPY (",
      "  SELECT user_id, count(*) AS events,",
      "    sum(('x' || left(md5(id::text), 16))::bit(64)::bigint) AS ids,",
      "    count(*) OVER () AS users,",
      "    \(asOf) AS as_of",
      "  FROM \(qualifiedTable)",
    ]
    if let instant { lines.append("  WHERE created_at <= \(instant)") }
    lines += ["  GROUP BY user_id", "  ORDER BY user_id", ") TO STDOUT WITH (FORMAT csv, HEADER);"]
    return lines.joined(separator: "\n") + "\n"
  }

  private var isVariable: Bool { limit == .variable }

  /// The instant as SQL; `nil`: none.
  private var instant: String? {
    switch limit {
    case .variable: ":'as_of'::timestamptz"
    case .instant(let instant): "'\(instant)'::timestamptz"
    case .none: nil
    }
  }

  /// The instant as the result has it, whatever the session's time zone and style.
  private var asOf: String {
    instant.map { "to_char(\($0) AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')" } ?? "NULL::text"
  }

  private var qualifiedTable: String {
    (schema.map { quoted($0) + "." } ?? "") + (table == "events" ? table : quoted(table))
  }

  private func quoted(_ name: String) -> String { "\"\(String(name.flatMap { $0 == "\"" ? [$0, $0] : [$0] }))\"" }
}
