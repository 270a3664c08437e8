import EventModel

/// A kind of file that refold does not read, and how to get a readable export instead.
///
/// ``all`` is the only table of these kinds. Messages and documentation are generated from it.
public struct ForeignFile: Sendable {
  /// A short name for the documentation.
  public let name: String
  /// How the kind is recognised, in words.
  public let sign: String
  /// What the file is, and how to get an export that refold reads. `FILE` is replaced by the file's name.
  public let message: String
  let isIt: @Sendable (Head) -> Bool

  /// The first unpacked bytes of a file.
  struct Head {
    let bytes: UnsafeRawBufferPointer

    func starts(with text: String) -> Bool { bytes.starts(with: Array(text.utf8)) }
    func starts(with magic: [UInt8]) -> Bool { bytes.starts(with: magic) }
    func has(_ text: String, at offset: Int) -> Bool {
      bytes.count >= offset + text.utf8.count
        && bytes[offset..<(offset + text.utf8.count)].elementsEqual(Array(text.utf8))
    }
    /// Whether the bytes start with `text`, after a byte order mark and white space and ignoring case.
    func startsText(with text: String) -> Bool {
      let start = bytes.dropFirst(RecordForm.byteOrderMark(bytes)).drop { $0 <= ASCII.space }
      return start.prefix(text.utf8.count).map { $0 < 0x80 ? $0 | 0x20 : $0 }
        .elementsEqual(text.utf8.map { $0 | 0x20 })
    }
    /// Whether the second line is the rule that psql draws below column names: hyphens, with plus signs between
    /// columns.
    var isAligned: Bool {
      let line = secondLine
      return line.hasPrefix("---") && line.allSatisfy { $0 == "-" || $0 == "+" } && !firstLine.hasPrefix("-")
        && !firstLine.hasPrefix("/*")
    }
    var firstLine: String {
      let start = bytes.dropFirst(RecordForm.byteOrderMark(bytes)).drop { $0 <= ASCII.space }
      return String(
        decoding: start.prefix(1 << 10).prefix { $0 != ASCII.lineFeed && $0 != ASCII.carriageReturn }, as: UTF8.self)
    }
    /// The second line that is not blank.
    var secondLine: String {
      let start = bytes.dropFirst(RecordForm.byteOrderMark(bytes)).drop { $0 <= ASCII.space }
      let rest = start.drop { $0 != ASCII.lineFeed }.drop { $0 <= ASCII.space }
      return String(
        decoding: rest.prefix(1 << 10).prefix { $0 != ASCII.lineFeed && $0 != ASCII.carriageReturn }, as: UTF8.self)
    }
  }

  /// Throws if the file is of one of these kinds.
  static func refuse(_ head: UnsafeRawBufferPointer, file: String) throws(MalformedInput) {
    let start = Head(bytes: head)
    guard let kind = all.first(where: { $0.isIt(start) }) else { return }
    throw MalformedInput(file: file, reason: kind.said(of: file))
  }

  /// The message with the file's name in it.
  func said(of file: String) -> String {
    let parts = message.split(separator: "FILE", omittingEmptySubsequences: false)
    return parts.joined(separator: file == "-" ? "FILE" : file)
  }

