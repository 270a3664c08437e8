import EventModel
import SQLiteSupport
import SnapshotStore
import Testing

/// Files crafted on purpose. Whatever their pages say, reading ends, and gives the rows that were written or `damaged`.
@Suite struct CraftedTests {
  let scratch = Scratch()

  private static let tables = ["sqlite_schema", "projections", "failures", "users", "signals", "manifest"]

  /// Reads a table with each reader that uses it. All but the last must fail; the error of the last is thrown.
  private func read(_ table: String, _ path: String) throws {
    let reader = try SnapshotReader(path)
    switch table {
    case "projections":
      // Each must fail by itself: none relies on pages that another one checked.
      let readers: [() throws -> Void] = [
        { _ = try reader.recomputeDigests() },
        {
          let rows = try reader.projections()
          while try rows.next() != nil {}
        },
        {
          let keys = try reader.projectionKeys()
          while try keys.next() != nil {}
        },
        { _ = try slices(reader) },
      ]
      for read in readers.dropLast() { fails(read) }
      try readers[readers.count - 1]()
    case "failures":
      fails { _ = try reader.recomputeDigests() }
      fails { _ = try reader.failures(from: nil, to: nil) }
      fails { _ = try reader.failureCounts() }
      _ = try reader.failures().all()
    case "users":
      fails { _ = try reader.recomputeDigests() }
      fails { _ = try reader.userCount(from: nil, to: nil, exported: false) }
      fails { _ = try reader.usersOfEventsAlone(from: nil, to: nil).all() }
      _ = try reader.users().all()
    case "signals":
      fails { _ = try reader.recomputeDigests() }
      fails {
        let rows = try reader.storedSignals(from: nil, to: nil)
        while try rows.next() != nil {}
      }
      _ = try reader.signals().all()
    default: break
    }
  }

  private func fails(_ read: () throws -> Void) {
    let error = #expect(throws: SnapshotError.self) { try read() }
    #expect(error?.kind == .damaged, "\(error?.description ?? "")")
  }

  /// The rows, slice by slice, as a diff reads them.
  private func slices(_ reader: SnapshotReader) throws -> [String] {
    let users = try reader.boundaries(everyRows: 20)
    var names: [String] = []
    for (lower, upper) in zip([nil] + users.map { Optional($0) }, users.map { Optional($0) } + [nil]) {
      let rows = try reader.rows(from: lower, to: upper, withBookkeeping: true)
      while let row = try rows.next() {
        names.append("\(row.user) \(String(decoding: row.key, as: UTF8.self)) \(row.data.count)")
      }
    }
    return names
  }

  @Test("a page that is its own child", .timeLimit(.minutes(1)), arguments: CraftedTests.tables)
  func ownChild(table: String) throws {
    var file = try CraftedFile(scratch)
    let root = try file.root(table)
    let children = file.children(root)
    #expect(children.count > 1)
    // The last one, so that all rows before it are read first.
    file.set(root, at: children[children.count - 1])
    file.save()
    fails { try read(table, file.path) }
  }

  @Test("a page that is a child of two pages, or twice of one", .timeLimit(.minutes(1)), arguments: CraftedTests.tables)
  func twoParents(table: String) throws {
    var file = try CraftedFile(scratch)
    let children = file.children(try file.root(table))
    file.set(file.number(at: children[0]), at: children[1])
    file.save()
    fails { try read(table, file.path) }
  }

  @Test("child pages in another order", .timeLimit(.minutes(1)), arguments: CraftedTests.tables.dropFirst())
  func swapped(table: String) throws {
    var file = try CraftedFile(scratch)
    let children = file.children(try file.root(table))
    let (first, second) = (file.number(at: children[0]), file.number(at: children[1]))
    file.set(second, at: children[0])
    file.set(first, at: children[1])
    file.save()
    fails { try read(table, file.path) }
  }

  @Test("pages with more and more parents from level to level", .timeLimit(.minutes(1)), arguments: CraftedTests.tables)
  func multiplied(table: String) throws {
    var file = try CraftedFile(scratch)
    file.multiply(try file.root(table), levels: 16)
    file.save()
    fails { try read(table, file.path) }
  }

  @Test("reading a cyclic chain of overflow pages ends, and the digests detect it", .timeLimit(.minutes(1)))
  func roundChain() throws {
    var file = try CraftedFile(scratch)
    let cells = file.longCells(try file.root("projections"))
    #expect(cells.count > 20)
    for cell in cells {
      let page = file.number(at: cell.overflow)
      file.set(page, at: (page - 1) * CraftedFile.pageBytes)
    }
    file.save()
    let reader = try SnapshotReader(file.path)
    // The columns after the data are read from the wrong place.
    fails { _ = try slices(reader) }
    fails { _ = try reader.verifyDigests() }
  }

