import JSONTape
import Platform
import Rebuilding
import Running
import SnapshotStore

/// Runs a program to its end. Returns its exit status (128 plus the signal number if a signal ended it) and the
/// beginning of its standard error, about 64 KiB. Its standard output is dropped. A signal that ends this process ends
/// the program too.
func runChild(
  _ executable: String, _ arguments: [String], environment: [String], directory: String
) throws(RefoldError) -> (status: Int32, errors: String) {
  // Both ends close on exec; the child's standard error is a duplicate of the write end.
  var ends: [Int32] = [-1, -1]
  if pipe(&ends) != 0 { throw systemError("open a pipe") }
  for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
  var actions = posix_spawn_file_actions_t()
  posix_spawn_file_actions_init(&actions)
  defer { posix_spawn_file_actions_destroy(&actions) }
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0)
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDERR_FILENO)
  var words = ([executable] + arguments).map { strdup($0) } + [nil]
  var variables = Environment.inherited(adding: environment).map { strdup($0) } + [nil]
  defer { for copy in words + variables { free(copy) } }
  defer { close(ends[0]) }
  let started: (entry: TemporaryFiles.Entry, process: pid_t)
  do throws(SnapshotError) {
    started = try TemporaryFiles.startChild(executable) { mask in
      var child: pid_t = 0
      var mask = mask
      var attributes = posix_spawnattr_t()
      posix_spawnattr_init(&attributes)
      defer { posix_spawnattr_destroy(&attributes) }
      posix_spawnattr_setsigmask(&attributes, &mask)
      posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
      let code = posix_spawn(&child, executable, &actions, &attributes, &words, &variables)
      errno = code
      return code == 0 ? child : -1
    }
  } catch {
    close(ends[1])
    throw .usage("\(error)")
  }
  close(ends[1])
  var errors: [UInt8] = []
  var block = [UInt8](repeating: 0, count: 1 << 12)
  while true {
    let got = read(ends[0], &block, block.count)
    if got < 0, errno == EINTR { continue }
    if got <= 0 { break }
    if errors.count < 1 << 16 { errors += block[..<got] }
  }
  var status: Int32 = 0
  while waitpid(started.process, &status, 0) < 0, errno == EINTR {}
  TemporaryFiles.forget(started.entry)
  let signal = status & 0x7F
  var text = String(decoding: errors, as: UTF8.self)
  while text.hasSuffix("\n") { text.removeLast() }
  return (signal == 0 ? status >> 8 & 0xFF : 128 + signal, text)
}

private func systemError(_ action: String) -> RefoldError {
  .usage("cannot \(action): \(String(cString: strerror(errno)).lowercased())")
}
