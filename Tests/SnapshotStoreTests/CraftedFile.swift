import SQLiteSupport
import SnapshotStore

/// A snapshot file to be damaged on purpose. Its pages are small, so that its tables have several levels.
struct CraftedFile {
  static let pageBytes = 512
  let scratch: Scratch
  let path: String
  var bytes: [UInt8]
  /// Root pages of tables and indexes, by name.
  let roots: [String: Int]

  init(_ scratch: Scratch, users: Int = 60) throws {
    self.scratch = scratch
    path = scratch.file("crafted.sqlite")
    var tuning = SnapshotTuning()
    tuning.pageBytes = CraftedFile.pageBytes
    try Sample.write(path, users: users, force: true, tuning: tuning)
    let listed = try Database(path: path, isReadOnly: true)
      .rows("SELECT name, rootpage FROM sqlite_schema WHERE rootpage > 0")
    roots = Dictionary(uniqueKeysWithValues: [("sqlite_schema", 1)] + listed.map { ($0["name"], $0["rootpage"]) })
    bytes = scratch.bytes(of: "crafted.sqlite")
  }

  func save() { scratch.write(bytes, to: "crafted.sqlite") }

  /// The root page of the b-tree with a table's rows.
  func root(_ table: String) throws -> Int {
    // A table WITHOUT ROWID is listed with the root page of its key's index.
    guard let root = roots[table] else { throw Fault.noTable }
    return root
  }

  enum Fault: Error { case noTable }

  func number(at offset: Int) -> Int { bytes[offset..<offset + 4].reduce(0) { $0 << 8 | Int($1) } }

  mutating func set(_ number: Int, at offset: Int) {
    for byte in 0..<4 { bytes[offset + byte] = UInt8(number >> (8 * (3 - byte)) & 0xFF) }
  }

  private func short(at offset: Int) -> Int { Int(bytes[offset]) << 8 | Int(bytes[offset + 1]) }

  private func start(_ page: Int) -> Int { (page - 1) * CraftedFile.pageBytes }

  /// The offset of a page's header. In the first page it follows the file's header.
  private func header(_ page: Int) -> Int { start(page) + (page == 1 ? 100 : 0) }

  /// The offsets of the numbers of a page's children, in order; empty for a leaf.
  func children(_ page: Int) -> [Int] {
    let header = header(page)
    guard bytes[header] == 2 || bytes[header] == 5 else { return [] }
    let count = short(at: header + 3)
    return (0..<count).map { start(page) + short(at: header + 12 + 2 * $0) } + [header + 8]
  }

  /// Makes all children of the root the same page, all children of that page the same page, and so on, for `levels`
  /// levels: the table then has more rows than anybody can read.
  mutating func multiply(_ root: Int, levels: Int) {
    let places = children(root)
    let leaf = firstLeaf(root)
    for level in 0..<levels {
      let page = bytes.count / CraftedFile.pageBytes + 1
      // A copy of the first page needs its header at the offset that other pages have.
      var copy = Array(bytes[start(root)..<start(root) + CraftedFile.pageBytes])
      if root == 1 { for index in 0..<12 + 2 * places.count { copy[index] = copy[100 + index] } }
      bytes += copy
      for place in children(page) { set(level + 1 < levels ? page + 1 : leaf, at: place) }
    }
    for place in places { set(bytes.count / CraftedFile.pageBytes - levels + 1, at: place) }
    set(bytes.count / CraftedFile.pageBytes, at: 28)
  }

  func firstLeaf(_ root: Int) -> Int {
    var page = root
    while let first = children(page).first { page = number(at: first) }
    return page
  }

  /// A cell of a table's leaf that continues in overflow pages.
  struct LongCell {
    /// Offsets of its size, of its record, and of the number of its first overflow page.
    var sizePlace: Int
    var record: Int
    var overflow: Int
    var size: Int
  }

  /// The cells of a table that do not fit in a page, in order.
  func longCells(_ root: Int) -> [LongCell] {
    let places = children(root)
    if !places.isEmpty { return places.flatMap { longCells(number(at: $0)) } }
    let header = header(root)
    return (0..<short(at: header + 3)).compactMap { cell in
      let place = start(root) + short(at: header + 8 + 2 * cell)
      var at = place
      let size = varint(&at)
      _ = varint(&at)
      let usable = CraftedFile.pageBytes
      if size <= usable - 35 { return nil }
      let least = (usable - 12) * 32 / 255 - 23
      let fitting = least + (size - least) % (usable - 4)
      return LongCell(
        sizePlace: place, record: at, overflow: at + (fitting <= usable - 35 ? fitting : least), size: size)
    }
  }

  func lastOverflowPage(_ cell: LongCell) -> Int {
    var page = number(at: cell.overflow)
    while case let next = number(at: (page - 1) * CraftedFile.pageBytes), next != 0 { page = next }
    return page
  }

  /// Makes the data of a row of `projections` longer: changes the record's size and the type of its fifth column.
  mutating func lengthen(_ cell: LongCell, by count: Int) {
    // Both are varints of two bytes and stay so.
    for (place, more) in [(cell.sizePlace, count), (cell.record + 5, 2 * count)] {
      var at = place
      let value = varint(&at) + more
      precondition(at == place + 2 && value < 1 << 14)
      bytes[place] = UInt8(0x80 | value >> 7)
      bytes[place + 1] = UInt8(value & 0x7F)
    }
  }

  private func varint(_ at: inout Int) -> Int {
    var value = 0
    while true {
      let byte = bytes[at]
      at += 1
      value = value << 7 | Int(byte & 0x7F)
      if byte < 0x80 { return value }
    }
  }
}
