import EventModel

/// Checks that the rows of a query come in the order in which they were written. A page that is met twice, wherever a damaged
/// file links it, breaks the order: no query is longer than the file, and none gives a row twice.
struct KeyOrder {
  private let first: Int32
  /// The columns that ascend together, as bytes.
  private var last: [[UInt8]]
  private var isFirst = true
  /// Whether the first of the columns is another than in the row before.
  private(set) var isNewGroup = true

  /// - Parameter lower: the least that the first of the columns may be.
  init(_ columns: Range<Int32>, from lower: String? = nil) {
    first = columns.lowerBound
    last = Array(repeating: [], count: columns.count)
    if let lower { last[0] = Array(lower.utf8) }
  }

  /// Whether the statement's row comes after the one before. O(bytes of the key).
  mutating func takes(_ row: SQLiteStatement) -> Bool {
    var isGreater = isFirst
    isNewGroup = isFirst
    isFirst = false
    var isSame = true
    for index in last.indices {
      let bytes = row.bytes(first + Int32(index))
      if isSame {
        let order = last[index].withUnsafeBytes { $0.order(to: bytes) }
        if order == 0 { continue }
        if order > 0 { return false }
        if index == 0 { isNewGroup = true }
        isGreater = true
        isSame = false
      }
      last[index].removeAll(keepingCapacity: true)
      last[index].append(contentsOf: bytes)
    }
    return isGreater
  }
}
