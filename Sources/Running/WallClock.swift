import EventModel
import Platform

/// The time of day, for what is judged by it: how long an entry accepts a difference, and when a run was recorded. Rows
/// never depend on it.
package enum WallClock {
  package static var now: Instant {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Instant(microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000)
  }
}
