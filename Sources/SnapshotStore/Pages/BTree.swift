import EventModel
import Platform

/// Builds a b-tree of a SQLite database from rows in ascending order. Pages are filled from left to right and written
/// once, with one open page per level. SQLite's own insert would search for the place of each row.
///
/// A table tree holds its rows in leaves and rowids in the levels above. An index tree (also a table `WITHOUT ROWID`)
/// holds each record once; a record that separates two pages is in the level above. The root is the page that SQLite
/// created for the empty table.
final class BTree {
  private let pages: PageFile
  private let root: UInt32
  private let isTable: Bool
  /// The open page of each level, the leaf first.
  private var levels: [OpenPage]
  private var lastRowid: Int64 = 0
  /// The key columns of the last record, which must ascend; empty before the first record.
  private var lastKey: [[UInt8]] = []
  /// A cell on its way from one page to another.
  private let moving = ByteArena()
  /// The last cell of an interior page that is full.
  private let parting = ByteArena()
  /// A record that is too long for its cell.
  private let long = ByteArena()

  /// - Parameter keyColumns: number of a record's leading columns that must ascend, as bytes; 0 for a table tree.
  init(_ pages: PageFile, root: UInt32, keyColumns: Int) {
    self.pages = pages
    self.root = root
    isTable = keyColumns == 0
    levels = [OpenPage(isTable ? .tableLeaf : .indexLeaf, size: pages.pageBytes)]
    lastKey = Array(repeating: [], count: keyColumns)
  }

  deinit { for level in levels { level.deallocate() } }

  // MARK: Rows

  /// Appends a row under the next rowid, counting from 1, and returns the rowid. O(bytes).
  @discardableResult
  func append(row: Record) throws(SnapshotError) -> Int64 {
    let size = row.size
    let (local, overflow) = try spill(row, size)
    let rowid = UInt64(lastRowid + 1)
    let bytes = Varint.size(UInt64(size)) + Varint.size(rowid) + local + (overflow == 0 ? 0 : 4)
    var cell = levels[0].place(bytes)
    if cell == nil {
      let leaf = try close(0)
      try push(child: leaf, separator: lastRowid)
      cell = levels[0].place(bytes)
    }
    // A cell takes at most a page less 35 bytes.
    guard var cursor = cell else { preconditionFailure("a cell larger than a page") }
    Varint.put(UInt64(size), &cursor)
    Varint.put(rowid, &cursor)
    put(row, local, overflow, cursor)
    lastRowid += 1
    return lastRowid
  }

  /// Appends a record. Returns `false` and appends nothing if its key is not greater than the last one's. O(bytes).
  func append(entry: Record) throws(SnapshotError) -> Bool {
    guard ascends(entry) else { return false }
    let size = entry.size
    let (local, overflow) = try spill(entry, size)
    let bytes = Varint.size(UInt64(size)) + local + (overflow == 0 ? 0 : 4)
    var cell = levels[0].place(bytes)
    if cell == nil {
      moving.count = 0
      moving.append(levels[0].removeLast())
      let leaf = try close(0)
      try push(child: leaf)
      cell = levels[0].place(bytes)
    }
    guard var cursor = cell else { preconditionFailure("a cell larger than a page") }
    Varint.put(UInt64(size), &cursor)
    put(entry, local, overflow, cursor)
    return true
  }

  /// Writes the open pages, which completes the tree. A tree without rows stays as SQLite created it.
  func finish() throws(SnapshotError) {
    guard levels.count > 1 else {
      levels[0].seal()
      return try pages.write(levels[0].bytes, at: root)
    }
    var child = try close(0)
    for level in 1..<levels.count - 1 { child = try close(level, right: child) }
    let top = levels[levels.count - 1]
    top.seal(right: child)
    try pages.write(top.bytes, at: root)
  }

  // MARK: Order

