import Benchmark
import EventModel
import Fitness
import Folding

/// One user's history → the rows of all projections, as canonical JSON.
func measureFolding() {
  Benchmark("fold: a user's history") { benchmark in
    let sample = Sample.shared
    let fold = UserFold(.fitness, profile: Profile())
    var sink = CountingSink()
    benchmark.startMeasurement()
    for index in benchmark.scaledIterations {
      fold.fold(sample.histories[index].events, asOf: sample.asOf, into: &sink)
    }
    blackHole(sink.bytes)
  }
}

/// Counts the bytes of rows and keeps nothing.
private struct CountingSink: FoldSink {
  private(set) var bytes = 0

  mutating func row(_ number: Int, data: UnsafeRawBufferPointer, lastEvent: EventID?) {
    bytes += data.count
  }

  mutating func failed(type: String, _ failure: ReducerFailure) {}
}
