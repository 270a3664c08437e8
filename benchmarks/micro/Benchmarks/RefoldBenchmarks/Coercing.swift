import Benchmark
import EventModel
import JSONTape
import PythonValues

/// The coercions of untyped JSON, over the log's values of fields that are coerced.
func measureCoercions() {
  Benchmark("coerce: number") { benchmark in
    let values = CoercionSample.shared.numbers
    benchmark.startMeasurement()
    for index in benchmark.scaledIterations { blackHole(try values[index].number()) }
  }

  Benchmark("coerce: text") { benchmark in
    let values = CoercionSample.shared.texts
    let scratch = Scratch()
    benchmark.startMeasurement()
    for index in benchmark.scaledIterations { blackHole(values[index].trimmed(scratch).count) }
  }

  Benchmark("coerce: norm") { benchmark in
    let values = CoercionSample.shared.texts
    let scratch = Scratch()
    benchmark.startMeasurement()
    for index in benchmark.scaledIterations { blackHole(values[index].norm(scratch).count) }
  }

  Benchmark("coerce: date") { benchmark in
    let values = CoercionSample.shared.dates
    benchmark.startMeasurement()
    for index in benchmark.scaledIterations { blackHole(PythonDateTime.parse(values[index].text)) }
  }
}

/// A thousand values for each coercion, in the order of the log, repeated if it has fewer.
private struct CoercionSample: @unchecked Sendable {
  private(set) var numbers: [JSONValue] = []
  private(set) var texts: [JSONValue] = []
  private(set) var dates: [JSONValue] = []

  static let shared = CoercionSample(Sample.shared)

  private static let numberFields: [Field] = [
    .weightKg, .reps, .rir, .rpe, .distanceMeters, .durationSeconds, .powerWatt, .verticalJumpCm,
  ]
  private static let textFields: [Field] = [.exerciseID, .exercise, .equipmentProfile, .surface, .timingMethod]
  private static let dateFields: [Field] = [.startedAt, .occurredAt, .deviceTimestamp, .sourceTimestamp, .timestamp]

  private init(_ sample: Sample) {
    let slots = FieldSlots()
    for event in sample.histories.lazy.flatMap(\.events) {
      slots.load(event.data)
      numbers.append(contentsOf: Self.numberFields.compactMap { slots[$0] })
      texts.append(contentsOf: Self.textFields.compactMap { slots[$0] })
      dates.append(contentsOf: Self.dateFields.compactMap { slots[$0] }.filter(\.isString))
    }
    numbers = Self.spread(numbers)
    texts = Self.spread(texts)
    dates = Self.spread(dates)
  }

  private static func spread(_ values: [JSONValue]) -> [JSONValue] {
    precondition(!values.isEmpty, "the log has no value for a coercion")
    let step = max(1, values.count / Sample.size)
    return (0..<Sample.size).map { values[$0 * step % values.count] }
  }
}
