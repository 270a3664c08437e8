import EventModel
import JSONTape

/// Which table an export really is of, when it is given as one of another: told by names, never by one bad record.
extension TableKind {
  /// The other table whose needed columns are all among `names`; `nil` when `names` may be those of `table`.
  static func other(than table: TableKind, named names: [String]) -> TableKind? {
    if table != .users, table.required.allSatisfy(names.contains) { return nil }
    let full: [TableKind] = [.events, .projections, .backgroundJobs]
    if let other = full.first(where: { $0 != table && $0.required.allSatisfy(names.contains) }) { return other }
    // Of users nothing is known but the id; what shares no other column with the table is taken for them.
    let isForeign = names.contains("id") && !table.required.contains { $0 != "id" && names.contains($0) }
    return table != .users && isForeign && names.contains(where: likelyUserColumns.contains) ? .users : nil
  }

  /// What tables of users usually have beside the id.
  private static let likelyUserColumns = [
    "email", "name", "username", "display_name", "password_hash", "is_active", "created_at", "updated_at",
  ]

  /// The first object of NDJSON, of an array, or of objects over several lines; `nil` when it is not whole or no object.
  static func firstObject(of text: UnsafeRawBufferPointer, isWhole: Bool) -> JSONTree? {
    guard let start = text.firstIndex(of: UInt8(ascii: "{")),
      text[..<start].allSatisfy({ $0 <= ASCII.space || $0 == 0x5B || $0 >= 0x80 }),
      let base = text.baseAddress, let end = JSONCutter.endOfObject(base, from: start, to: text.count)
    else { return nil }
    return try? JSONTree(parsing: Array(text[start..<end]))
  }

  /// The other table that the first record of COPY text has the fields of; `nil` when it does not tell, or is not whole.
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

  /// What is said of an export of this table that was given as one of `table`.
  func mistaken(for table: TableKind, by names: String) -> String {
    let advice =
      switch (self, table) {
      case (.users, .events): "; give it with --users"
      case (.events, .users): "; give it as the log, without --users"
      case (.projections, .events), (.projections, .users): "; a rebuild reads the log and makes them anew"
      default: ""
      }
    return "looks like an export of \(name) by its \(names), where \(table.name) are expected\(advice)"
  }
}
