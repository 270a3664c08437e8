import EventModel
import Folding
import JSONTape
import PythonValues
import TimeZones

// MARK: Names

/// The names and the schema of `capability_estimation`.
package enum CapabilityProjection {
  package static let type = "capability_estimation"
  static let triggers = EventTypeSet(EventType.capability)

  /// The deployed version: Epley's formula.
  static let v1 = projection(version: deployed, formula: .epley) { $0 }
  private static let deployed = "capability_estimation.v1"

  /// Makes a version.
  ///
  /// - Parameters:
  ///   - formula: estimates one-repetition maxima.
  ///   - adjust: changes the constants of the profile for this version.
  package static func projection(
    version: String, formula: OneRepFormula,
    adjust: @escaping @Sendable (Profile.Constants) -> Profile.Constants
  ) -> Projection<Fitness> {
    Projection(schema(version: version)) { setting in
      var setting = setting
      setting.profile.constants = adjust(setting.profile.constants)
      return CapabilityEstimation(setting, version: version, formula: formula)
    }
  }

  private static func schema(version: String) -> ProjectionSchema {
    let recommended = "recommended_next_observations"
    let observations = "data_sufficiency.observed_observations"
    return ProjectionSchema(
      type: type, version: version,
      keys: [Endurance.key, Jump.key, Sprint.key, Strength.key].map { ConstantName($0) }, triggers: triggers,
      sources: triggers.union([.eventRetracted, .preferenceSet]), inferredFrom: [], clock: "generated_at",
      stamp: "model_version",
      requires: nil, words: words(version: version),
      texts: [
        TextPlace(recommended, .list(twin: "data_sufficiency." + recommended)),
        TextPlace("data_sufficiency." + recommended, .list(twin: recommended)),
        TextPlace("timezone_context.assumption_disclosure", .text),
      ],
      drift: [
        DriftPlace(
          key: Endurance.key, path: "diagnostics.average_reference_freshness_days",
          observations: observations)
      ], observations: observations,
      quality: QualityPlaces(
        status: "status", statuses: ["ok", "insufficient_data", "degraded_comparability"], confidence: "confidence"),
      isObserved: true)
  }

  /// The words of all four envelopes. The deployed version is among them: rows of another version are compared with its
  /// rows.
  private static func words(version: String) -> Set<String> {
    func words<C: Capability>(_ capability: C.Type) -> [String] {
      EnvelopeShapes(capability, required: 0, version: version).envelope.words
    }
    return Set(words(Endurance.self) + words(Jump.self) + words(Sprint.self) + words(Strength.self) + [deployed])
  }
}

/// The reducer of `capability_estimation`: writes all four envelopes of a user, or none.
final class CapabilityEstimation: ProjectionFold {
  private let profile: Profile
  private let formula: OneRepFormula
  private let shared: FitnessHistory
  private let observer: FitnessObserver?

  // MARK: State

  private let strength: CapabilityReducer<Strength>
  private let sprint: CapabilityReducer<Sprint>
  private let jump: CapabilityReducer<Jump>
  private let endurance: CapabilityReducer<Endurance>
  private let row: TrainingRow
  private let expansion = SessionExpansion()
  private let sessions = PlainList<ExpandedSession>()
  private let sessionScratch = Scratch()
  /// The packed session id of the current session.
  private let sessionID = ByteArena()

  /// The blocks of a visible session, as a range of all blocks of the user, and its `session_meta`.
  private struct ExpandedSession: BitwiseCopyable {
    var firstBlock: Int
    var endOfBlocks: Int
    var meta: JSONValue
  }

  init(_ setting: FoldSetting<Fitness>, version: String, formula: OneRepFormula) {
    let profile = setting.profile
    self.profile = profile
    self.formula = formula
    shared = setting.shared
    observer = setting.shared.observer
    row = TrainingRow(TermTable(limit: setting.shared.rememberedTerms), profile.timeZones, observer)
    strength = CapabilityReducer(profile, version: version)
    sprint = CapabilityReducer(profile, version: version)
    jump = CapabilityReducer(profile, version: version)
    endurance = CapabilityReducer(profile, version: version)
    common = SharedValues(profile)
  }

  // MARK: Evolve

