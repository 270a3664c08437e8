import EventModel
import Folding
import PythonValues

/// Values in order. A run stores a value that a block repeats once, with a count. One object is used for all users, one
/// after the other.
final class Observations {
  struct Run: BitwiseCopyable {
    var value: Double
    var count: Int
  }

  private let list = PlainList<Run>()
  /// The number of values, repeats included.
  private(set) var count = 0

  /// The runs, valid until the values change.
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

  /// Returns the compensated sum of a function of each value. O(count): each repeat is added separately, because the
  /// rounding of the result depends on it.
  @inline(__always)
  func sum(_ transform: (Double) -> Double) -> Double {
    var sum = NeumaierSum()
    for run in runs {
      let value = transform(run.value)
      for _ in 0..<run.count { sum.add(value) }
    }
    return sum.value
  }

  /// The runs, for an observer.
  var steps: [EstimateSteps.Run] { runs.map { EstimateSteps.Run(value: $0.value, count: $0.count) } }

  var holdsNaN: Bool { runs.contains { $0.value.isNaN } }
}
