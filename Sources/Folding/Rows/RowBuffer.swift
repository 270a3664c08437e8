import EventModel
import JSONTape

/// Collects the rows that the reducers write for one user. One per thread.
public final class RowBuffer {
  private(set) var rows: [(key: Int, data: Range<Int>, lastEvent: EventID?)] = []
  private let output = ByteArena(capacity: 1 << 14)

  init() {}

  func begin() {
    rows.removeAll(keepingCapacity: true)
    output.count = 0
  }

  /// Appends a row. Its data is one JSON document in canonical form. If `write` throws, no row is appended.
  ///
  /// - Parameters:
  ///   - key: index in the schema's ``ProjectionSchema/keys``.
  ///   - lastEvent: `projections.last_event_id`.
  ///   - write: writes the data.
  public func row(
    _ key: Int, lastEvent: EventID?, _ write: (inout CanonicalWriter) throws(ReducerFailure) -> Void
  ) throws(ReducerFailure) {
    let start = output.count
    var json = CanonicalWriter(output: output)
    try write(&json)
    rows.append((key, start..<output.count, lastEvent))
  }

  /// Removes all rows except the first `count`.
  func drop(to count: Int) { rows.removeSubrange(count...) }

  func data(_ range: Range<Int>) -> UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: output.bytes[range]) }
}
