import Glibc
import Synchronization

/// Runs `body` on `count` threads at once, the caller's among them, and returns when all are done.
///
/// Real threads, not tasks: the bodies block on files and on each other.
func onThreads(_ count: Int, _ body: @escaping @Sendable (_ thread: Int) -> Void) {
  // Where no more threads are to be had: the work is pulled, so fewer hands do it all the same.
  let threads = (1..<max(1, count)).compactMap { index in startThread { body(index) } }
  body(0)
  for thread in threads { pthread_join(thread, nil) }
}

/// Runs `body` while another thread empties `values`, which takes long where files are closed and memory is given back.
func releasing<Value: Sendable, Result>(_ values: inout [Value], while body: () throws -> Result) rethrows -> Result {
  let spent = Mutex(values)
  values = []
  let thread = startThread { spent.withLock { $0 = [] } }
  defer { if let thread { pthread_join(thread, nil) } }
  return try body()
}

/// Runs `body` on a new thread, which is to be joined; `nil`, and `body` is not run, when there is none to be had.
private func startThread(_ body: @escaping @Sendable () -> Void) -> pthread_t? {
  let start = Unmanaged.passRetained(ThreadStart(body))
  var thread = pthread_t()
  let failed = pthread_create(
    &thread, nil,
    { argument in
      Unmanaged<ThreadStart>.fromOpaque(argument!).takeRetainedValue().body()
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

/// Hands results of numbered pieces of work over in order, however the pieces finish; bounds how far
/// the producers may run ahead.
final class OrderedHandover<Element: Sendable>: @unchecked Sendable {
  private let lock = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let changed = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
  private var waiting: [Int: Element] = [:]
  private var nextTicket = 0
  private var nextOut = 0
  private let pieces: Int
  private let window: Int
  private var isClosed = false

  /// - Parameters:
  ///   - pieces: number of pieces of work.
  ///   - window: pieces that may be begun and not yet taken.
  init(pieces: Int, window: Int) {
    self.pieces = pieces
    self.window = window
    pthread_mutex_init(lock, nil)
    pthread_cond_init(changed, nil)
  }

  deinit {
    pthread_mutex_destroy(lock)
    pthread_cond_destroy(changed)
    lock.deallocate()
    changed.deallocate()
  }

  /// The next piece of work to begin; waits while too many are under way. `nil` when there is none left.
  func begin() -> Int? {
    pthread_mutex_lock(lock)
    defer { pthread_mutex_unlock(lock) }
    while !isClosed, nextTicket < pieces, nextTicket - nextOut >= window { pthread_cond_wait(changed, lock) }
    if isClosed || nextTicket >= pieces { return nil }
    nextTicket += 1
    return nextTicket - 1
  }

  /// Hands over the result of a piece.
  func finish(_ piece: Int, _ element: Element) {
    pthread_mutex_lock(lock)
    waiting[piece] = element
    pthread_cond_broadcast(changed)
    pthread_mutex_unlock(lock)
  }

  /// The result of the next piece in order; waits for it. `nil` after the last, or when closed.
  func take() -> Element? {
    pthread_mutex_lock(lock)
    defer { pthread_mutex_unlock(lock) }
    while true {
      if isClosed || nextOut >= pieces { return nil }
      if let element = waiting.removeValue(forKey: nextOut) {
        nextOut += 1
        pthread_cond_broadcast(changed)
        return element
      }
      pthread_cond_wait(changed, lock)
    }
  }

  /// Ends all waiting: something went wrong.
  func close() {
    pthread_mutex_lock(lock)
    isClosed = true
    pthread_cond_broadcast(changed)
    pthread_mutex_unlock(lock)
  }
}

/// The first of the errors that threads met, by some order.
final class FirstError: Sendable {
  private let kept = Mutex<(rank: UInt64, error: any Error)?>(nil)

  /// Keeps the error with the smallest rank.
  func note(_ error: any Error, rank: UInt64 = .max) {
    kept.withLock { kept in
      if let known = kept, known.rank <= rank { return }
      kept = (rank, error)
    }
  }

  var isSet: Bool { kept.withLock { $0 != nil } }

  func throwIfSet() throws {
    if let error = kept.withLock({ $0?.error }) { throw error }
  }
}
