import EventModel
import JSONTape

/// Hints about which tool wrote text that refold cannot read. They quote nothing from the text except words for NULL.
public enum ForeignText {
  // MARK: Lines of tools

  /// Column names that psql prints for queries with a single JSON column.
  static let jsonColumns: Set = [
    "row_to_json", "to_json", "to_jsonb", "json_agg", "jsonb_agg", "jsonb_pretty", "json_build_object",
    "jsonb_build_object",
  ]

  /// Whether a line is a message that psql prints in addition to results.
  static func isTalk(_ line: String) -> Bool {
    let line = line.last == "\r" ? String(line.dropLast()) : line
    if tags.contains(line) { return true }
    if beginnings.contains(where: line.hasPrefix) { return true }
    let words = line.split(separator: " ", omittingEmptySubsequences: false)
    if words.count >= 2, counted.contains(String(words[0])), words.dropFirst().allSatisfy({ Int($0) != nil }) {
      return true
    }
    return line.hasPrefix("(") && (line.hasSuffix(" rows)") || line == "(1 row)")
      && line.dropFirst().prefix { $0 != " " }.allSatisfy(\.isNumber)
  }

  /// Command tags without a count.
  private static let tags: Set = [
    "SET", "RESET", "BEGIN", "COMMIT", "ROLLBACK", "START TRANSACTION", "DISCARD ALL", "SHOW", "LOAD", "DO",
  ]
  /// Command tags with a count.
  private static let counted: Set = ["COPY", "SELECT", "INSERT", "UPDATE", "DELETE", "FETCH", "MOVE"]
  private static let beginnings = [
    "Timing is o", "Time: ", "Pager usage is ", "Pager is ", "Null display is ", "Output format is ",
    "Expanded display is ",
    "Tuples only is ", "Field separator is ", "Record separator is ", "Line style is ", "Border style is ",
    "Default footer is ", "You are now connected to database ", "You are connected to database ", "psql (", "psql: ",
    "psql:", "SSL connection (", "Type \"help\" for help.", "NOTICE:  ", "WARNING:  ", "ERROR:  ", "DETAIL:  ",
    "HINT:  ",
  ]

  /// Whether a line is a message of pg_dump, pg_dumpall or pg_restore.
  static func isDumpMessage(_ line: String) -> Bool {
    ["pg_dump: ", "pg_dumpall: ", "pg_restore: "].contains(where: line.hasPrefix)
  }

  /// The hint for an unreadable record that is output of a tool; `nil` for others.
  static func line(_ record: UnsafeRawBufferPointer) -> String? {
    guard record.count <= 1 << 10 else { return nil }
    let text = String(decoding: record, as: UTF8.self)
    if isDumpMessage(text) {
      return
        "a message of pg_dump: it failed there, and the dump is cut off; dump again, and keep messages apart: 2> errors"
    }
    if text.hasSuffix("+"), text.contains("{") || text.contains("\":") || text.contains(" +") {
      return "psql writes + where a value continues on the next line; export again: psql -X -At"
    }
    return isTalk(text)
      ? "a message of psql among the rows; export again without them: psql -X -At -q" : nil
  }

  // MARK: Spellings of JSON

  /// The hint for text that is not JSON, from its first single quote or first word that JSON does not have; `nil` if
  /// neither is known.
  static func spelling(_ text: UnsafeRawBufferPointer) -> String? {
    var offset = 0
    var isInside = false
    while offset < text.count {
      let byte = text[offset]
      if isInside {
        if byte == ASCII.backslash { offset += 1 }
        if byte == ASCII.quote { isInside = false }
        offset += 1
        continue
      }
      if byte == ASCII.quote { isInside = true }
      if byte == UInt8(ascii: "'") { return python }
      guard (0x61...0x7A).contains(byte | 0x20) else {
        offset += 1
        continue
      }
      let word = text[offset...].prefix { (0x61...0x7A).contains($0 | 0x20) }
      switch String(decoding: word.prefix(16), as: UTF8.self) {
      case "true", "false", "null", "e", "E": offset += word.count
      case "NaN", "Infinity":
        return "NaN and Infinity are not JSON: Python's json.dumps and pandas write them; PostgreSQL cannot hold them"
      case "None", "True", "False": return python
      default: return nil
      }
    }
    return nil
  }

  /// The hint for a JSON record with doubled backslashes, as COPY text writes them; `nil` for others.
  static func copied(_ record: UnsafeRawBufferPointer) -> String? {
    for at in record.indices.dropLast(2) where record[at] == ASCII.backslash {
      if record[at + 1] == ASCII.backslash, record[at + 2] == ASCII.quote {
        return
          "COPY doubles the backslashes of JSON, which is not detected in every record; export it again: psql -X -At -c "
          + "'select row_to_json(e) from events e'"
      }
    }
    return nil
  }

