import Benchmark

/// One benchmark per step of a rebuild, over the generated log of ``Sample``. An iteration runs the step a thousand
/// times; figures are for one line, value, user or row.
let benchmarks: @Sendable () -> Void = {
  Benchmark.defaultConfiguration = .init(
    metrics: [.wallClock, .instructions, .throughput], warmupIterations: 3, scalingFactor: .kilo,
    maxDuration: .seconds(3), maxIterations: 10_000)
  measureReading()
  measureCoercions()
  measureFolding()
  measureWriting()
}