  private func ascends(_ entry: Record) -> Bool {
    for column in lastKey.indices {
      let bytes = entry[column]
      let order = lastKey[column].withUnsafeBytes { $0.order(to: bytes) }
      if order > 0 { return false }
      if order < 0 {
        for later in column..<lastKey.count {
          lastKey[later].removeAll(keepingCapacity: true)
          lastKey[later].append(contentsOf: entry[later])
        }
        return true
      }
    }
    return false
  }

  // MARK: Pages

  /// Writes a level's page, empties it and returns its number.
  private func close(_ level: Int, right: UInt32 = 0) throws(SnapshotError) -> UInt32 {
    levels[level].seal(right: right)
    let number = pages.allocate()
    try pages.write(levels[level].bytes, at: number)
    levels[level].reset()
    return number
  }

  private func push(child: UInt32, separator rowid: Int64) throws(SnapshotError) {
    var cursor = moving.base
    Varint.put(UInt64(rowid), &cursor)
    moving.count = cursor - moving.base
    try push(child: child)
  }

  /// Adds a finished child to the level above, with ``moving`` as what separates it from the next one. If that level is
  /// full, its last child becomes its right-most one, and its page is a finished child in turn.
  private func push(child: UInt32) throws(SnapshotError) {
    var child = child
    var level = 1
    while true {
      if level == levels.count {
        levels.append(OpenPage(isTable ? .tableInterior : .indexInterior, size: pages.pageBytes))
      }
      if put(child, level) { return }
      parting.count = 0
      parting.append(levels[level].removeLast())
      let closed = try close(level, right: UInt32(bigEndian: parting.base.load(as: UInt32.self)))
      precondition(put(child, level), "a cell larger than a page")
      moving.count = 0
      moving.append(UnsafeRawBufferPointer(rebasing: parting.bytes[4...]))
      child = closed
      level += 1
    }
  }

  /// Adds a child's number and ``moving`` to a level; `false` if there is no room.
  private func put(_ child: UInt32, _ level: Int) -> Bool {
    guard let cell = levels[level].place(4 + moving.count) else { return false }
    cell.storeBytes(of: child.bigEndian, as: UInt32.self)
    memcpy(cell + 4, moving.base, moving.count)
    return true
  }

  // MARK: Long records

  /// Number of a record's bytes that go into its cell, and the first of the pages with the rest. That page is 0 if
  /// there is no rest; then ``long`` is not in use.
  private func spill(_ record: Record, _ size: Int) throws(SnapshotError) -> (local: Int, overflow: UInt32) {
    // The format's own formulas, for pages without reserved bytes.
    let usable = pages.pageBytes
    let most = isTable ? usable - 35 : (usable - 12) * 64 / 255 - 23
    if size <= most { return (size, 0) }
    let least = (usable - 12) * 32 / 255 - 23
    let fitting = least + (size - least) % (usable - 4)
    let local = fitting <= most ? fitting : least
    long.count = 0
    long.reserve(size)
    record.write(to: long.base)
    let page = UnsafeMutableRawPointer.allocate(byteCount: usable, alignment: 16)
    defer { page.deallocate() }
    let first = pages.allocate()
    var number = first
    var at = local
    while at < size {
      let piece = min(usable - 4, size - at)
      let next = at + piece < size ? pages.allocate() : 0
      page.storeBytes(of: next.bigEndian, as: UInt32.self)
      memcpy(page + 4, long.base + at, piece)
      memset(page + 4 + piece, 0, usable - 4 - piece)
      try pages.write(page, at: number)
      at += piece
      number = next
    }
    return (local, first)
  }

  @inline(__always)
  private func put(_ record: Record, _ local: Int, _ overflow: UInt32, _ target: UnsafeMutableRawPointer) {
    if overflow == 0 { return record.write(to: target) }
    memcpy(target, long.base, local)
    target.storeBytes(of: overflow.bigEndian, toByteOffset: local, as: UInt32.self)
  }
}
