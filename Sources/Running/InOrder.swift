import Platform
import Synchronization

/// Makes the results of numbered pieces of work on several threads, the caller's among them, and takes them in the order of
/// the pieces.
///
/// No thread only takes: whoever ends a piece takes what is its turn, unless another thread is at it, and goes on making. So
/// all threads are busy as long as there is work, whichever of the two is more of it. At most two pieces a thread and one
/// are begun and not taken.
///
/// - Parameters:
///   - worker: makes what a thread works with.
///   - make: makes the result of a piece.
///   - take: is called with one result after the other, by any of the threads but never by two at a time.
/// - Throws: the first error that a thread met; nothing is taken after it.
package func inOrder<Worker, Element: Sendable>(
  pieces: Int, threads: Int, worker: @escaping @Sendable () throws -> Worker,
  make: @escaping @Sendable (Worker, Int) throws -> Element, take: (Element) throws -> Void
) throws {
  let threads = max(1, threads)
  let turns = Turns<Element>(pieces: pieces, window: threads * 2 + 1)
  let errors = FirstError()
  withoutActuallyEscaping(take) { take in
    let lent = Lent(take)
    onThreads(threads) { _ in
      do {
        let worker = try worker()
        while let piece = turns.begin() {
          turns.finish(piece, try make(worker, piece))
          while let element = turns.claim() {
            try lent.value(element)
            turns.release()
          }
        }
      } catch {
        errors.note(error)
        turns.close()
      }
    }
  }
  try errors.throwIfSet()
}

/// A value one thread lends the others while it waits for them, and which they use in turns.
private struct Lent<Value>: @unchecked Sendable {
  let value: Value
  init(_ value: Value) { self.value = value }
}

/// Whose turn it is: to begin a piece of work, and to take the next result in order.
private final class Turns<Element: Sendable>: @unchecked Sendable {
  private let lock = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let changed = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
  private var finished: [Int: Element] = [:]
  private var nextToBegin = 0
  private var nextToTake = 0
  private var isTaking = false
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

  private func locked<Result>(_ body: () -> Result) -> Result {
    pthread_mutex_lock(lock)
    defer { pthread_mutex_unlock(lock) }
    return body()
  }

  /// The next piece of work to begin; waits while too many are under way. `nil` when there is none left.
  ///
  /// Nobody waits here with a result whose turn it is: whoever ended it took it, or somebody was taking, who takes it next.
  func begin() -> Int? {
    locked {
      while !isClosed, nextToBegin < pieces, nextToBegin - nextToTake >= window { pthread_cond_wait(changed, lock) }
      if isClosed || nextToBegin >= pieces { return nil }
      nextToBegin += 1
      return nextToBegin - 1
    }
  }

  /// Keeps the result of a piece until its turn.
  func finish(_ piece: Int, _ element: Element) { locked { finished[piece] = element } }

  /// The result whose turn it is, if it is there and nobody is taking; ``release()`` must follow.
  func claim() -> Element? {
    locked {
      guard !isClosed, !isTaking, let element = finished.removeValue(forKey: nextToTake) else { return nil }
      isTaking = true
      return element
    }
  }

  /// Ends the turn that ``claim()`` began.
  func release() {
    locked {
      isTaking = false
      nextToTake += 1
      pthread_cond_broadcast(changed)
    }
  }

  /// Ends all waiting: something went wrong.
  func close() {
    locked {
      isClosed = true
      pthread_cond_broadcast(changed)
    }
  }
}
