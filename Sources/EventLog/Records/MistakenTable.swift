import EventModel
import JSONTape

/// Detects an export of another table than expected, by the names of its columns or members. COPY text has no names and
/// is judged by the fields of its first record.
extension TableKind {
  /// The other table whose required columns are all in `names`; `nil` if `names` may belong to `table`.
  static func other(than table: TableKind, named names: [String]) -> TableKind? {
    if table != .users, table.required.allSatisfy(names.contains) { return nil }
    let full: [TableKind] = [.events, .projections, .backgroundJobs]
    if let other = full.first(where: { $0 != table && $0.required.allSatisfy(names.contains) }) { return other }
    // Of users only the id is known: names that share no other required column with the table may be a users export.
    let isForeign = names.contains("id") && !table.required.contains { $0 != "id" && names.contains($0) }
    return table != .users && isForeign && names.contains(where: likelyUserColumns.contains) ? .users : nil
  }

  /// Columns that users tables usually have besides the id.
  private static let likelyUserColumns = [
    "email", "name", "username", "display_name", "password_hash", "is_active", "created_at", "updated_at",
  ]

  /// The first object of NDJSON, of an array, or of objects over several lines; `nil` if there is none or it is
  /// incomplete.
  static func firstObject(of text: UnsafeRawBufferPointer, isWhole: Bool) -> JSONTree? {
    guard let start = text.firstIndex(of: UInt8(ascii: "{")),
      text[..<start].allSatisfy({ $0 <= ASCII.space || $0 == 0x5B || $0 >= 0x80 }),
      let base = text.baseAddress, let end = JSONCutter.endOfObject(base, from: start, to: text.count)
    else { return nil }
    return try? JSONTree(parsing: Array(text[start..<end]))
  }

  /// The other table that the fields of the first COPY text record belong to; `nil` if unclear or if the record is
  /// incomplete.
  static func other(
    than table: TableKind, firstFieldsOf text: UnsafeRawBufferPointer, isWhole: Bool
  ) -> TableKind? {
    let start = text.firstIndex { $0 > ASCII.space } ?? text.count
    let end = text[start...].firstIndex(of: ASCII.lineFeed) ?? text.count
    if start == end || (end == text.count && !isWhole) { return nil }
    return other(than: table, fieldsOf: UnsafeRawBufferPointer(rebasing: text[start..<end]))
  }

  private static func other(than table: TableKind, fieldsOf line: UnsafeRawBufferPointer) -> TableKind? {
    let fields = line.split(separator: ASCII.tab, omittingEmptySubsequences: false)
    guard fields.count != table.copyFieldCount, fields.count > 2 else { return nil }
    func isID(_ field: Int) -> Bool { UUID128(UnsafeRawBufferPointer(rebasing: fields[field])) != nil }
    guard isID(1) else { return nil }
    switch fields.count {
    case TableKind.events.columns.count where isID(0): return .events
    case TableKind.projections.columns.count where isID(0): return .projections
    case TableKind.backgroundJobs.columns.count where fields[0].allSatisfy { (0x30...0x39).contains($0) }:
      return .backgroundJobs
    default: return nil
    }
  }

  /// The message for an export of this table that was given as one of `table`.
  func mistaken(for table: TableKind, by names: String) -> String {
    let advice =
      switch (self, table) {
      case (.users, .events): "; give it with --users"
      case (.events, .users): "; give it as the log, without --users"
      case (.projections, .events), (.projections, .users): "; a rebuild computes them from the log"
      default: ""
      }
    return "looks like an export of \(name) by its \(names), where \(table.name) are expected\(advice)"
  }
}
