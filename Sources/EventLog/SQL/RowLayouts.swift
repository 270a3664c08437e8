import EventModel

/// The columns of the rows.
extension DumpCutter {
  /// The columns of rows: those the statement names, else those of the table's definition, else the usual ones.
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

  /// The layout of rows whose columns nothing names.
  func layout(_ kind: TableKind, fields: Int) -> ColumnLayout {
    ColumnLayout(tableOrderOf: kind, fieldCount: fields, options: tables.options)
  }

  /// Whether nothing says how many columns a table has of which only the first is read.
  func isOpen(_ kind: TableKind, _ names: [String]?, _ place: DumpTables.Place) -> Bool {
    names == nil && tables.known[place]?.columns == nil && kind.copyFieldCount == nil
  }
}
