import EventModel
import JSONTape

/// How far a live row's mean age may be off, because live read the clock more than once in one computation.
///
/// The mean age is off by at most 10⁻⁶ days or, for a user with very many rows, by at most the time that the
/// computation can have taken. Readings are whole microseconds: what is off by less than half of one is not drift.
package struct ClockDrift: Sendable {
  /// In days.
  private static let usual = 1e-6
  private static let smallest = 0.5 / Double(Instant.day)
  /// Microseconds that no computation exceeds.
  private static let longest: Int64 = 10_000_000
  /// Microseconds that live spends on an observation, a generous estimate.
  private static let perObservation: Int64 = 20

  private let path: ValuePath
  /// The largest deviation of the mean age, in days.
  private let largest: Double

  /// For a live row, by the number of observations that it says it is made of.
  init(_ place: DriftPlace, _ live: JSONValue) {
    path = ValuePath(keys: place.path)
    guard let observed = live.member(at: ValuePath(keys: place.observations))?.finiteDouble, observed > 0 else {
      largest = ClockDrift.usual
      return
    }
    let took = min(observed * Double(ClockDrift.perObservation), Double(ClockDrift.longest))
    largest = max(ClockDrift.usual, took / Double(Instant.day))
  }

  func explains(_ difference: ValueDifference) -> Bool {
    guard difference.path == path, let rebuilt = difference.rebuilt?.finiteDouble,
      let live = difference.live?.finiteDouble
    else { return false }
    let distance = (rebuilt - live).magnitude
    return distance <= largest && distance >= ClockDrift.smallest
  }
}

extension ValuePath {
  /// Keys joined with dots.
  init(keys: String) { self.init(keys.split(separator: ".").map { .key(String($0)) }) }
}

extension JSONValue {
  /// The value at a path of keys; `nil` if a key is missing.
  func member(at path: ValuePath) -> JSONValue? {
    var value = self
    for case .key(let key) in path.steps {
      guard value.kind == .object, let next = value.members.first(where: { $0.key.elementsEqual(key.utf8) }) else {
        return nil
      }
      value = next.value
    }
    return value
  }
}
