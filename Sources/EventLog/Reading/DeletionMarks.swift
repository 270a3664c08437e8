import EventModel

/// The columns in which replication tools mark rows as deleted, and what their values mean.
public enum DeletionMarks {
  /// In this order: Fivetran, Airbyte, Debezium (unwrapped), applications (two), AWS DMS, Debezium (operation).
  public static let columns = [
    "_fivetran_deleted", "_ab_cdc_deleted_at", "__deleted", "is_deleted", "deleted_at", "Op", "op",
  ]

  /// Index of a name in ``columns``; `nil` if it is not one of them.
  @inline(__always)
  static func index(of name: UnsafeRawBufferPointer) -> Int? {
    switch name.count {
    case 2 where name.equals("Op"): 5
    case 2 where name.equals("op"): 6
    case 9 where name.equals("__deleted"): 2
    case 10 where name.equals("is_deleted"): 3
    case 10 where name.equals("deleted_at"): 4
    case 17 where name.equals("_fivetran_deleted"): 0
    case 18 where name.equals("_ab_cdc_deleted_at"): 1
    default: nil
    }
  }

  /// Whether a value marks a row as deleted. Throws if the meaning of the value is unknown.
  static func isMarked(_ value: UnsafeRawBufferPointer, column: Int) throws(RecordFault) -> Bool {
    let text = String(decoding: value.prefix(64), as: UTF8.self)
    if unmarked.contains(text) { return false }
    if marked.contains(text) { return true }
    if value.count <= 64, (try? TimestampText.parse(value)) != nil { return true }
    throw fault(column)
  }

  /// The fault for a value whose meaning is unknown.
  static func fault(_ column: Int) -> RecordFault {
    RecordFault(
      field: columns[column],
      reason: "a value that does not say whether the row is deleted; rename or drop the column", stopsRun: true)
  }

  private static let marked: Set = ["true", "t", "1", "Y", "D", "d", "DELETE"]
  private static let unmarked: Set = [
    "", "false", "f", "0", "N", "I", "U", "R", "r", "c", "INSERT", "UPDATE",
  ]
}

/// Number of records marked as deleted, per column that marks them.
public struct MarkedRows: Sendable, Equatable {
  /// Same indices as ``DeletionMarks/columns``.
  public var counts = [Int](repeating: 0, count: DeletionMarks.columns.count)

  public init() {}

  public var total: Int { counts.reduce(0, +) }

  public mutating func add(_ other: MarkedRows) {
    for column in counts.indices { counts[column] += other.counts[column] }
  }

  /// For example `3 in _fivetran_deleted, 1 in deleted_at`.
  public var description: String {
    zip(counts, DeletionMarks.columns).filter { $0.0 > 0 }.map { "\($0.0) in \($0.1)" }.joined(separator: ", ")
  }
}
