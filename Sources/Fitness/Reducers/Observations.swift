import EventModel
import Projections
import PythonValues

/// Values in order, equal neighbours from one block counted and not spelled out. Re-used for one user after the other.
final class Observations {
  struct Run: BitwiseCopyable {
    var value: Double
    var count: Int
  }

  private let list = PlainList<Run>()
  /// Values, each as often as it was observed.
  private(set) var count = 0

  /// Valid until the values change.
  var runs: UnsafeMutableBufferPointer<Run> { list.elements }

  @inline(__always)
  func append(_ value: Double, count: Int) {
    list.append(Run(value: value, count: count))
    self.count += count
  }

  func append(_ others: Observations) {
    for run in others.runs { append(run.value, count: run.count) }
  }

  @inline(__always)
  func removeAll() {
    list.removeAll()
    count = 0
  }

  /// The compensated sum of a function of each value. O(count): the result is that of the values spelled out.
  @inline(__always)
  func sum(_ transform: (Double) -> Double) -> Double {
    var sum = NeumaierSum()
    for run in runs {
      let value = transform(run.value)
      for _ in 0..<run.count { sum.add(value) }
    }
    return sum.value
  }

  /// The same for an observer.
  var steps: [EstimateSteps.Run] { runs.map { EstimateSteps.Run(value: $0.value, count: $0.count) } }

  var holdsNaN: Bool { runs.contains { $0.value.isNaN } }
}
