import Glibc
import Synchronization

/// The temporary files of this process, so that a signal that ends it leaves none behind.
///
/// The paths stand in fixed memory, published slot by slot with an atomic state, because a signal handler may neither
/// allocate nor lock. Thread-safe. A file that is unlinked right after it is opened needs no place here.
package enum TemporaryFiles {
  /// How many files may exist at a time.
  package static let capacity = 256

  /// A file that ``create(_:)`` made: open for reading and writing, its path known to the signal handler.
  package struct Entry: Sendable {
    /// Owned by the caller, who closes it.
    package let descriptor: Int32
    fileprivate let slot: Int
  }

  private enum State {
    static let free = 0
    static let creating = 1
    static let exists = 2
  }

  private static let pathBytes = 4096
  nonisolated(unsafe) private static let paths = UnsafeMutablePointer<CChar>.allocate(capacity: capacity * pathBytes)
  nonisolated(unsafe) private static let states = {
    let states = UnsafeMutablePointer<Atomic<Int>>.allocate(capacity: capacity)
    for slot in 0..<capacity { (states + slot).initialize(to: Atomic(State.free)) }
    return states
  }()
  /// Set once by the signal handler: no file may be created any more.
  private static let ending = Atomic<Bool>(false)

  /// Creates a file that must not exist yet (`O_EXCL`), readable and writable by its owner only.
  ///
  /// The thread takes no signal meanwhile, and a handler on another thread waits for it: a file is either never
  /// created or removed. Throws ``SnapshotError`` with kind `exists` when the path is taken. O(capacity).
  package static func create(_ path: String) throws(SnapshotError) -> Entry {
    var all = sigset_t()
    var before = sigset_t()
    sigfillset(&all)
    pthread_sigmask(SIG_BLOCK, &all, &before)
    defer { pthread_sigmask(SIG_SETMASK, &before, nil) }

    guard let slot = (0..<capacity).first(where: { claim($0) }) else {
      throw SnapshotError(.failed, path: path, reason: "more than \(capacity) temporary files at a time")
    }
    var failure: SnapshotError?
    defer { if failure != nil { states[slot].store(State.free, ordering: .sequentiallyConsistent) } }
    if ending.load(ordering: .sequentiallyConsistent) {
      failure = SnapshotError(.interrupted, path: path, reason: "interrupted")
    } else if path.utf8.count >= pathBytes {
      failure = .system(ENAMETOOLONG, path: path, action: "create it")
    }
    if let failure { throw failure }

    strcpy(paths + slot * pathBytes, path)
    let descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
    if descriptor < 0 {
      let code = errno
      let error = code == EEXIST ? SnapshotError.exists(path) : .system(code, path: path, action: "create it")
      failure = error
      throw error
    }
    states[slot].store(State.exists, ordering: .sequentiallyConsistent)
    return Entry(descriptor: descriptor, slot: slot)
  }

  /// Unlinks the file and forgets it. Call at most one of this and ``forget(_:)``, once.
  package static func remove(_ entry: Entry) {
    unlink(paths + entry.slot * pathBytes)
    forget(entry)
  }

  /// Forgets the file without touching it: it was renamed, or unlinked by its owner.
  package static func forget(_ entry: Entry) {
    states[entry.slot].store(State.free, ordering: .sequentiallyConsistent)
  }

  private static func claim(_ slot: Int) -> Bool {
    states[slot].compareExchange(
      expected: State.free, desired: State.creating, ordering: .sequentiallyConsistent
    ).exchanged
  }
}

extension TemporaryFiles {
  /// The signals that end a run from outside: hang-up, ^C, ^\, a closed pipe, `kill`.
  private static let signals = [SIGHUP, SIGINT, SIGQUIT, SIGPIPE, SIGTERM]

  /// From now on these signals unlink all temporary files and then end the process as they would have without a
  /// handler (a shell sees 130 for SIGINT, 143 for SIGTERM). A signal that is ignored (`nohup`) stays ignored.
  /// SIGXFSZ is ignored, so that a limit on file size is an error with a path and a reason like a full device.
  /// Call once, early, from the main thread.
  package static func installSignalHandlers() {
    // The handler may not be the first to touch lazily initialised memory.
    _ = (paths, states, ending.load(ordering: .relaxed))
    signal(SIGXFSZ, SIG_IGN)
    for signal in signals {
      var before = sigaction()
      sigaction(signal, nil, &before)
      if unsafeBitCast(before.__sigaction_handler.sa_handler, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self) {
        continue
      }
      var action = sigaction()
      action.__sigaction_handler.sa_handler = { TemporaryFiles.end($0) }
      action.sa_flags = Int32(bitPattern: UInt32(SA_RESETHAND))
      sigfillset(&action.sa_mask)
      sigaction(signal, &action, nil)
    }
  }

  /// The handler: atomics, `poll`, `unlink` and `raise` only. The signal is delivered again, with its default action,
  /// when the handler returns. Waits at most a second for a file that is being created.
  private static func end(_ signal: Int32) {
    ending.store(true, ordering: .sequentiallyConsistent)
    var patience = 1000
    for slot in 0..<capacity {
      while states[slot].load(ordering: .sequentiallyConsistent) == State.creating, patience > 0 {
        poll(nil, 0, 1)
        patience -= 1
      }
      if states[slot].load(ordering: .sequentiallyConsistent) == State.exists { unlink(paths + slot * pathBytes) }
    }
    raise(signal)
  }
}
