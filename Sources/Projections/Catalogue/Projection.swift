import EventModel
import JSONTape

/// One version of a projection: what everybody must know of it, and its reducer.
package struct Projection: Sendable {
  package let schema: ProjectionSchema
  /// Makes the reducer of one thread.
  package let makeFold: @Sendable (FoldSetting) -> any ProjectionFold

  package init(_ schema: ProjectionSchema, makeFold: @escaping @Sendable (FoldSetting) -> any ProjectionFold) {
    self.schema = schema
    self.makeFold = makeFold
  }
}

/// What a reducer is made with.
package struct FoldSetting {
  package var profile: Profile
  /// How many names of exercises and the like are kept from one row to the next; says nothing about the result.
  package var rememberedTerms: Int
  /// Records what becomes of each event; `nil` in ordinary runs.
  package var observer: FoldObserver?
  /// The fold of the type that the schema requires; it has folded the same user whenever this one is called.
  package var required: (any ProjectionFold)?
}

/// A reducer: folds one user's history into the rows of one projection type. One user at a time; not thread-safe.
package protocol ProjectionFold: AnyObject {
  /// Folds the history as a complete rebuild at `asOf` would. Writes nothing where live would write no row.
  func fold(_ history: History, asOf: Instant, into rows: RowBuffer) throws(ReducerFailure)
}

/// Takes the rows of one user from the reducers. One per thread.
package final class RowBuffer {
  fileprivate(set) var rows: [(number: Int, data: Range<Int>, lastEvent: EventID?)] = []
  let output = ByteArena(capacity: 1 << 14)
  private var firstNumber = 0

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
  package func row(
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
