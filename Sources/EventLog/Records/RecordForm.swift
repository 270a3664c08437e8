/// The text forms of an export, once unpacked.
public enum RecordForm: String, Sendable, CaseIterable {
  /// One JSON object per line.
  case ndjson
  /// One JSON array of objects, or objects that are printed over several lines.
  case json
  /// RFC 4180 with a header line, from which the separator is detected.
  case csv
  /// PostgreSQL's COPY text: tab-separated, with or without a header line.
  case copyText = "copy"
  /// SQL as pg_dump writes it, with COPY blocks or INSERT statements.
  case pgDump = "pg_dump"
}
