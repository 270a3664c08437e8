import EventModel

/// Which field of a CSV, COPY or INSERT record holds which column of its table, and how the fields are written.
///
/// Columns that the table is not known to have are ignored. Fields are in the file's order.
public struct ColumnLayout: Sendable, Hashable {
  /// The table whose columns these are.
  public let table: TableKind
  /// For each field of a record, in order: the column's position in ``TableKind/columns``; ``firstMark`` plus the
  /// position in ``DeletionMarks/columns`` for a column that marks deleted rows; or -1 for an unread column.
  let columnOfField: [Int8]
  /// Field separator of CSV.
  let separator: UInt8
  /// Text that means NULL as an unquoted field, in addition to the form's own; `nil`: none.
  let null: [UInt8]?
  /// The column names of the header line; empty if there is none.
  let header: [String]
  /// Columns that the table does not have, in the file's order.
  public let unread: [String]

  /// Number of the first column of ``DeletionMarks/columns`` in ``columnOfField``.
  static let firstMark: Int8 = 64

  /// Number of fields in every record, including unread ones.
  public var fieldCount: Int { columnOfField.count }

  /// Whether a column may mark rows as deleted.
  var hasMarks: Bool { columnOfField.contains { $0 >= ColumnLayout.firstMark } }

  /// The layout that a header line, a COPY line or an INSERT declares.
  ///
  /// Throws, at `position`, if a column is named twice, if a required one is missing, and if the columns are those of
  /// another table.
  /// - Parameters:
  ///   - header: whether the names come from a header line, where upper and lower case do not matter.
  init(
    names: [String], table: TableKind, options: ReadingOptions, header isHeader: Bool = false,
    separator: UInt8 = ASCII.comma, at position: LogPosition
  ) throws(MalformedInput) {
    let folded = isHeader ? ColumnLayout.folded(names, table) : names
    if let other = TableKind.other(than: table, named: folded) {
      throw MalformedInput(at: position, reason: other.mistaken(for: table, by: "columns"))
    }
    let known = table.columns
    var columns: [Int8] = []
    var unread: [String] = []
    for (name, given) in zip(folded, names) {
      var column = known.firstIndex(of: name).map { Int8($0) } ?? -1
      if column < 0, let mark = DeletionMarks.columns.firstIndex(of: name) {
        column = ColumnLayout.firstMark + Int8(mark)
      }
      if column >= 0, columns.contains(column) {
        throw MalformedInput(at: position, field: name, reason: "the column is named twice")
      }
      if column < 0 { unread.append(given) }
      columns.append(column)
    }
    for name in table.required(options) where !folded.contains(name) {
      throw MalformedInput(
        at: position, field: name,
        reason: "no such column, and \(table.name) need it")
    }
    self.table = table
    columnOfField = columns
    self.separator = separator
    null = options.null.map { Array($0.utf8) }
    header = isHeader ? names : []
    self.unread = unread
  }

  /// The layout of COPY text without column names: `fieldCount` fields in the table's own order.
  init(tableOrderOf table: TableKind, fieldCount: Int, options: ReadingOptions = ReadingOptions()) {
    self.table = table
    columnOfField = (0..<fieldCount).map { $0 < table.columns.count ? Int8($0) : -1 }
    separator = ASCII.comma
    null = options.null.map { Array($0.utf8) }
    header = []
    unread = []
  }

  /// Replaces names that differ from the table's only in case by the table's. Exact names take precedence.
  static func folded(_ names: [String], _ table: TableKind) -> [String] {
    let known = table.columns + DeletionMarks.columns
    return names.map { name in
      if known.contains(name) { return name }
      let lower = name.lowercased()
      return known.first { $0.lowercased() == lower && !names.contains($0) } ?? name
    }
  }
}

extension TableKind {
  /// The columns that every export must have under these options.
  func required(_ options: ReadingOptions) -> [String] {
    self == .events && options.allowsNoMetadata ? required.filter { $0 != "metadata" } : required
  }
}
