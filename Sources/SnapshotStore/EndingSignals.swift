import Platform
import Synchronization

extension TemporaryFiles {
  /// The signals that end a run from outside: hang-up, ^C, ^\, a closed pipe, `kill`, `ulimit -t`.
  private static let signals = [SIGHUP, SIGINT, SIGQUIT, SIGPIPE, SIGTERM, SIGXCPU]
  /// The signals that end a run from inside: memory that cannot be allocated, a fault in refold.
  static let faults = [SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGSEGV, SIGTRAP]

  /// The previous action of each signal, by its number.
  nonisolated(unsafe) private static let actions = UnsafeMutablePointer<sigaction>.allocate(capacity: 65)
  /// The buffer into which the handler reads directories.
  nonisolated(unsafe) private static let block = UnsafeMutableRawPointer.allocate(
    byteCount: blockBytes, alignment: 16)
  private static let blockBytes = 1 << 14

  /// From now on these signals end child processes, remove all temporary files and folders, and then end the process as
  /// they would have without a handler (a shell sees 130 for SIGINT, 143 for SIGTERM). A signal that is ignored
  /// (`nohup`) stays ignored. SIGXFSZ is ignored, so that a limit on file size is an error with a path and a reason,
  /// like a full device. Call once, early, from the main thread.
  package static func installSignalHandlers() {
    // The handler must not be the first to touch lazily initialised memory.
    _ = (paths, states, children, actions, block, ending.load(ordering: .relaxed), busy.load(ordering: .relaxed))
    signal(SIGXFSZ, SIG_IGN)
    _ = setHandlerStack()
    for signal in signals + faults {
      sigaction(signal, nil, actions + Int(signal))
      let before = unsafeBitCast(actions[Int(signal)].__sigaction_handler.sa_handler, to: Int.self)
      if before == unsafeBitCast(SIG_IGN, to: Int.self) { continue }
      var action = sigaction()
      action.__sigaction_handler.sa_handler = { TemporaryFiles.end($0) }
      action.sa_flags = Int32(bitPattern: UInt32(SA_ONSTACK))
      sigfillset(&action.sa_mask)
      sigaction(signal, &action, nil)
    }
  }

  /// Runs `body` with a stack for the handler on the current thread: each of refold's threads needs its own.
  package static func withHandlerStack(_ body: () -> Void) {
    let stack = setHandlerStack()
    defer {
      var none = stack_t()
      none.ss_flags = Int32(SS_DISABLE)
      if sigaltstack(&none, nil) == 0 { stack.deallocate() }
    }
    body()
  }

  /// Gives the thread a separate stack for the handler: the fault may be that its own stack cannot grow.
  private static func setHandlerStack() -> UnsafeMutableRawPointer {
    var stack = stack_t()
    stack.ss_size = handlerStackBytes
    stack.ss_sp = UnsafeMutableRawPointer.allocate(byteCount: stack.ss_size, alignment: 16)
    sigaltstack(&stack, nil)
    return stack.ss_sp
  }
  private static let handlerStackBytes = 1 << 16

  /// The handler: only atomics and system calls. When it returns, the signal is delivered again with its previous
  /// action. Waits at most a second for files that are being created or renamed, and ten for each child process.
  private static func end(_ signal: Int32) {
    sigaction(signal, actions + Int(signal), nil)
    ending.store(true, ordering: .sequentiallyConsistent)
    var patience = 1000
    while busy.load(ordering: .sequentiallyConsistent) > 0, patience > 0 {
      poll(nil, 0, 1)
      patience -= 1
    }
    for slot in 0..<capacity {
      while states[slot].load(ordering: .sequentiallyConsistent) == State.creating, patience > 0 {
        poll(nil, 0, 1)
        patience -= 1
      }
    }
    // A child may create files that this process must remove.
    for slot in 0..<capacity where state(slot) == State.child { endChild(children[slot]) }
    for slot in 0..<capacity where state(slot) == State.file { unlink(paths + slot * pathBytes) }
    for slot in 0..<capacity where state(slot) == State.folder { removeFolder(paths + slot * pathBytes, block) }
    // Inner folders first, whatever their slots.
    for _ in 0..<16 { for slot in 0..<capacity where state(slot) == State.parent { rmdir(paths + slot * pathBytes) } }
    raise(signal)
  }

  /// Does not return while a signal is ending the process: another thread removes its files, and then the process ends
  /// by that signal, not by this thread's reaction to being refused.
  package static func awaitEnd() { while ending.load(ordering: .sequentiallyConsistent) { poll(nil, 0, 1) } }

  private static func state(_ slot: Int) -> Int { states[slot].load(ordering: .sequentiallyConsistent) }

  private static func endChild(_ process: pid_t) {
    signalChild(process, SIGTERM)
    for round in 0..<2 {
      for _ in 0..<5000 {
        // What it started and left behind ends with it. Until somebody waits for it, its group can be no other's.
        var information = siginfo_t()
        if waitid(P_PID, id_t(process), &information, WEXITED | WNOHANG | WNOWAIT) == 0, information.si_signo == SIGCHLD
        {
          kill(-process, SIGKILL)
        }
        // Another thread may have waited for it first.
        let ended = waitpid(process, nil, WNOHANG)
        if ended == process || (ended < 0 && errno == ECHILD) { return }
        poll(nil, 0, 1)
      }
      if round == 0 { signalChild(process, SIGKILL) }
    }
  }

  /// Signals a child, and with it its own children if it leads a process group.
  package static func signalChild(_ process: pid_t, _ signal: Int32) {
    if kill(-process, signal) != 0 { kill(process, signal) }
  }

  /// Removes a folder and the files in it. Folders in it stay, and then so does the folder itself.
  static func removeFolder(_ path: UnsafePointer<CChar>) {
    let block = UnsafeMutableRawPointer.allocate(byteCount: blockBytes, alignment: 16)
    defer { block.deallocate() }
    removeFolder(path, block)
  }

  /// Uses system calls only.
  private static func removeFolder(_ path: UnsafePointer<CChar>, _ block: UnsafeMutableRawPointer) {
    let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
    if descriptor >= 0 {
      removeFiles(in: descriptor, block, blockBytes)
      close(descriptor)
    }
    rmdir(path)
  }
}
