/// A lock, and a condition to wait for under it. Waiting threads sleep, where those of `Mutex` spin first: they may have to
/// wait for a device, or for another thread's work.
package final class Monitor: @unchecked Sendable {
  private let lock = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let changed = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

  package init() {
    pthread_mutex_init(lock, nil)
    pthread_cond_init(changed, nil)
  }

  deinit {
    pthread_mutex_destroy(lock)
    pthread_cond_destroy(changed)
    lock.deallocate()
    changed.deallocate()
  }

  package func locked<Result, Failure: Error>(_ body: () throws(Failure) -> Result) throws(Failure) -> Result {
    pthread_mutex_lock(lock)
    defer { pthread_mutex_unlock(lock) }
    return try body()
  }

  /// Gives the lock up until it is woken. Only under the lock. May return without a call.
  package func wait() { pthread_cond_wait(changed, lock) }

  /// Wakes one waiting thread, if there is one.
  package func wakeOne() { pthread_cond_signal(changed) }

  /// Wakes all waiting threads.
  package func wake() { pthread_cond_broadcast(changed) }
}
