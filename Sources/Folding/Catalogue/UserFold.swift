import EventModel
import JSONTape

/// Receives the rows of a fold. The calls for a user come in (type, key) order.
package protocol FoldSink {
  /// - Parameter number: the projection's index in ``Catalogue/names``.
  mutating func row(_ number: Int, data: UnsafeRawBufferPointer, lastEvent: EventID?)
  /// No row of that type is written.
  mutating func failed(type: String, _ failure: ReducerFailure)
}

/// Folds one user's history through the reducers of a catalogue. One per thread.
package final class UserFold {
  /// A reducer and its results for the current user. Steps are in the catalogue's order.
  private struct Step {
    let type: String
    let fold: any ProjectionFold
    /// The index, in ``steps``, of the type that it requires.
    let required: Int?
    /// Whether it is folded: it was asked for, or a type that was asked for requires it.
    let isFolded: Bool
    /// The numbers of its projections.
    let numbers: Range<Int>
    var failure: ReducerFailure?
    /// The range of its rows in the buffer.
    var rows = 0..<0
  }

  private var steps: [Step]
  /// The indices of ``steps``; a required type comes before the types that require it.
  private let order: [Int]
  /// For each projection number, whether the row was asked for.
  private let isWanted: [Bool]
  private let history: EventHistory
  private let shared: any UserShared
  private let rows = RowBuffer()
  private let observer: FoldObserver?

  /// - Parameters:
  ///   - profile: a profile of the catalogue's domain.
  ///   - rememberedTerms: the number of distinct texts that a cache may keep between rows. It does not affect the
  ///     result.
  ///   - observer: records what happens to each event; `nil` in ordinary runs.
  package init(
    _ catalogue: Catalogue, profile: any DomainProfile, filter: ProjectionFilter = ProjectionFilter(),
    rememberedTerms: Int = 1024, observer: FoldObserver? = nil
  ) {
    self.observer = observer
    let history = EventHistory(catalogue.vocabulary)
    self.history = history
    isWanted = catalogue.names.map { filter.includes($0.type, $0.key) }
    let schemas = catalogue.schemas
    let places = schemas.map { schema in schema.requires.flatMap { type in schemas.firstIndex { $0.type == type } } }
    order = schemas.indices.filter { places[$0] == nil } + schemas.indices.filter { places[$0] != nil }
    let folds = catalogue.makeFolds(
      order, requiring: places, profile: profile, history: history, rememberedTerms: rememberedTerms,
      observer: observer)
    shared = folds.shared
    let asked = Set(schemas.indices.filter { filter.includes(type: schemas[$0].type) })
    let needed = asked.union(asked.compactMap { places[$0] })
    steps = schemas.indices.map { place in
      Step(
        type: schemas[place].type, fold: folds.folds[place], required: places[place], isFolded: needed.contains(place),
        numbers: catalogue.numbers(ofType: schemas[place].type))
    }
  }

  /// Folds events, given in history order, as a complete rebuild at `asOf` would.
  package func fold<Sink: FoldSink>(_ events: [Event], asOf: Instant, into sink: inout Sink) {
    observer?.begin()
    events.withUnsafeBufferPointer { events in
      history.begin(events, observer)
      shared.begin()
      rows.begin()
      for place in order where steps[place].isFolded { fold(place, asOf) }
      for step in steps where step.isFolded { emit(step, &sink) }
    }
  }

  private func fold(_ place: Int, _ asOf: Instant) {
    let first = rows.rows.count
    steps[place].rows = first..<first
    steps[place].failure = nil
    // If the required type failed, this type fails with the same failure.
    if let required = steps[place].required, let failure = steps[required].failure {
      steps[place].failure = failure
      return
    }
    rows.begin(type: steps[place].numbers.lowerBound)
    do throws(ReducerFailure) {
      try steps[place].fold.fold(history, asOf: asOf, into: rows)
      steps[place].rows = first..<rows.rows.count
    } catch {
      rows.drop(to: first)
      steps[place].failure = error
    }
  }

  private func emit<Sink: FoldSink>(_ step: Step, _ sink: inout Sink) {
    guard step.numbers.contains(where: { isWanted[$0] }) else { return }
    if let failure = step.failure { return sink.failed(type: step.type, failure) }
    for place in step.rows {
      let row = rows.rows[place]
      precondition(step.numbers.contains(row.number), "a reducer wrote a row under a key that its schema has not")
      if isWanted[row.number] { sink.row(row.number, data: rows.data(row.data), lastEvent: row.lastEvent) }
    }
  }

  /// The tally of a type's events of the user folded last; `nil` without such events. Valid as long as the events are.
  package func tally(of type: EventType) -> TypeTally? {
    let tally = history.tally(type)
    return tally.count > 0 ? tally : nil
  }
}
