import EventLog
import EventModel
import Synchronization

/// Counts finished work, for display only. No result depends on it.
package final class ProgressMeter: Sendable {
  package enum Phase: String, Sendable { case reading, folding, writing, explaining }

  /// The state of the run at one moment.
  package struct Reading: Sendable {
    package var phase: Phase
    package var events: Int
    package var bytesRead: Int
    package var totalBytes: Int?
    package var users: Int
    /// Times that a history was folded again.
    package var folds: Int
  }

  private let events = Atomic(0)
  private let users = Atomic(0)
  private let folds = Atomic(0)
  private let state = Mutex<(phase: Phase, source: (@Sendable () -> ChunkReader.Progress)?)>((.reading, nil))
  private let said = Mutex<[Foreign]>([])

  package init() {}

  package func watch(_ source: @escaping @Sendable () -> ChunkReader.Progress) { state.withLock { $0.source = source } }
  package func add(events count: Int) { events.wrappingAdd(count, ordering: .relaxed) }
  package func add(users count: Int) { users.wrappingAdd(count, ordering: .relaxed) }
  package func add(folds count: Int) { folds.wrappingAdd(count, ordering: .relaxed) }
  package func enter(_ phase: Phase) { state.withLock { $0.phase = phase } }

  /// Adds a notice for the operator, each text once: the input may give rows other than intended.
  package func note(_ notice: Foreign) { said.withLock { if !$0.contains(notice) { $0.append(notice) } } }

  /// The notices so far.
  package var notices: [Foreign] { said.withLock { $0 } }

  /// The current state. May be called on any thread.
  package var reading: Reading {
    let (phase, source) = state.withLock { $0 }
    let bytes = source?()
    return Reading(
      phase: phase, events: events.load(ordering: .relaxed), bytesRead: bytes?.bytesRead ?? 0,
      totalBytes: bytes?.totalBytes, users: users.load(ordering: .relaxed),
      folds: folds.load(ordering: .relaxed))
  }
}