  @Test("rows that share overflow pages and so are longer than the file are refused", .timeLimit(.minutes(1)))
  func sharedPages() throws {
    var file = try CraftedFile(scratch)
    let cells = file.longCells(try file.root("projections"))
    #expect(cells.count > 20)
    for cell in cells {
      // Makes rows of 8 KB. All their additional bytes come from the last overflow page, read over and over.
      let rounds = (8_000 - cell.size) / (CraftedFile.pageBytes - 4)
      file.lengthen(cell, by: rounds * (CraftedFile.pageBytes - 4))
      let last = file.lastOverflowPage(cell)
      file.set(last, at: (last - 1) * CraftedFile.pageBytes)
    }
    file.save()
    let reader = try SnapshotReader(file.path)
    for columns in [true, false] {
      let rows = try reader.rows(from: nil, to: nil, withBookkeeping: columns)
      let error = #expect(throws: SnapshotError.self) { while try rows.next() != nil {} }
      if !columns { #expect(error?.reason == "is damaged (its rows are longer than the file)") }
    }
    fails { _ = try reader.verifyDigests() }
  }

  @Test("the index of projections is not used", .timeLimit(.minutes(1)))
  func noIndex() throws {
    var file = try CraftedFile(scratch)
    let expected = try slices(try SnapshotReader(file.path))
    #expect(expected.count == 180)
    let root = try file.root("sqlite_autoindex_projections_1")
    let children = file.children(root)
    for place in children { file.set(file.number(at: children[0]), at: place) }
    file.save()
    let reader = try SnapshotReader(file.path)
    #expect(try slices(reader) == expected)
    for user in [0, 1, 31, 59] {
      let rows = try reader.projections(of: Sample.user(user))
      var names: [ProjectionName] = []
      while let row = try rows.next() { names.append(row.name) }
      #expect(names == Sample.names)
    }
    #expect(try reader.verifyDigests().isEmpty == false)
  }

  @Test(
    "row ids with gaps of any width are read; a row in the wrong place is refused",
    .timeLimit(.minutes(1)),
    arguments: [
      ("UPDATE projections SET rowid = 9223372036854775807 WHERE rowid = 60", 60),
      ("UPDATE projections SET rowid = rowid * 100000000000000000 WHERE rowid > 40", 60),
      ("UPDATE projections SET rowid = -5 WHERE rowid = 1", 60),
      ("DELETE FROM projections WHERE rowid BETWEEN 20 AND 41", 38),
      ("DELETE FROM projections", 0),
      ("UPDATE projections SET rowid = 100 WHERE rowid = 31", nil),
      ("UPDATE projections SET rowid = -100 WHERE rowid = 60", nil),
      ("UPDATE projections SET user_id = upper(user_id) WHERE rowid = 31", nil),
      ("UPDATE projections SET last_event_id = 'x' WHERE rowid = 30", nil),
    ])
  func rowNumbers(statement: String, rows: Int?) throws {
    let path = scratch.file("s.sqlite")
    try Sample.write(path)
    let expected = try slices(try SnapshotReader(path))
    // 60 × 10^17 still fits in a row id of SQLite.
    try edit(path, statement)
    guard let rows else { return fails { _ = try slices(try SnapshotReader(path)) } }
    let found = try slices(try SnapshotReader(path))
    #expect(found.count == rows)
    #expect(found == expected.filter { found.contains($0) })
  }

  @Test(
    "tables that another statement created, and endless views",
    arguments: [
      ("ALTER TABLE failures ADD COLUMN more TEXT", true),
      ("DROP TABLE failures", true),
      ("DROP TABLE users; CREATE TABLE Users (id TEXT, source TEXT)", true),
      (
        """
        DROP TABLE signals; CREATE VIEW signals AS WITH RECURSIVE endless(n) AS (VALUES (1) UNION ALL SELECT n FROM endless)
        SELECT n AS user_id FROM endless
        """, true
      ),
      // Tables, views and indexes that refold does not read may be anything.
      (
        """
        CREATE VIEW mine AS WITH RECURSIVE endless(n) AS (VALUES (1) UNION ALL SELECT n FROM endless) SELECT n FROM endless;
        CREATE TABLE notes (text); CREATE INDEX by_type ON projections (projection_type);
        CREATE INDEX by_source ON users (source); ANALYZE
        """, false
      ),
    ])
  func otherTables(statement: String, isRefused: Bool) throws {
    let path = scratch.file("s.sqlite")
    try Sample.write(path)
    try edit(path, statement)
    if isRefused { return fails { _ = try SnapshotReader(path) } }
    _ = try SnapshotReader(path).verifyDigests()
  }

  private func edit(_ path: String, _ sql: String) throws {
    let queue = try Database(path: path)
    try queue.execute(sql)
    queue.close()
  }
}