  /// In the order in which they are tried.
  public static let all: [ForeignFile] = [
    ForeignFile(
      name: "packed log", sign: "byte 0x89 and `REFOLD`",
      message: "a packed log, which is read where a command takes a log, and from a file only: refold rebuild FILE …"
    ) { $0.starts(with: PackedLog.magic) },
    ForeignFile(
      name: "custom-format dump", sign: "`PGDMP`",
      message: "a custom-format dump; convert it on a pipe: pg_restore -f - FILE | refold … -"
    ) { $0.starts(with: "PGDMP") },
    ForeignFile(
      name: "tar-format dump", sign: "a tar archive that begins with `toc.dat`",
      message: "a tar-format dump; convert it on a pipe: pg_restore -f - FILE | refold … -"
    ) { $0.has("ustar", at: 257) && $0.starts(with: "toc.dat") },
    ForeignFile(
      name: "tar archive", sign: "`ustar` at byte 257", message: "a tar archive; unpack it and name the files in it"
    ) { $0.has("ustar", at: 257) },
    ForeignFile(
      name: "binary COPY", sign: "`PGCOPY`",
      message:
        "COPY in binary format, which depends on the server; export it as text: \\copy events to 'events.csv' csv header"
    ) { $0.starts(with: "PGCOPY\n") },
    ForeignFile(
      name: "Parquet", sign: "`PAR1`",
      message:
        "a Parquet file; convert it on a pipe: duckdb -c \"copy (from 'FILE') to '/dev/stdout' (format json)\" | refold … -"
    ) { $0.starts(with: "PAR1") },
    ForeignFile(
      name: "SQLite database", sign: "`SQLite format 3`",
      message: "a SQLite database; export the table on a pipe: sqlite3 -json FILE 'select * from events' | refold … -"
    ) { $0.starts(with: "SQLite format 3\0") },
    ForeignFile(
      name: "DuckDB database", sign: "`DUCK` at byte 8",
      message:
        "a DuckDB database; export the table on a pipe: duckdb FILE -c \"copy events to '/dev/stdout' (format json)\" | refold … -"
    ) { $0.has("DUCK", at: 8) },
    ForeignFile(
      name: "Arrow", sign: "`ARROW1`",
      message:
        "an Arrow or Feather file; convert it to NDJSON, one object per line, with data and metadata as their original text"
    ) { $0.starts(with: "ARROW1") },
    ForeignFile(
      name: "Avro", sign: "`Obj` and byte 1",
      message: "an Avro file; convert it on a pipe: avro-tools tojson FILE | refold … -"
    ) { $0.starts(with: [0x4F, 0x62, 0x6A, 0x01]) },
    ForeignFile(
      name: "ORC", sign: "`ORC`", message: "an ORC file; convert it to NDJSON, one object per line"
    ) { $0.starts(with: "ORC") && $0.bytes.count > 3 && $0.bytes[3] < ASCII.space },
    ForeignFile(
      name: "Excel workbook (old)", sign: "bytes D0 CF 11 E0",
      message:
        "an Excel workbook, which changes instants and long numbers; export from the database: \\copy events to 'events.csv' csv header"
    ) { $0.starts(with: [0xD0, 0xCF, 0x11, 0xE0]) },
    ForeignFile(
      name: "gzip in gzip", sign: "a packed file in a packed file",
      message: "packed twice; unpack the outer one on a pipe: zcat FILE | refold … -"
    ) { $0.starts(with: [0x1F, 0x8B]) || $0.starts(with: [0x28, 0xB5, 0x2F, 0xFD]) },
    ForeignFile(
      name: "Git LFS pointer", sign: "`version https://git-lfs…`",
      message: "a Git LFS pointer and not the file itself; fetch it: git lfs pull"
    ) { $0.startsText(with: "version https://git-lfs") },
    ForeignFile(
      name: "HTML page", sign: "`<!doctype html` or `<html`",
      message: "an HTML page, perhaps a login or error page saved instead of the download; download the export again"
    ) { $0.startsText(with: "<!doctype html") || $0.startsText(with: "<html") },
    ForeignFile(
      name: "MySQL dump", sign: "`-- MySQL dump` or `-- MariaDB dump`",
      message: "a dump of MySQL or MariaDB, which writes texts differently; export the table as NDJSON or CSV"
    ) {
      $0.startsText(with: "-- mysql dump") || $0.startsText(with: "-- mariadb dump")
        || $0.startsText(with: "/*!") || $0.startsText(with: "/*m!")
    },
    ForeignFile(
      name: "aligned table of psql", sign: "a line of names with bars, a line of hyphens after it",
      message:
        "a table as psql prints it for people; export again: psql -X -At -c 'select row_to_json(e) from events e'"
    ) { $0.isAligned || $0.firstLine.hasPrefix("-[ RECORD 1 ]") },
    ForeignFile(
      name: "unaligned output of psql", sign: "a first line such as `row_to_json`",
      message:
        "begins with the name of a column: psql was run without -t; export again: psql -X -At -c 'select row_to_json(e) from events e'"
    ) { ForeignText.jsonColumns.contains($0.firstLine.filter { $0 != "\"" && $0 != " " }) },
    ForeignFile(
      name: "HTML table of psql", sign: "`<table`",
      message: "a table as psql -H prints it; export again: psql -X -At -c 'select row_to_json(e) from events e'"
    ) { $0.startsText(with: "<table") },
    ForeignFile(
      name: "XML", sign: "`<?xml` or another `<`",
      message: "XML, perhaps an error response of an object store; download or export it again, as NDJSON or CSV"
    ) { $0.startsText(with: "<") },
    ForeignFile(
      name: "psql's messages", sign: "`Timing is on.`, `SET`, `BEGIN`, … on a line of their own",
      message:
        "begins with messages of psql, which its ~/.psqlrc or SET statements print; export again without them: psql -X -At -q"
    ) { ForeignText.isTalk($0.firstLine) },
    ForeignFile(
      name: "messages of pg_dump", sign: "`pg_dump:` …",
      message:
        "begins with messages of pg_dump: its errors went into the file; dump again and keep them apart: pg_dump … 2> errors"
    ) { ForeignText.isDumpMessage($0.firstLine) },
    ForeignFile(
      name: "Python's text of a dict", sign: "`{'` or `[{'`",
      message: "Python's text of its objects and not JSON; write it with json.dumps, one object per line"
    ) { $0.startsText(with: "{'") || $0.startsText(with: "[{'") || $0.startsText(with: "[ {'") },
  ]
}
