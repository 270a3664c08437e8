import EventModel

/// Checks that a query's rows come in the order in which they were written. In a damaged file, a page that is reached
/// twice breaks this order, wherever it is linked: no query is longer than the file, and none returns a row twice.
struct KeyOrder {
  private let first: Int32
  /// The key columns of the last row, as bytes; together they must ascend.
  private var last: [[UInt8]]
  private var isFirst = true
  /// Whether the first of the columns differs from the previous row's.
  private(set) var isNewGroup = true

  /// - Parameter lower: the least value allowed in the first of the columns.
  init(_ columns: Range<Int32>, from lower: String? = nil) {
    first = columns.lowerBound
    last = Array(repeating: [], count: columns.count)
    if let lower { last[0] = Array(lower.utf8) }
  }

  /// Whether the statement's row comes after the previous one. O(bytes of the key).
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
