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
    let schema: ProjectionSchema
    /// What folds it: one reducer, or several for different keys.
    let parts: [FoldPart]
    /// Receives the row for a reducer that requires it; `nil` if none does, or if the domain folds it.
    let given: GivenRows?
    /// The index, in ``steps``, of the type that it requires.
    let required: Int?
    /// Whether the rows that it requires come from outside.
    let isGivenRequired: Bool
    /// Whether it is folded: it was asked for, or a type that was asked for requires it.
    let isFolded: Bool
    var failure: ReducerFailure?
    /// Its rows: the number of the projection, and the index in the buffer.
    var rows: [(number: Int, index: Int)] = []
  }

  private var steps: [Step]
  /// The indices of ``steps``; a required type comes before the types that require it.
  private let order: [Int]
  /// For each projection number, whether the row was asked for.
  private let isWanted: [Bool]
  private let history: EventHistory
  private let shared: any UserShared
  private let outside: [OutsideFold]
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
    outside = folds.outside
    let asked = Set(schemas.indices.filter { filter.includes(type: schemas[$0].type) })
    let needed = asked.union(asked.compactMap { places[$0] })
    steps = schemas.indices.map { place in
      Step(
        schema: schemas[place], parts: folds.parts[place], given: folds.given[place], required: places[place],
        isGivenRequired: places[place].map { folds.given[$0] != nil } ?? false, isFolded: needed.contains(place))
    }
  }

  /// Folds events, given in history order, as a complete rebuild at `asOf` would. Throws if reducers outside of the
  /// process give no valid answer; no row may be used then.
  package func fold<Sink: FoldSink>(
    _ events: [Event], of user: FoldedUser, asOf: Instant, into sink: inout Sink
  ) throws(OutsideFault) {
    observer?.begin()
    // The closure cannot throw a typed error.
    let fault = events.withUnsafeBufferPointer { events -> OutsideFault? in
      history.begin(events, observer)
      shared.begin()
      rows.begin()
      for fold in outside { fold.begin() }
      do throws(OutsideFault) {
        for place in order where steps[place].isFolded { try fold(place, user, asOf) }
      } catch { return error }
      for step in steps where step.isFolded { emit(step, &sink) }
      return nil
    }
    if let fault { throw fault }
  }

  private func fold(_ place: Int, _ user: FoldedUser, _ asOf: Instant) throws(OutsideFault) {
    steps[place].rows.removeAll(keepingCapacity: true)
    steps[place].failure = nil
    steps[place].given?.begin()
    var missing: String?
    if let required = steps[place].required {
      // If the required type failed, this type fails with the same failure.
      if let failure = steps[required].failure {
        steps[place].failure = failure
        return
      }
      if steps[required].rows.isEmpty { missing = steps[required].schema.type }
    }
    for part in steps[place].parts {
      // Live writes no row without the required one. The domain's own reducers know that of each other.
      if missing != nil, steps[place].isGivenRequired, case .own = part.fold { continue }
      let first = rows.rows.count
      if let failure = try fold(part, of: steps[place], user, asOf) {
        rows.drop(to: first)
        steps[place].failure = steps[place].failure ?? failure
        // Live computes all keys of a type at once: where its own reducer raises, it writes none of them. A failure from
        // outside removes only the rows that are answered for there.
        if case .own = part.fold { return }
        continue
      }
      for index in first..<rows.rows.count {
        precondition(part.numbers.indices.contains(rows.rows[index].key), "a reducer wrote a key that it has not")
        guard let number = part.numbers[rows.rows[index].key] else { continue }
        if let missing, case .outside(let fold) = part.fold {
          throw OutsideFault(
            """
            \(fold.reducers.name): user \(user.id): a row of \(steps[place].schema.type), although the user has none of \
            \(missing), which it requires
            """)
        }
        steps[place].rows.append((number, index))
      }
    }
    if steps[place].parts.count > 1 { steps[place].rows.sort { $0.number < $1.number } }
  }

  private func fold(
    _ part: FoldPart, of step: Step, _ user: FoldedUser, _ asOf: Instant
  ) throws(OutsideFault) -> ReducerFailure? {
    switch part.fold {
    case .own(let fold):
      do throws(ReducerFailure) { try fold.fold(history, asOf: asOf, into: rows) } catch { return error }
      return nil
    case .outside(let fold):
      return try fold.answer(
        step.schema.type, step.schema.keys, user, history, asOf: asOf, into: rows, given: step.given)
    }
  }

  private func emit<Sink: FoldSink>(_ step: Step, _ sink: inout Sink) {
    guard step.parts.contains(where: { $0.numbers.contains { $0.map { isWanted[$0] } ?? false } }) else { return }
    if let failure = step.failure { sink.failed(type: step.schema.type, failure) }
    for (number, index) in step.rows where isWanted[number] {
      let row = rows.rows[index]
      sink.row(number, data: rows.data(row.data), lastEvent: row.lastEvent)
    }
  }

  /// The tally of a type's events of the user folded last; `nil` without such events. Valid as long as the events are.
  package func tally(of type: EventType) -> TypeTally? {
    let tally = history.tally(type)
    return tally.count > 0 ? tally : nil
  }
}
