import EventModel
import JSONTape

/// The one place in which the clock readings inside one computation show beside `generated_at`.
///
/// Live reads the wall clock for each reference it ages and once more for `generated_at`. The mean age therefore is off
/// by less than 10⁻⁶ days; for a user with very many rows by no more than the computation can have taken. Readings are
/// whole microseconds: what is off by less than half of one is no drift.
package struct ClockDrift: Sendable {
  package static let projection = ProjectionName(type: "capability_estimation", key: "endurance_threshold")
  private static let path = ValuePath([.key("diagnostics"), .key("average_reference_freshness_days")])
  /// Days.
  private static let usual = 1e-6
  private static let smallest = 0.5 / Double(Instant.day)
  /// Microseconds no computation takes longer than.
  private static let longest: Int64 = 10_000_000
  /// Microseconds that live spends on an observation, generously.
  private static let perObservation: Int64 = 20

  /// Days the mean age may be off by.
  private let largest: Double

  /// For a live row, by the observations it says it is made of.
  package init(_ live: JSONValue) {
    let observed = live.member("data_sufficiency")?.member("observed_observations")?.finiteDouble ?? 0
    let took = min(max(observed, 0) * Double(ClockDrift.perObservation), Double(ClockDrift.longest))
    largest = max(ClockDrift.usual, took / Double(Instant.day))
  }

  func explains(_ difference: ValueDifference) -> Bool {
    guard difference.path == ClockDrift.path, let rebuilt = difference.rebuilt?.finiteDouble,
      let live = difference.live?.finiteDouble
    else { return false }
    let distance = (rebuilt - live).magnitude
    return distance <= largest && distance >= ClockDrift.smallest
  }
}
