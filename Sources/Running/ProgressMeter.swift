import EventLog
import EventModel
import Synchronization

/// Counts what has been done, for whoever shows it; never decides anything.
package final class ProgressMeter: Sendable {
  package enum Phase: String, Sendable { case reading, folding, writing }

  /// A look at the run.
  package struct Reading: Sendable {
    package var phase: Phase
    package var events: Int
    package var bytesRead: Int
    package var totalBytes: Int?
    package var users: Int
  }

  private let events = Atomic(0)
  private let users = Atomic(0)
  private let state = Mutex<(phase: Phase, source: (@Sendable () -> ChunkReader.Progress)?)>((.reading, nil))
  private let said = Mutex<[Foreign]>([])

  package init() {}

  package func watch(_ source: @escaping @Sendable () -> ChunkReader.Progress) { state.withLock { $0.source = source } }
  package func add(events count: Int) { events.wrappingAdd(count, ordering: .relaxed) }
  package func add(users count: Int) { users.wrappingAdd(count, ordering: .relaxed) }
  package func enter(_ phase: Phase) { state.withLock { $0.phase = phase } }

  /// Notes what an operator must know of the input, once: rows may be other than meant.
  package func note(_ notice: Foreign) { said.withLock { if !$0.contains(notice) { $0.append(notice) } } }

  /// What was noted so far.
  package var notices: [Foreign] { said.withLock { $0 } }

  /// The state now. Any thread may ask.
  package var reading: Reading {
    let (phase, source) = state.withLock { $0 }
    let bytes = source?()
    return Reading(
      phase: phase, events: events.load(ordering: .relaxed), bytesRead: bytes?.bytesRead ?? 0,
      totalBytes: bytes?.totalBytes, users: users.load(ordering: .relaxed))
  }
}