  /// O(events + rows); memory O(blocks + observations).
  func fold(_ user: EventHistory, asOf: Instant, into rows: RowBuffer) throws(ReducerFailure) {
    let history = shared
    if CapabilityProjection.triggers.isDisjoint(with: history.types) { return }
    try refuseTooLongNumbers(history)
    let zone = try ZonePreference.find(history, row.data, profile.timeZones, observer).get()
    let context = CapabilityContext(
      asOf: asOf, zone: zone ?? .utc, constants: profile.constants, formula: formula,
      observer: observer.flatMap { $0.wantsSteps ? $0 : nil })
    strength.begin(context)
    sprint.begin(context)
    jump.begin(context)
    endurance.begin(context)
    try foldRows(history, context)
    observer?.endRows()
    try write(history, context, zone, into: rows)
  }

  /// The live JSON loader rejects a too long integer in any event that the reducer fetches, retracted or not.
  /// Preferences are fetched separately, see ``ZonePreference``.
  private func refuseTooLongNumbers(_ history: FitnessHistory) throws(ReducerFailure) {
    if history.flags.isDisjoint(with: [.dataNumberTooLong, .metadataNumberTooLong]) { return }
    for event in history.all
    where CapabilityProjection.triggers.contains(event.type)
      && !event.flags.isDisjoint(with: [.dataNumberTooLong, .metadataNumberTooLong])
    {
      throw ReducerFailure(.tooLongInteger, event: event.id)
    }
  }

  /// Folds corrected sets, expanded sessions and imports, in history order.
  private func foldRows(_ history: FitnessHistory, _ context: CapabilityContext) throws(ReducerFailure) {
    let represented = setsRepresentedBySessions(history)
    let corrections = try corrections(history)
    try refuseSetsWithoutObject(history, represented)
    try expandSessions(history)
    var session = 0
    for event in history.training.elements {
      observer?.looked(at: event)
      if history.isRetracted(event) { continue }
      row.event = event.id
      row.timestamp = event.timestamp
      row.repeats = 1
      switch event.type {
      case .setLogged:
        if represented.contains(event.id) {
          observer?.note(.isRepresented, of: event.id)
          continue
        }
        row.data.load(event.data)
        corrections.apply(to: event.id, row.data, observer)
        if let observer { row.observer = observer.beginRow(of: event.id) }
        row.metadata.load(event.metadata)
        foldRow(context)
      case .externalActivityImported:
        if event.flags.contains(.dataNotObject) {
          observer?.note(.yieldsNoRow, of: event.id)
          continue
        }
        row.data.load(event.data)
        if let observer { row.observer = observer.beginRow(of: event.id) }
        row.metadata.load(event.metadata)
        foldRow(context)
      case .sessionLogged:
        let expanded = sessions[session]
        session += 1
        if expanded.firstBlock == expanded.endOfBlocks { continue }
        loadSessionMetadata(event, expanded.meta)
        for position in expanded.firstBlock..<expanded.endOfBlocks {
          let block = expansion.blocks[position]
          row.data.load(expansion.fields(block))
          row.data.copy(.blockType, to: .exercise)
          row.data.copy(.blockType, to: .exerciseID)
          row.repeats = block.repeats
          if let observer { row.observer = observer.beginRow(of: event.id, repeats: block.repeats, isBlock: true) }
          foldRow(context)
        }
      default: preconditionFailure("the training events are sets, sessions and imports")
      }
    }
  }

  @inline(__always)
  private func foldRow(_ context: CapabilityContext) {
    row.begin()
    let modality: Modality
    do throws(Refusal) {
      modality = try row.modality()
    } catch {
      observer?.unclassified(error)
      // Every capability fails at this row, unless it has already failed.
      strength.fail(error, event: row.event)
      sprint.fail(error, event: row.event)
      jump.fail(error, event: row.event)
      endurance.fail(error, event: row.event)
      return
    }
    strength.evolve(row, modality, context)
    sprint.evolve(row, modality, context)
    jump.evolve(row, modality, context)
    endurance.evolve(row, modality, context)
  }

  /// The ids of the sets that a later session represents.
  private func setsRepresentedBySessions(_ history: FitnessHistory) -> EventIDSet {
    var ids: [EventID] = []
    for event in history.sessions.elements {
      observer?.looked(at: event)
      row.metadata.load(event.metadata)
      guard let mode = row.metadata[.compatMode], let legacy = row.metadata[.legacyEventID] else { continue }
      row.scratch.reset()
      guard mode.trimmed(row.scratch).equals("legacy_set_backfill") else { continue }
      if let id = eventID(exactly: legacy.trimmed(row.scratch)) {
        ids.append(id)
        observer?.note(.represents(set: id), of: event.id)
      }
    }
    return EventIDSet(ids)
  }

