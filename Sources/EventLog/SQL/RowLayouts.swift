import EventModel

/// The column layouts of rows.
extension DumpCutter {
  /// The layout of rows: the columns that the statement names, otherwise those of the table's definition, otherwise the
  /// usual ones.
  ///
  /// Throws if the columns' order is unknown because the table was altered or made like another one.
  func layout(
    _ kind: TableKind, _ names: [String]?, _ place: DumpTables.Place
  ) throws(MalformedInput) -> ColumnLayout {
    let names = names ?? tables.known[place]?.columns
    if let names { return try ColumnLayout(names: names, table: kind, options: tables.options, at: statementStart) }
    guard tables.known[place]?.isDefined != true else {
      throw MalformedInput(
        at: statementStart,
        reason:
          "rows of \(place.table) without the names of their columns, whose order is not known: the table is altered "
          + "or made like another; dump again with --column-inserts")
    }
    return layout(kind, fields: kind.columns.count)
  }

  /// The layout of rows whose columns are not named.
  func layout(_ kind: TableKind, fields: Int) -> ColumnLayout {
    ColumnLayout(tableOrderOf: kind, fieldCount: fields, options: tables.options)
  }

  /// Whether the number of columns is unknown. Only possible for tables of which only the first column is read.
  func isOpen(_ kind: TableKind, _ names: [String]?, _ place: DumpTables.Place) -> Bool {
    names == nil && tables.known[place]?.columns == nil && kind.copyFieldCount == nil
  }
}
