import Platform
import Synchronization

/// Computes numbered pieces of work on several threads, including the caller's, and takes the results in piece order.
///
/// There is no dedicated consumer. A thread that finishes a piece takes all results that are next in order, unless
/// another thread is already taking, and then begins another piece. All threads therefore stay busy while there is
/// work, whether making or taking is the bottleneck. At most `2 * threads + 1` pieces are begun and not yet taken.
///
/// - Parameters:
///   - worker: creates a thread's working state, once per thread.
///   - make: computes the result of a piece.
///   - take: is called with each result in order, on any of the threads but never on two at a time.
/// - Throws: the first error of any thread. No further result is taken after that.
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

/// A value that one thread lends to others while it waits for them. They use it one at a time.
private struct Lent<Value>: @unchecked Sendable {
  let value: Value
  init(_ value: Value) { self.value = value }
}

/// Hands out the next piece to begin and the next result to take.
private final class Turns<Element: Sendable>: @unchecked Sendable {
  private let monitor = Monitor()
  private var finished: [Int: Element] = [:]
  private var nextToBegin = 0
  private var nextToTake = 0
  private var isTaking = false
  private let pieces: Int
  private let window: Int
  private var isClosed = false

  /// - Parameters:
  ///   - pieces: number of pieces of work.
  ///   - window: maximum number of pieces begun and not yet taken.
  init(pieces: Int, window: Int) {
    self.pieces = pieces
    self.window = window
  }

  /// The next piece to begin, or `nil` when none is left or after ``close()``. Blocks while too many pieces are under
  /// way.
  ///
  /// The next result in order never waits for a thread that blocks here. The thread that finished it has taken it, or
  /// another thread is taking results and will take it next.
  func begin() -> Int? {
    monitor.locked {
      while !isClosed, nextToBegin < pieces, nextToBegin - nextToTake >= window { monitor.wait() }
      if isClosed || nextToBegin >= pieces { return nil }
      nextToBegin += 1
      return nextToBegin - 1
    }
  }

  /// Stores the result of a piece until it is next in order.
  func finish(_ piece: Int, _ element: Element) { monitor.locked { finished[piece] = element } }

  /// The next result in order, if it is finished and no thread is taking. The caller must then call ``release()``.
  func claim() -> Element? {
    monitor.locked {
      guard !isClosed, !isTaking, let element = finished.removeValue(forKey: nextToTake) else { return nil }
      isTaking = true
      return element
    }
  }

  /// Ends the turn that ``claim()`` began and wakes waiting threads.
  func release() {
    monitor.locked {
      isTaking = false
      nextToTake += 1
      monitor.wake()
    }
  }

  /// Stops the work after an error and wakes all waiting threads.
  func close() {
    monitor.locked {
      isClosed = true
      monitor.wake()
    }
  }
}
