import EventModel
import Folding
import JSONTape
import PythonValues

/// `sprint_max_speed`: metres per second.
enum Sprint: Capability {
  // MARK: Names

  static let key: StaticString = "sprint_max_speed"
  static let groupFields: ComparabilityGroups.Fields = (.surface, .timingMethod)
  static let groupFallback: StaticString = "sprint:unknown_protocol"
  static let degradedCode: StaticString = "protocol_mismatch"
  static func texts(_ profile: Profile) -> Profile.CapabilityTexts { profile.texts.sprint }

  // MARK: State

  struct Notes: CapabilityNotes {
    private let sorted = Observations()

    init() {}

    mutating func begin(_ context: CapabilityContext) {}

    /// Returns the fastest third of the observations, at least three, fastest first.
    func summarised(_ observations: Observations, into fastest: Observations) -> Observations {
      var left = max(3, observations.count / 3)
      // The order of NaNs does not matter: the user fails.
      sorted.removeAll()
      sorted.append(observations)
      var runs = sorted.runs
      runs.sort { $0.value > $1.value }
      for run in runs {
        if left == 0 { break }
        fastest.append(run.value, count: min(run.count, left))
        left -= min(run.count, left)
      }
      return fastest
    }
  }

  // MARK: Evolve

  static func counts(_ row: TrainingRow, _ modality: Modality) -> Bool { modality == .sprint }

  static func observe(
    _ row: TrainingRow, _ notes: inout Notes, _ context: CapabilityContext
  ) throws(Refusal) -> Observation {
    var speed = try row.distanceOverDuration()
    if speed == nil { speed = try row.relativeReference()?.value }
    guard let speed else { return .none(.noSpeed) }
    return speed <= 0 ? .none(.valueNotPositive) : .value(speed)
  }
}

extension TrainingRow {
  /// Returns distance_meters / duration_seconds if both are greater than 0. Coerces both before it compares either.
  func distanceOverDuration() throws(Refusal) -> Double? {
    let distance = try data.number(.distanceMeters)
    let duration = try data.number(.durationSeconds)
    guard let distance, let duration, distance > 0, duration > 0 else { return nil }
    observer?.derived(.speed(distance: distance, duration: duration))
    return distance / duration
  }

  /// Returns reference_value × (value_pct / 100) of the row's relative intensity if both are greater than 0.
  func relativeReference() throws(Refusal) -> (value: Double, measuredAt: JSONValue)? {
    guard let object = data[.relativeIntensity], object.kind == .object else { return nil }
    intensity.load(object)
    let percent = try intensity.number(.percent)
    let reference = try intensity.number(.referenceValue)
    guard let percent, let reference, percent > 0, reference > 0 else { return nil }
    observer?.derived(.relative(reference: reference, percent: percent))
    return (reference * (percent / 100), intensity.orNull(.measuredAt))
  }
}
