import EventModel
import JSONTape

/// The one place in which the clock readings inside one computation show beside `generated_at`.
///
/// Live reads the wall clock for each reference it ages and once more for `generated_at`. The mean age therefore is off
/// by less than 10⁻⁶ days, or by no more than the computation took, for a user with very many rows. Readings are whole
/// microseconds: what is off by less than half of one is no drift.
package struct ClockDrift: Sendable {
  package static let projection = ProjectionName(type: "capability_estimation", key: "endurance_threshold")
  private static let path = ValuePath([.key("diagnostics"), .key("average_reference_freshness_days")])
  /// Days.
  private static let usual = 1e-6
  private static let smallest = 0.5 / Double(Instant.day)
  /// Microseconds no computation takes longer than.
  private static let longest: Int64 = 10_000_000

  /// Days the mean age may be off by.
  private let largest: Double

  /// - Parameters: when the computation's transaction began and what instant it says it was computed at.
  package init(generatedAt: Instant?, updatedAt: Instant?) {
    var largest = ClockDrift.usual
    if let generatedAt, let updatedAt {
      let took = generatedAt.microseconds - updatedAt.microseconds
      if took > 0, took <= ClockDrift.longest { largest = max(largest, Double(took) / Double(Instant.day)) }
    }
    self.largest = largest
  }

  func explains(_ difference: ValueDifference) -> Bool {
    guard difference.path == ClockDrift.path, let rebuilt = difference.rebuilt?.finiteDouble,
      let live = difference.live?.finiteDouble
    else { return false }
    let distance = (rebuilt - live).magnitude
    return distance <= largest && distance >= ClockDrift.smallest
  }
}
