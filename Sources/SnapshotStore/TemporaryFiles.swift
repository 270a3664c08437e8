import Platform
import Synchronization

/// The temporary files, folders and child processes of this process, recorded so that a signal that ends the process
/// leaves none behind.
///
/// The paths are in fixed memory, published slot by slot with an atomic state, because a signal handler may neither
/// allocate nor lock. Thread-safe. A file that never has a name needs no slot.
package enum TemporaryFiles {
  /// The maximum number at a time.
  package static let capacity = 2048

  /// A file that ``create(_:)`` created, open for reading and writing, its path known to the signal handler. Also a
  /// folder or a child process.
  package struct Entry: Sendable {
    /// Owned and closed by the caller; -1 for a folder or a child process.
    package let descriptor: Int32
    let slot: Int
  }

  enum State {
    static let free = 0
    /// Being created: the signal handler waits for the outcome.
    static let creating = 1
    static let file = 2
    /// A folder that is removed with all files in it.
    static let folder = 3
    /// A folder above another one, removed if it is empty.
    static let parent = 4
    /// A child process: ended, and waited for, before anything is removed.
    static let child = 5
  }

  static let pathBytes = 4096
  nonisolated(unsafe) static let paths = UnsafeMutablePointer<CChar>.allocate(capacity: capacity * pathBytes)
  nonisolated(unsafe) static let children = UnsafeMutablePointer<pid_t>.allocate(capacity: capacity)
  nonisolated(unsafe) static let states = {
    let states = UnsafeMutablePointer<Atomic<Int>>.allocate(capacity: capacity)
    for slot in 0..<capacity { (states + slot).initialize(to: Atomic(State.free)) }
    return states
  }()
  /// Set once by the signal handler: from then on nothing may be created or renamed.
  static let ending = Atomic<Bool>(false)
  /// Number of threads that must not be interrupted now.
  static let busy = Atomic<Int>(0)

  /// Creates a file that must not exist yet (`O_EXCL`), readable and writable by its owner only.
  ///
  /// The thread takes no signal during the call, and a handler on another thread waits for it: a file is either never
  /// created or removed. Throws ``SnapshotError`` with kind `exists` if the path is taken. O(capacity).
  package static func create(_ path: String) throws(SnapshotError) -> Entry {
    try enter(path, as: State.file) { _ in
      let descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
      // Regardless of the umask.
      if descriptor >= 0 { fchmod(descriptor, 0o600) }
      return descriptor
    }
  }

  /// Creates a folder that must not exist yet, for its owner only.
  ///
  /// - Parameter isParent: whether it is removed only if it is empty; otherwise all files in it are removed with it.
  static func createFolder(_ path: String, isParent: Bool = false) throws(SnapshotError) -> Entry {
    try enter(path, as: isParent ? State.parent : State.folder) { _ in
      mkdir(path, 0o700) == 0 && chmod(path, 0o700) == 0 ? 0 : -1
    }
  }

  /// Starts a process that a signal to this one also ends. `start` gets the signal mask that the process should have,
  /// and returns its id, or -1 and `errno`.
  package static func startChild(
    _ name: String, _ start: (sigset_t) -> pid_t
  ) throws(SnapshotError) -> (entry: Entry, process: pid_t) {
    var process: pid_t = 0
    let entry = try enter("", as: State.child, reportedAs: name) { before in
      process = start(before.mask)
      children[before.slot] = process
      return process < 0 ? -1 : 0
    }
    return (entry, process)
  }

  private static func enter(
    _ path: String, as state: Int, reportedAs name: String? = nil,
    _ create: ((slot: Int, mask: sigset_t)) -> Int32
  ) throws(SnapshotError) -> Entry {
    var before = blockSignals()
    defer { pthread_sigmask(SIG_SETMASK, &before, nil) }

    guard let slot = (0..<capacity).first(where: { claim($0) }) else {
      throw SnapshotError(.failed, path: name ?? path, reason: "more than \(capacity) temporary files at a time")
    }
    var failure: SnapshotError?
    defer { if failure != nil { states[slot].store(State.free, ordering: .sequentiallyConsistent) } }
    if ending.load(ordering: .sequentiallyConsistent) {
      failure = SnapshotError(.interrupted, path: name ?? path, reason: "interrupted")
    } else if path.utf8.count >= pathBytes {
      failure = .system(ENAMETOOLONG, path: path, action: "create it")
    }
    if let failure { throw failure }

    strcpy(paths + slot * pathBytes, path)
    let descriptor = create((slot, before))
    if descriptor < 0 {
      let code = errno
      let error =
        code == EEXIST ? SnapshotError.exists(path) : .system(code, path: name ?? path, action: "create it")
      failure = error
      throw error
    }
    states[slot].store(state, ordering: .sequentiallyConsistent)
    return Entry(descriptor: state == State.file ? descriptor : -1, slot: slot)
  }

  /// Runs `body` so that a signal comes before or after it, never in between. Throws `interrupted` if one came before.
  static func withoutInterruption(_ body: () throws(SnapshotError) -> Void) throws(SnapshotError) {
    var before = blockSignals()
    defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
    busy.add(1, ordering: .sequentiallyConsistent)
    defer { busy.subtract(1, ordering: .sequentiallyConsistent) }
    if ending.load(ordering: .sequentiallyConsistent) {
      throw SnapshotError(.interrupted, path: "refold", reason: "interrupted")
    }
    try body()
  }

  /// Removes the file or folder and forgets it. Call either this or ``forget(_:)``, once.
  package static func remove(_ entry: Entry) {
    let path = paths + entry.slot * pathBytes
    switch states[entry.slot].load(ordering: .sequentiallyConsistent) {
    case State.file: unlink(path)
    case State.folder: removeFolder(path)
    case State.parent: rmdir(path)
    default: break
    }
    forget(entry)
  }

  /// Forgets an entry without touching it: the file was renamed or was unlinked by its owner, or the process has ended.
  package static func forget(_ entry: Entry) {
    states[entry.slot].store(State.free, ordering: .sequentiallyConsistent)
  }

  private static func claim(_ slot: Int) -> Bool {
    states[slot].compareExchange(
      expected: State.free, desired: State.creating, ordering: .sequentiallyConsistent
    ).exchanged
  }

  /// Blocks all signals that can be blocked on this thread; returns the previous mask.
  private static func blockSignals() -> sigset_t {
    var all = sigset_t()
    var before = sigset_t()
    sigfillset(&all)
    // Except faults: a blocked fault would end the process without running the handler.
    for fault in faults { sigdelset(&all, fault) }
    pthread_sigmask(SIG_BLOCK, &all, &before)
    return before
  }
}
