import EventModel
import Folding
import PythonValues

/// The mean and the interval of some values, rounded to four places.
struct Estimate {
  var mean: Double
  var low: Double
  var high: Double
  /// The compensated sum of the values.
  private var sum: Double
  /// The compensated sum of (v − mean)²; `nil` for a single value.
  private var squares: Double?
  private var unroundedMean: Double
  private var deviation: Double

  /// - Parameter deviations: half of the width of the interval, in standard deviations.
  init(_ values: Observations, deviations: Double) throws(Refusal) {
    let count = Double(values.count)
    let sum = values.sum { $0 }
    let mean = sum / count
    self.sum = sum
    unroundedMean = mean
    if values.count == 1 {
      deviation = max(0.05 * mean.magnitude, 0.05)
    } else {
      var overflows = false
      let squares = values.sum { value in
        let distance = value - mean
        let square = squared(distance)
        if square.isInfinite, distance.isFinite { overflows = true }
        return square
      }
      if overflows { throw Refusal(.notFinite, "the square of a deviation overflows") }
      self.squares = squares
      let variance = squares / (count - 1)
      deviation = (variance > 1e-9 ? variance : 1e-9).squareRoot()
    }
    let width = deviations * (deviation > 1e-9 ? deviation : 1e-9)
    self.mean = roundToEven(mean, places: 4)
    low = roundToEven(mean - width, places: 4)
    high = roundToEven(mean + width, places: 4)
  }

  /// Returns the steps of the computation, for an observer.
  func steps(of runs: [EstimateSteps.Run], _ constants: Profile.Constants) -> EstimateSteps {
    EstimateSteps(
      values: runs, count: runs.reduce(0) { $0 + $1.count }, least: runs.lazy.map(\.value).min() ?? .nan,
      greatest: runs.lazy.map(\.value).max() ?? .nan, sum: sum, mean: unroundedMean, squares: squares,
      deviation: deviation, width: constants.intervalDeviations, roundedMean: mean, low: low, high: high)
  }

  var isFinite: Bool { mean.isFinite && low.isFinite && high.isFinite }
}