  private func corrections(_ history: FitnessHistory) throws(ReducerFailure) -> Corrections {
    var corrections = Corrections()
    guard history.types.contains(.setCorrected) else { return corrections }
    for event in history.others.elements {
      observer?.looked(at: event)
      if !event.isOf(.setCorrected) { continue }
      if event.flags.contains(.dataNotObject) {
        throw ReducerFailure(Refusal(.dataNotObject, "data of a correction is not an object"), event: event.id)
      }
      row.data.load(event.data)
      row.scratch.reset()
      corrections.add(event.id, row.data, row.scratch, observer)
    }
    corrections.close()
    return corrections
  }

  /// Fails for a set whose data is not an object. Call it before ``expandSessions(_:)``: live reads the sets first, for
  /// their corrections.
  private func refuseSetsWithoutObject(
    _ history: FitnessHistory, _ represented: EventIDSet
  ) throws(ReducerFailure) {
    if !history.flags.contains(.dataNotObject) { return }
    for event in history.training.elements
    where event.flags.contains(.dataNotObject) && event.isOf(.setLogged) {
      if history.isRetracted(event) || represented.contains(event.id) { continue }
      throw ReducerFailure(Refusal(.dataNotObject, "data of a set is not an object"), event: event.id)
    }
  }

  /// Expands all sessions. Afterwards ``sessions`` contains each visible one.
  private func expandSessions(_ history: FitnessHistory) throws(ReducerFailure) {
    expansion.removeAll()
    sessions.removeAll()
    for event in history.sessions.elements {
      observer?.looked(at: event)
      let first = expansion.blocks.count
      row.data.load(event.data)
      if let blocks = row.data[.blocks], blocks.kind == .array, blocks.entryCount > 0 {
        if event.flags.contains(.metadataNotObject) {
          throw ReducerFailure(Refusal(.dataNotObject, "metadata of a session is not an object"), event: event.id)
        }
        row.scratch.reset()
        do throws(Refusal) { try expansion.expand(blocks, row.scratch, of: event.id, observer) } catch {
          throw ReducerFailure(error, event: event.id)
        }
      } else {
        observer?.note(event.flags.contains(.dataNotObject) ? .yieldsNoRow : .noBlocks, of: event.id)
      }
      sessions.append(
        ExpandedSession(
          firstBlock: first, endOfBlocks: expansion.blocks.count, meta: row.data.orNull(.sessionMeta)))
    }
  }

  /// Loads the metadata of a session. If its session id is falsy, the id in `data.session_meta` replaces it.
  private func loadSessionMetadata(_ event: Event, _ meta: JSONValue) {
    row.metadata.load(event.metadata)
    if row.metadata.orNull(.sessionID).isTruthy { return }
    guard let id = meta.member("session_id") else { return }
    sessionScratch.reset()
    let text = id.trimmed(sessionScratch)
    if text.isEmpty { return }
    sessionID.count = 0
    sessionID.pack(room: text.count + 8) { $0.putPacked(text) }
    row.metadata.set(Field.sessionID.rawValue, JSONValue(sessionID.base))
  }

  // MARK: Rows

  private let common: SharedValues

  private func write(
    _ history: FitnessHistory, _ context: CapabilityContext, _ zone: TimeZone?, into rows: RowBuffer
  ) throws(ReducerFailure) {
    try strength.estimate(context)
    try sprint.estimate(context)
    try jump.estimate(context)
    try endurance.estimate(context)
    if strength.isNotFinite || sprint.isNotFinite || jump.isNotFinite || endurance.isNotFinite {
      throw ReducerFailure(Refusal(.notFinite, "the estimate is not finite"), event: nil)
    }
    common.render(context.asOf, zone)
    let last = CapabilityEstimation.newest(history)
    try rows.row(0, lastEvent: last) { endurance.write(context, common, to: &$0) }
    try rows.row(1, lastEvent: last) { jump.write(context, common, to: &$0) }
    try rows.row(2, lastEvent: last) { sprint.write(context, common, to: &$0) }
    try rows.row(3, lastEvent: last) { strength.write(context, common, to: &$0) }
  }

  /// The last event of the rows: the newest event, retracted or not, of the first of these types that the user has. This
  /// is the contract's nominal rule; which job of a live backfill ran last is not in the log.
  private static func newest(_ history: FitnessHistory) -> EventID? {
    history.newest(.externalActivityImported) ?? history.newest(.sessionLogged) ?? history.newest(.setLogged)
      ?? history.newest(.setCorrected)
  }
}
