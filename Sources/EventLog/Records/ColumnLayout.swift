import EventModel

/// Which field of a CSV or COPY record holds which column of its table.
///
/// Columns the table is not known to have are ignored; the order is the file's.
public struct ColumnLayout: Sendable, Hashable {
  /// The table whose columns these are.
  public let table: TableKind
  /// For each field of a record, in order: the column's position in ``TableKind/columns``, or -1 for one not read.
  let columnOfField: [Int8]

  /// Fields of every record, those not read included.
  public var fieldCount: Int { columnOfField.count }

  /// Whether the file has the column (a raw value of ``EventColumn`` or a sibling).
  public func has(_ column: Int) -> Bool { columnOfField.contains(Int8(column)) }

  /// The layout a header line or a COPY line declares.
  ///
  /// Throws, at `position`, for a column named twice and for a lacking one that is required.
  init(names: [String], table: TableKind, at position: LogPosition) throws(MalformedInput) {
    if let other = TableKind.other(than: table, named: names) {
      throw MalformedInput(at: position, reason: other.mistaken(for: table, by: "columns"))
    }
    let known = table.columns
    var columns: [Int8] = []
    for name in names {
      let column = known.firstIndex(of: name).map { Int8($0) } ?? -1
      if column >= 0, columns.contains(column) {
        throw MalformedInput(at: position, field: name, reason: "the column is named twice")
      }
      columns.append(column)
    }
    for name in table.required where !names.contains(name) {
      throw MalformedInput(
        at: position, field: name,
        reason: "no such column, and \(table.name) need it")
    }
    self.table = table
    columnOfField = columns
  }

  /// The layout of COPY text, which names no columns: the table's own order, `fieldCount` fields.
  init(tableOrderOf table: TableKind, fieldCount: Int) {
    self.table = table
    columnOfField = (0..<fieldCount).map { $0 < table.columns.count ? Int8($0) : -1 }
  }
}
