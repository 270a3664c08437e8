/// The format of a snapshot file: a SQLite database with these marks and tables.
///
/// All tables are `STRICT`. All except `projections` are `WITHOUT ROWID`: small rows, stored once, in the order of
/// their key. `projections` keeps its rowid: an index page moves each row longer than a quarter of a page to an
/// overflow page, a table page only rows that do not fit. Rowids ascend with (user_id, projection_type, key).
///
/// Identifiers are lower-case hyphenated UUID text, instants are ISO 8601 text in UTC
/// (`2026-01-05T17:30:00.123000+00:00`) and `data` is canonical JSON text, so that any SQLite shell and DuckDB read
/// them as they are.
package enum SnapshotSchema {
  /// `RFLD`: identifies a snapshot to `file(1)` and ``SnapshotReader``.
  package static let applicationID = 0x5246_4C44
  /// The format; ``SnapshotReader`` refuses any other. Raised when the meaning of a table or a digest changes.
  package static let userVersion = 2

  /// The tables, in the order of creation.
  ///
  /// `projections` has the columns of the live table; `id` follows from its key (``UUID128/projectionNamespace``) and
  /// needs no index. `users.source` says which inputs named the user: `export`, `events` or `both`.
  static let tables = """
    CREATE TABLE projections (
      id TEXT NOT NULL,
      user_id TEXT NOT NULL,
      projection_type TEXT NOT NULL,
      key TEXT NOT NULL,
      data TEXT NOT NULL,
      version INTEGER NOT NULL,
      last_event_id TEXT,
      created_at TEXT NOT NULL,
      updated_at TEXT NOT NULL,
      UNIQUE (user_id, projection_type, key)
    ) STRICT;
    CREATE TABLE failures (
      user_id TEXT NOT NULL,
      projection_type TEXT NOT NULL,
      code TEXT NOT NULL,
      event_id TEXT,
      detail TEXT NOT NULL,
      PRIMARY KEY (user_id, projection_type)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE users (
      id TEXT NOT NULL PRIMARY KEY,
      source TEXT NOT NULL CHECK (source IN ('export', 'events', 'both'))
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE signals (
      user_id TEXT NOT NULL,
      event_type TEXT NOT NULL,
      events INTEGER NOT NULL,
      first_timestamp TEXT NOT NULL,
      last_timestamp TEXT NOT NULL,
      newest_event_id TEXT NOT NULL,
      PRIMARY KEY (user_id, event_type)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE manifest (
      key TEXT NOT NULL PRIMARY KEY,
      value TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;
    """
}

/// Which inputs named a user.
package enum UserSource: String, Sendable, CaseIterable {
  /// The users export only: a user without any event.
  case export
  /// The events only: reported, because the export lacks the user.
  case events
  case both
}

/// Settings that affect the time and memory of writing but, except for the page size, never a byte of the file.
package struct SnapshotTuning: Sendable {
  /// Size of a database page in bytes, a power of two from 512 to 65,536. Larger pages make a small snapshot larger.
  package var pageBytes = 16_384
  /// Number of bytes after which the kernel is asked to start writing back; 0 for only at the end.
  package var writebackBytes = 4 << 20

  package init() {}
}
