import Platform
import SnapshotStore
import Synchronization

/// Calls a closure about ten times a second on its own thread, until stopped.
package final class Ticker: @unchecked Sendable {
  private let isStopped = Atomic(false)
  private var thread = pthread_t()
  private let watch = Stopwatch()

  package init(_ tick: @escaping @Sendable (_ elapsed: Double) -> Void) {
    let body = Unmanaged.passRetained(TickerBody(owner: self, tick: tick))
    pthread_create(
      &thread, nil,
      { argument in
        let body = Unmanaged<TickerBody>.fromOpaque(argument!).takeRetainedValue()
        TemporaryFiles.withHandlerStack(body.run)
        return nil
      }, body.toOpaque())
  }

  /// Stops the calls. Returns after the last one has ended.
  package func stop() {
    isStopped.store(true, ordering: .relaxed)
    pthread_join(thread, nil)
  }

  private final class TickerBody: Sendable {
    let owner: Ticker
    let tick: @Sendable (Double) -> Void

    init(owner: Ticker, tick: @escaping @Sendable (Double) -> Void) {
      self.owner = owner
      self.tick = tick
    }

    func run() {
      var elapsed = 0.0
      while !owner.isStopped.load(ordering: .relaxed) {
        usleep(100_000)
        elapsed += owner.watch.lap()
        if !owner.isStopped.load(ordering: .relaxed) { tick(elapsed) }
      }
    }
  }
}
