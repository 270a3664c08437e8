import Foundation

/// The outputs and the exit status of a finished process.
package struct FinishedProcess: Sendable {
  package var output: String
  package var errors: String
  /// The exit code, or minus the signal number if a signal ended the process.
  package var status: Int32
}

/// A process under test. `init` starts it. Its outputs go to files, so that it never blocks on a full pipe.
///
/// Foundation's `Process` is not used. Its children inherit the caller's signal mask, which blocks the signals that the
/// tests send. It also treats a program as running until every daemon that the program started has ended.
package final class RunningProcess {
  package let id: pid_t
  private let folder: ScratchFolder

  /// - Parameters:
  ///   - environment: variables added to the environment of the tests.
  ///   - input: a file for standard input; `/dev/null` by default.
  package init(
    _ executable: String, _ arguments: [String], directory: String? = nil, input: String? = nil,
    environment: [String: String] = [:]
  ) throws {
    folder = try ScratchFolder()
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, input ?? "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 1, folder.file("out"), O_WRONLY | O_CREAT, 0o600)
    posix_spawn_file_actions_addopen(&actions, 2, folder.file("err"), O_WRONLY | O_CREAT, 0o600)
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var (none, all) = (sigset_t(), sigset_t())
    sigemptyset(&none)
    sigfillset(&all)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setsigdefault(&attributes, &all)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
    let whole = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    var started: pid_t = 0
    // env(1) changes the directory, then replaces itself by the program.
    let command = (directory.map { ["/usr/bin/env", "-C", $0] } ?? []) + [executable] + arguments
    let code = withStrings(command) { words in
      withStrings(whole.map { "\($0)=\($1)" }) { posix_spawn(&started, command[0], &actions, &attributes, words, $0) }
    }
    if code != 0 { throw POSIXError(POSIXErrorCode(rawValue: code) ?? .EINVAL) }
    id = started
  }

  package func send(_ signal: Int32) { kill(id, signal) }

  /// Waits for the end. Call once.
  package func wait() -> FinishedProcess {
    var status: Int32 = 0
    while waitpid(id, &status, 0) < 0, errno == EINTR {}
    let signal = status & 0x7F
    return FinishedProcess(
      output: text("out"), errors: text("err"), status: signal == 0 ? status >> 8 & 0xFF : -signal)
  }

  private func text(_ name: String) -> String {
    String(decoding: FileManager.default.contents(atPath: folder.file(name)) ?? Data(), as: UTF8.self)
  }
}

/// Calls `body` with the texts as a null-terminated array of C strings.
private func withStrings<Result>(
  _ texts: [String], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> Result
) -> Result {
  let copies = texts.map { strdup($0) } + [nil]
  defer { for copy in copies { free(copy) } }
  return copies.withUnsafeBufferPointer { buffer in
    guard let base = buffer.baseAddress else { preconditionFailure("the array ends with a null") }
    return body(base)
  }
}

/// Runs a program to its end.
package func run(
  _ executable: String, _ arguments: [String], directory: String? = nil, input: String? = nil,
  environment: [String: String] = [:]
) throws -> FinishedProcess {
  try RunningProcess(executable, arguments, directory: directory, input: input, environment: environment).wait()
}

/// Writes a script that tests run. A child writes it: a file that this process has open for writing may be inherited by
/// a child of another test, and cannot be run as long as that has it ("text file busy").
package func writeScript(_ text: String, to path: String) throws {
  let written = try run("/bin/sh", ["-c", #"printf %s "$1" > "$2" && chmod 755 "$2""#, "sh", text, path])
  precondition(written.status == 0, written.errors)
}

/// Runs refold to its end under time(1). The kernel counts the parent's memory at the start of a process as the
/// process's own, and the tests use a lot of memory; time(1) uses little.
///
/// - Returns: the finished process and its peak memory in bytes.
package func runMeasured(_ arguments: [String]) throws -> (finished: FinishedProcess, peak: Int) {
  let folder = try ScratchFolder()
  let figure = folder.file("peak")
  let finished = try run("/usr/bin/time", ["--quiet", "-f", "%M", "-o", figure, refoldBinary] + arguments)
  let text = folder.bytes("peak").map { String(decoding: $0, as: UTF8.self) } ?? ""
  guard let kibibytes = Int(text.trimmingCharacters(in: .whitespacesAndNewlines)) else {
    throw CocoaError(.fileReadCorruptFile)
  }
  return (finished, kibibytes << 10)
}

/// The refold that was built with the tests; it is next to the test bundle. `REFOLD_BINARY` names another one, such as
/// a release build, where the optimiser can break code that works in a debug build.
package let refoldBinary: String =
  ProcessInfo.processInfo.environment["REFOLD_BINARY"] ?? builtPrograms + "/refold"

/// The folder of the programs that were built with the tests.
package let builtPrograms: String = {
  let arguments = CommandLine.arguments
  let bundle = arguments.firstIndex(of: "--test-bundle-path").map { arguments[$0 + 1] } ?? arguments[0]
  let folder = URL(fileURLWithPath: bundle).deletingLastPathComponent().path
  return FileManager.default.isExecutableFile(atPath: folder + "/refold") ? folder : repository + "/.build/debug"
}()

/// The root of the repository, found relative to this source file.
package let repository: String = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
  .deletingLastPathComponent().deletingLastPathComponent().path
