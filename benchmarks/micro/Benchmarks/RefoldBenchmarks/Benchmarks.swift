import Benchmark

/// One benchmark a step of a rebuild, each a thousand times an iteration over the generated log of ``Sample``:
/// figures are for one line, value, user or row.
let benchmarks: @Sendable () -> Void = {
  Benchmark.defaultConfiguration = .init(
    metrics: [.wallClock, .instructions, .throughput], warmupIterations: 3, scalingFactor: .kilo,
    maxDuration: .seconds(3), maxIterations: 10_000)
  measureReading()
  measureCoercions()
  measureFolding()
  measureWriting()
}