  private static let python = "this is Python's text of an object, not JSON: write it with json.dumps"

  // MARK: Spellings of NULL

  /// The hint for text that tools write for NULL; `nil` for other text.
  static func null(_ text: UnsafeRawBufferPointer) -> String? {
    let shown = String(decoding: text.prefix(16), as: UTF8.self)
    return nulls.contains(shown) ? "a tool wrote \(shown) for NULL: say --null '\(shown)'" : nil
  }

  private static let nulls: Set = [
    "NULL", "Null", "[NULL]", "(null)", "<null>", "<NULL>", "\\N", "None", "nan", "NaN", "NA", "N/A", "\"N",
  ]

  /// The hint for a CSV record with a quoting fault, caused by `"N` for NULL; empty for others.
  static func nullHint(_ split: SplitRecord, _ record: UnsafeRawBufferPointer) -> String {
    guard split.fault == .textAfterQuote || split.fault == .unterminatedQuote else { return "" }
    for offset in record.indices.dropLast() where record[offset] == ASCII.quote && record[offset + 1] == 0x4E {
      let isField = offset == 0 || separators.contains(record[offset - 1])
      let isEnd = offset + 2 == record.count || separators.contains(record[offset + 2])
      if isField, isEnd { return "; a tool wrote \"N for NULL: say --null '\"N'" }
    }
    return ""
  }

  private static let separators = Array(",;\t|\n\r".utf8)

  // MARK: Objects that are no rows

  /// The hint for a file whose first object has the members of another tool's records; `nil` for others.
  static func object(_ members: [String], _ first: JSONTree) -> String? {
    let names = Set(members)
    if names.isSuperset(of: ["before", "after", "op"]) || names.isSuperset(of: ["schema", "payload"]) {
      return changes("Debezium")
    }
    if names == ["change"] || names.isSuperset(of: ["action", "columns"])
      || names.isSuperset(of: ["kind", "columnnames"])
    {
      return changes("wal2json")
    }
    if names.isSuperset(of: ["database", "table", "type", "ts"]) { return changes("Maxwell") }
    if let id = first["_id"], id["$oid"] != nil || members.contains("_id") && hasExtended(first) {
      return "MongoDB's extended JSON; export the events table of PostgreSQL instead"
    }
    if names.contains("_airbyte_data") {
      return "Airbyte's raw records, which hold the rows in _airbyte_data; export the table of the rows themselves"
    }
    if names.isSuperset(of: ["_index", "_source"]) {
      return "documents of Elasticsearch; export the events table of PostgreSQL instead"
    }
    if members.count == 1, let rows = first.members?.first?.value.array, rows.isEmpty || rows[0].members != nil {
      return "one object that holds the rows in its only member, as DBeaver writes JSON; write the array alone"
    }
    return nil
  }

  private static func changes(_ tool: String) -> String {
    "change data capture of \(tool): changes and not rows; export the table: psql -X -Atc 'select row_to_json(e) from events e'"
  }

  private static func hasExtended(_ tree: JSONTree) -> Bool {
    tree.members?.contains { $0.value.members?.contains { $0.key.hasPrefix("$") } == true } == true
  }
}

extension RecordFault {
  /// The same fault with a hint about what wrote the record, if it is recognised.
  func hinting(_ record: UnsafeRawBufferPointer) -> RecordFault {
    guard
      let hint = ForeignText.line(record)
        ?? (field == nil
          ? ForeignText.spelling(record) ?? (reason.hasPrefix("not JSON") ? ForeignText.copied(record) : nil) : nil)
    else {
      return self
    }
    var fault = self
    fault.reason += "; \(hint)"
    return fault
  }

  /// The same fault with a hint if the value is a tool's word for NULL.
  func hinting(null value: UnsafeRawBufferPointer) -> RecordFault {
    guard let hint = ForeignText.null(value) else { return self }
    var fault = self
    fault.reason += "; \(hint)"
    return fault
  }

  /// The same fault with a hint about what wrote the value of a JSON column, if it is recognised.
  func hinting(value: UnsafeRawBufferPointer) -> RecordFault {
    // Words for NULL are left to `hinting(null:)`, whose caller knows the form.
    guard ForeignText.null(value) == nil, let hint = ForeignText.spelling(value) else { return self }
    var fault = self
    fault.reason += "; \(hint)"
    return fault
  }
}
