/// The text forms of an export, once unpacked.
public enum RecordForm: String, Sendable, CaseIterable {
  /// One JSON object a line.
  case ndjson
  /// RFC 4180 with a header line.
  case csv
  /// PostgreSQL's COPY text: tab-separated, no header.
  case copyText = "copy"
  /// Plain SQL as pg_dump writes it, with COPY blocks.
  case pgDump = "pg_dump"
}
