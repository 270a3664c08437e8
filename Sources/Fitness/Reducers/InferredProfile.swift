import EventModel
import Folding
import JSONTape
import PythonValues

/// The live `user_profile` projection of a user without objective events. Only its training modality matters, which
/// live infers from the sessions.
struct InferredProfile {
  /// The types of the events that it depends on: the modality depends on sessions, and a failure of the live
  /// user_profile on all four types.
  static let sources: EventTypeSet = [.setLogged, .sessionLogged, .preferenceSet, .exerciseAliasCreated]

  private let slots: FieldSlots
  private let scratch: Scratch

  private let observer: FitnessObserver?

  init(_ slots: FieldSlots, _ scratch: Scratch, _ observer: FitnessObserver?) {
    self.observer = observer
    self.slots = slots
    self.scratch = scratch
  }

  /// Returns the modality of the first visible session that has one; `nil` without one, and if the live user_profile
  /// fails.
  func trainingModality(_ history: FitnessHistory) -> JSONValue? {
    if let event = unloadable(history) {
      observer?.note(.failsUserProfile, of: event.id)
      return nil
    }
    var modality: JSONValue?
    for event in history.all where !history.isRetracted(event) {
      observer?.looked(at: event)
      if fails(event) {
        observer?.note(.failsUserProfile, of: event.id)
        return nil
      }
      if modality == nil, event.isOf(.sessionLogged) {
        modality = self.modality(event)
        if let modality { observer?.note(.inferredModality(Foreign(string(modality.text))), of: event.id) }
      }
    }
    return modality
  }

  /// Returns an event that the live user_profile reads and the live JSON loader rejects, retracted or not.
  private func unloadable(_ history: FitnessHistory) -> Event? {
    if !history.flags.contains(.dataNumberTooLong) { return nil }
    return history.all.first {
      $0.flags.contains(.dataNumberTooLong) && InferredProfile.sources.contains($0.type)
    }
  }

  /// Whether the live user_profile is known to fail on a visible event.
  private func fails(_ event: Event) -> Bool {
    switch event.type {
    case .setLogged:
      if isNoObject(event) { return true }
      slots.load(event.data)
      if let id = slots[.exerciseID] {
        if !id.isString { return true }
        // A blank id is not empty: live tests the id before it trims it.
        if !id.text.isEmpty { return false }
      }
      return isNotText(.exercise)
    case .exerciseAliasCreated:
      if isNoObject(event) { return true }
      slots.load(event.data)
      return isNotText(.exerciseID) || isNotText(.alias)
    case .preferenceSet:
      if isNoObject(event) { return true }
      slots.load(event.data)
      guard let key = slots[.key] else { return false }
      return (key.kind == .array || key.kind == .object) && key.entryCount > 0
    case .sessionLogged: return isNoObject(event)
    default: return false
    }
  }

  private func isNoObject(_ event: Event) -> Bool {
    !event.flags.isDisjoint(with: [.dataFalsy, .dataNotObject])
  }

  /// Whether the field is present and not a string.
  private func isNotText(_ field: Field) -> Bool { slots[field].map { !$0.isString } ?? false }

  private func modality(_ event: Event) -> JSONValue? {
    slots.load(event.data)
    guard let blocks = slots[.blocks], blocks.kind == .array else { return nil }
    var isStrength = false
    var isEndurance = false
    for block in blocks.elements where block.kind == .object {
      let type = block.or("block_type").norm(scratch)
      if type.equals("strength_set") || type.equals("explosive_power") { isStrength = true }
      if type.equals("continuous_endurance") || type.equals("interval_endurance") || type.equals("tempo_threshold")
        || type.equals("speed_endurance")
      {
        isEndurance = true
      }
    }
    if isStrength { return .text(isEndurance ? "hybrid" : "strength", scratch) }
    return isEndurance ? .text("endurance", scratch) : nil
  }
}
