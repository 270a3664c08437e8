import Platform
import SnapshotStore
import Synchronization

/// Runs `body` on `count` threads at once, including the caller's, and returns when all have finished.
///
/// Uses threads instead of tasks, because the bodies block on files and on each other.
package func onThreads(_ count: Int, _ body: @escaping @Sendable (_ thread: Int) -> Void) {
  // Creating a thread may fail. The bodies pull their work, so fewer threads still do all of it.
  let threads = (1..<max(1, count)).compactMap { index in startThread { body(index) } }
  body(0)
  for thread in threads { pthread_join(thread, nil) }
}

/// Runs `body` while two other threads empty `values`: closing files and giving memory back takes long, and `body` is
/// expected to wait for a device.
package func releasing<Value: Sendable, Result>(
  _ values: inout [Value], while body: () throws -> Result
) rethrows -> Result {
  let spent = Mutex(values)
  values = []
  let threads = (0..<2).compactMap { _ in
    startThread { while spent.withLock({ $0.popLast() }) != nil {} }
  }
  defer { for thread in threads { pthread_join(thread, nil) } }
  return try body()
}

/// Runs `body` on a new thread, which the caller must join. Returns `nil` without running `body` if no thread can be
/// created.
private func startThread(_ body: @escaping @Sendable () -> Void) -> pthread_t? {
  let start = Unmanaged.passRetained(ThreadStart(body))
  var thread = pthread_t()
  let failed = pthread_create(
    &thread, nil,
    { argument in
      let start = Unmanaged<ThreadStart>.fromOpaque(argument!).takeRetainedValue()
      TemporaryFiles.withHandlerStack(start.body)
      return nil
    }, start.toOpaque())
  if failed == 0 { return thread }
  start.release()
  return nil
}

private final class ThreadStart: Sendable {
  let body: @Sendable () -> Void
  init(_ body: @escaping @Sendable () -> Void) { self.body = body }
}

/// Keeps one of several threads' errors: the one with the smallest rank, and among equal ranks the first.
package final class FirstError: Sendable {
  private let kept = Mutex<(rank: UInt64, error: any Error)?>(nil)

  package init() {}

  /// Keeps the error if its rank is smaller than that of the error kept so far.
  package func note(_ error: any Error, rank: UInt64 = .max) {
    kept.withLock { kept in
      if let known = kept, known.rank <= rank { return }
      kept = (rank, error)
    }
  }

  package var isSet: Bool { kept.withLock { $0 != nil } }

  package func throwIfSet() throws {
    if let error = kept.withLock({ $0?.error }) { throw error }
  }
}
