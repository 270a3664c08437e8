import Benchmark
import EventLog
import EventModel
import JSONTape

/// Line → tape; line → event.
func measureReading() {
  Benchmark("parse: a line to a tape") { benchmark in
    let lines = Sample.shared.lines
    let parser = TapeParser()
    benchmark.startMeasurement()
    for index in benchmark.scaledIterations { blackHole(try parser.parse(lines[index]).words[0]) }
  }

  Benchmark("decode: a line to an event") { benchmark in
    let lines = Sample.shared.lines
    let arena = ByteArena(capacity: 1 << 20)
    let decoder = EventDecoder(vocabulary: Sample.vocabulary, arena: arena)
    benchmark.startMeasurement()
    for index in benchmark.scaledIterations { try decoder.decode(line: lines[index]) }
    blackHole(arena.count)
  }
}
