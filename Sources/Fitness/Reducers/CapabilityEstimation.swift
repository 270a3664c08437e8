import EventModel
import JSONTape
import Projections
import PythonValues
import TimeZones

/// `capability_estimation`: the four envelopes of a user, which are written together or not at all.
final class CapabilityEstimation: ProjectionFold {
  private let profile: Profile
  /// The version that its rows are stamped with.
  private let version: String
  private let formula: OneRepFormula
  private let strength: CapabilityReducer<Strength>
  private let sprint: CapabilityReducer<Sprint>
  private let jump: CapabilityReducer<Jump>
  private let endurance: CapabilityReducer<Endurance>
  private let row: TrainingRow
  private let shared: FitnessHistory
  private let observer: FitnessObserver?
  private let expansion = SessionExpansion()
  private let sessions = PlainList<ExpandedSession>()
  /// `timezone_context` of the user, and the zone it names: `nil` before the first user.
  private let timezone = ByteArena()
  private var writtenZone: TimeZone??
  /// What envelopes say of when they were generated, and when that is: all users of a run have the same.
  private let generation = ByteArena()
  private var generatedAt: Instant?

  /// A visible session's blocks, by their place among all of the user's, and its `session_meta`.
  private struct ExpandedSession: BitwiseCopyable {
    var firstBlock: Int
    var endOfBlocks: Int
    var meta: JSONValue
  }

  init(_ setting: FoldSetting<Fitness>, version: String, formula: OneRepFormula) {
    let profile = setting.profile
    self.profile = profile
    self.version = version
    self.formula = formula
    shared = setting.shared
    observer = setting.shared.observer
    row = TrainingRow(TermTable(limit: setting.shared.rememberedTerms), profile.timeZones, observer)
    strength = CapabilityReducer(profile)
    sprint = CapabilityReducer(profile)
    jump = CapabilityReducer(profile)
    endurance = CapabilityReducer(profile)
  }

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

    try strength.estimate(context)
    try sprint.estimate(context)
    try jump.estimate(context)
    try endurance.estimate(context)
    if strength.isNotFinite || sprint.isNotFinite || jump.isNotFinite || endurance.isNotFinite {
      throw ReducerFailure(Refusal(.notFinite, "the estimate is not finite"), event: nil)
    }
    writeGeneration(asOf)
    writeTimezone(zone)
    let common = CommonPieces(generation: generation.bytes, timezone: timezone.bytes)
    let last = CapabilityEstimation.newest(history)
    try rows.row(0, lastEvent: last) { endurance.write(context, common, to: &$0) }
    try rows.row(1, lastEvent: last) { jump.write(context, common, to: &$0) }
    try rows.row(2, lastEvent: last) { sprint.write(context, common, to: &$0) }
    try rows.row(3, lastEvent: last) { strength.write(context, common, to: &$0) }
  }

  /// Of several types a row's last event is one of the type whose job a completed backfill runs last.
  private static func newest(_ history: FitnessHistory) -> EventID? {
    history.newest(.externalActivityImported) ?? history.newest(.sessionLogged) ?? history.newest(.setLogged)
      ?? history.newest(.setCorrected)
  }

  /// See ``CommonPieces/generation``.
  private func writeGeneration(_ asOf: Instant) {
    if asOf == generatedAt { return }
    generatedAt = asOf
    generation.count = 0
    var json = CanonicalWriter(output: generation)
    json.leading(#","generated_at":"#)
    json.instant(asOf)
    json.key("model_version")
    json.string(version)
    json.leading(#","protocol_signature":{},"recommended_next_observations":"#)
  }

  /// Which zone days are counted in, and whether that is assumed.
  private func writeTimezone(_ zone: TimeZone?) {
    if let writtenZone, writtenZone == zone { return }
    writtenZone = .some(zone)
    timezone.count = 0
    var json = CanonicalWriter(output: timezone)
    json.beginObject()
    json.key("assumed")
    json.bool(zone == nil)
    json.key("assumption_disclosure")
    if zone == nil { json.string(profile.texts.timezoneAssumption) } else { json.null() }
    json.key("source")
    json.literal(zone == nil ? "assumed_default" : "preference")
    json.key("timezone")
    json.string((zone ?? .utc).name)
    json.endObject()
  }

  /// The live JSON loader refuses such an integer in any event the reducer fetches, retracted or not. (Of preferences,
  /// which are fetched apart, see ``ZonePreference``.)
  private func refuseTooLongNumbers(_ history: FitnessHistory) throws(ReducerFailure) {
    if history.flags.isDisjoint(with: [.dataNumberTooLong, .metadataNumberTooLong]) { return }
    for event in history.all
    where CapabilityProjection.triggers.contains(event.type)
      && !event.flags.isDisjoint(with: [.dataNumberTooLong, .metadataNumberTooLong])
    {
      throw ReducerFailure(.tooLongInteger, event: event.id)
    }
  }

  /// Corrected sets, expanded sessions and imports, in history order.
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
      default: continue
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
      // Every capability meets the refusal at this row, unless an observation was refused before.
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

  /// Ids of the sets that a session logged later stands for.
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

  /// Sets are corrected, and so looked at, before sessions are expanded.
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

  /// Expands all sessions before the first row is folded; ``sessions`` has each visible one then.
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

  /// The event's metadata; a falsy session id gives way to the one in `data.session_meta`.
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

  private let sessionScratch = Scratch()
  private let sessionID = ByteArena()
}
