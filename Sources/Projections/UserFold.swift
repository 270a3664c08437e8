import EventModel
import JSONTape

/// Which projections are wanted; all when empty.
package struct ProjectionFilter: Sendable, Equatable {
  /// `type` or `type/key` as asked for.
  package var wanted: [(type: String, key: String?)] = []

  package init() {}

  package static func == (a: ProjectionFilter, b: ProjectionFilter) -> Bool {
    a.wanted.count == b.wanted.count && zip(a.wanted, b.wanted).allSatisfy { $0.type == $1.type && $0.key == $1.key }
  }

  /// As asked for, sorted.
  package var names: [String] { wanted.map { $0.type + ($0.key.map { "/" + $0 } ?? "") }.sorted() }

  package func includes(type: String) -> Bool { wanted.isEmpty || wanted.contains { $0.type == type } }

  package func includes(_ type: String, _ key: StaticString) -> Bool {
    wanted.isEmpty || wanted.contains { $0.type == type && ($0.key == nil || $0.key == key.description) }
  }
}

/// Where the rows of a fold go. Calls come in (type, key) order for a user.
package protocol FoldSink {
  mutating func row(type: String, key: StaticString, data: UnsafeRawBufferPointer, lastEvent: EventID?)
  mutating func failed(type: String, _ failure: ReducerFailure)
}

/// Every projection refold rebuilds, by type and key, in order.
package enum ProjectionCatalog {
  private static let projections: [(type: String, key: StaticString)] =
    [Endurance.key, Jump.key, Sprint.key, Strength.key].map { (CapabilityEstimation.projectionType, $0) } + [
      (ObjectiveAdvisory.projectionType, ObjectiveAdvisory.key), (ObjectiveState.projectionType, ObjectiveState.key),
    ]

  package static let names = projections.map { ProjectionName(type: $0.type, key: $0.key.description) }

  /// The index in ``names`` of a projection by its key; no two have the same.
  package static func index(ofKey key: StaticString) -> Int? {
    projections.firstIndex { UnsafeRawBufferPointer($0.key).equals(key) }
  }

  /// Names of the reducers and the versions of their rules, for the manifest.
  package static let reducers: [(name: String, version: String)] = [
    (CapabilityEstimation.projectionType, "capability_estimation.v1"),
    (ObjectiveAdvisory.projectionType, "objective_advisory.v1"),
    (ObjectiveState.projectionType, "objective_state_model.v1"),
  ]
}

/// Folds one user's history through all reducers. One per thread.
package final class UserFold {
  private let filter: ProjectionFilter
  private let capability: CapabilityEstimation
  private let state: ObjectiveState
  private let advisory: ObjectiveAdvisory
  private let history = History()
  private let slots = FieldSlots()
  private let output = ByteArena(capacity: 1 << 14)
  private let observer: FoldObserver?

  /// - Parameters:
  ///   - rememberedTerms: how many names of exercises and the like are kept from one row to the next; says nothing
  ///     about the result.
  ///   - observer: is told what becomes of each event; `nil` in ordinary runs.
  package init(
    profile: Profile, filter: ProjectionFilter = ProjectionFilter(), rememberedTerms: Int = 1024,
    observer: FoldObserver? = nil
  ) {
    self.filter = filter
    self.observer = observer
    capability = CapabilityEstimation(profile, rememberedTerms: rememberedTerms, observer)
    state = ObjectiveState(profile, observer)
    advisory = ObjectiveAdvisory(profile, observer)
  }

  /// Folds the events, in history order, as a complete rebuild at `asOf` would.
  package func fold<Sink: FoldSink>(_ events: [Event], asOf: Instant, into sink: inout Sink) {
    observer?.begin()
    events.withUnsafeBufferPointer { events in
      history.begin(events, slots, observer)
      foldCapability(asOf, &sink)
      foldObjectives(asOf, &sink)
    }
  }

  /// The events of a type of the user folded last, while the events are there; `nil` without any.
  package func tally(of type: EventType) -> TypeTally? {
    let tally = history.tally(type)
    return tally.count > 0 ? tally : nil
  }

  private func foldCapability<Sink: FoldSink>(_ asOf: Instant, _ sink: inout Sink) {
    let type = CapabilityEstimation.projectionType
    guard filter.includes(type: type), EventType.capability.contains(where: history.types.contains) else { return }
    let last =
      newest(.externalActivityImported) ?? newest(.sessionLogged) ?? newest(.setLogged) ?? newest(.setCorrected)
    output.count = 0
    var writer = RowWriter(output: output)
    do throws(ReducerFailure) {
      try capability.fold(history, asOf: asOf, &writer) { key, row in
        if !filter.includes(type, key) { return }
        sink.row(type: type, key: key, data: UnsafeRawBufferPointer(rebasing: output.bytes[row]), lastEvent: last)
      }
    } catch {
      return sink.failed(type: type, error)
    }
  }

  private func foldObjectives<Sink: FoldSink>(_ asOf: Instant, _ sink: inout Sink) {
    let wantsState = filter.includes(ObjectiveState.projectionType, ObjectiveState.key)
    let wantsAdvisory = filter.includes(ObjectiveAdvisory.projectionType, ObjectiveAdvisory.key)
    guard wantsState || wantsAdvisory else { return }
    do throws(ReducerFailure) {
      output.count = 0
      let active = try state.fold(history)
      var stateWriter = RowWriter(output: output)
      try state.write(active, to: &stateWriter)
      let stateEnd = output.count
      if wantsAdvisory { foldAdvisory(active, asOf, &sink) }
      if wantsState {
        sink.row(
          type: ObjectiveState.projectionType, key: ObjectiveState.key,
          data: UnsafeRawBufferPointer(rebasing: output.bytes[..<stateEnd]), lastEvent: active.lastEvent)
      }
    } catch {
      // The advisory reads the rebuilt objective_state and fails with it.
      if wantsAdvisory { sink.failed(type: ObjectiveAdvisory.projectionType, error) }
      if wantsState { sink.failed(type: ObjectiveState.projectionType, error) }
    }
  }

  private func foldAdvisory<Sink: FoldSink>(_ active: ActiveObjective, _ asOf: Instant, _ sink: inout Sink) {
    let start = output.count
    var writer = RowWriter(output: output)
    do throws(ReducerFailure) {
      try advisory.fold(history, active, asOf: asOf, &writer)
    } catch {
      return sink.failed(type: ObjectiveAdvisory.projectionType, error)
    }
    let last =
      newest(.externalActivityImported) ?? newest(.sessionLogged) ?? newest(.setLogged) ?? newest(.profileUpdated)
      ?? history.others.elements.last { $0.type == EventType.advisoryOverrideRecorded.rawValue }?.id
    sink.row(
      type: ObjectiveAdvisory.projectionType, key: ObjectiveAdvisory.key,
      data: UnsafeRawBufferPointer(rebasing: output.bytes[start...]), lastEvent: last)
  }

  /// The newest event of a type, retracted or not. Of several types a row's last event is one of the type whose job a
  /// completed backfill runs last.
  private func newest(_ type: EventType) -> EventID? { tally(of: type)?.last.id }
}
