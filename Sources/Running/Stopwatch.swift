import Platform

/// Wall time, for reports only.
package struct Stopwatch {
  private final class Last { var seconds = Stopwatch.now }
  private let last = Last()

  package init() {}

  /// Seconds since the last lap, or since the start.
  package func lap() -> Double {
    let now = Stopwatch.now
    defer { last.seconds = now }
    return now - last.seconds
  }

  private static var now: Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }
}

/// Peak resident memory of the process, in bytes.
package var peakMemory: Int { peakResidentBytes }
