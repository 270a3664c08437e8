import EventModel

/// Takes the rows of one user from the reducers. One per thread.
public final class RowBuffer {
  private(set) var rows: [(number: Int, data: Range<Int>, lastEvent: EventID?)] = []
  private let output = ByteArena(capacity: 1 << 14)
  private var firstNumber = 0

  init() {}

  func begin() {
    rows.removeAll(keepingCapacity: true)
    output.count = 0
  }

  /// Begins the rows of the type whose first key has that place among the catalogue's names.
  func begin(type firstNumber: Int) { self.firstNumber = firstNumber }

  /// Appends a row's data, one JSON document in canonical form; a row that `write` refuses is none.
  ///
  /// - Parameters:
  ///   - key: place in the schema's ``ProjectionSchema/keys``.
  ///   - lastEvent: `projections.last_event_id`.
  public func row(
    _ key: Int, lastEvent: EventID?, _ write: (inout RowWriter) throws(ReducerFailure) -> Void
  ) throws(ReducerFailure) {
    let start = output.count
    var writer = RowWriter(output: output)
    try write(&writer)
    rows.append((firstNumber + key, start..<output.count, lastEvent))
  }

  /// Drops the rows from that place on.
  func drop(to count: Int) { rows.removeSubrange(count...) }

  func data(_ range: Range<Int>) -> UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: output.bytes[range]) }
}
