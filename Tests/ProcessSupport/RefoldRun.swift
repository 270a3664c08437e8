import Foundation

/// What a finished process left: its outputs and how it ended.
package struct FinishedProcess: Sendable {
  package var output: String
  package var errors: String
  /// The exit code; minus the signal's number when one ended it.
  package var status: Int32
}

/// A process under test, started at once; its outputs go to files, so that nothing blocks.
package final class RunningProcess {
  private let process = Process()
  private let folder: ScratchFolder

  package init(
    _ executable: String, _ arguments: [String], directory: String? = nil, input: String? = nil,
    environment: [String: String] = [:]
  ) throws {
    folder = try ScratchFolder()
    process.executableURL = URL(fileURLWithPath: executable)
    process.arguments = arguments
    if let directory { process.currentDirectoryURL = URL(fileURLWithPath: directory) }
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    process.standardOutput = try RunningProcess.writable(folder.file("out"))
    process.standardError = try RunningProcess.writable(folder.file("err"))
    process.standardInput = FileHandle(forReadingAtPath: input ?? "/dev/null")
    // The child inherits the thread's mask, and the threads of tests block most signals.
    var none = sigset_t()
    var before = sigset_t()
    sigemptyset(&none)
    pthread_sigmask(SIG_SETMASK, &none, &before)
    defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
    try process.run()
  }

  private static func writable(_ path: String) throws -> FileHandle {
    _ = FileManager.default.createFile(atPath: path, contents: nil)
    return try FileHandle(forWritingTo: URL(fileURLWithPath: path))
  }

  package var id: pid_t { process.processIdentifier }
  package func send(_ signal: Int32) { kill(id, signal) }

  package func wait() -> FinishedProcess {
    process.waitUntilExit()
    let code = process.terminationStatus
    return FinishedProcess(
      output: text("out"), errors: text("err"), status: process.terminationReason == .uncaughtSignal ? -code : code)
  }

  private func text(_ name: String) -> String {
    String(decoding: FileManager.default.contents(atPath: folder.file(name)) ?? Data(), as: UTF8.self)
  }
}

/// Runs a program to its end.
package func run(
  _ executable: String, _ arguments: [String], directory: String? = nil, input: String? = nil,
  environment: [String: String] = [:]
) throws -> FinishedProcess {
  try RunningProcess(executable, arguments, directory: directory, input: input, environment: environment).wait()
}

/// The refold that was built with the tests: it stands beside the test bundle.
package let refoldBinary: String = {
  let arguments = CommandLine.arguments
  let bundle = arguments.firstIndex(of: "--test-bundle-path").map { arguments[$0 + 1] } ?? arguments[0]
  let folder = URL(fileURLWithPath: bundle).deletingLastPathComponent()
  let beside = folder.appendingPathComponent("refold").path
  return FileManager.default.isExecutableFile(atPath: beside)
    ? beside : repository + "/.build/debug/refold"
}()

/// The root of the repository, from where this file stands.
package let repository: String = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
  .deletingLastPathComponent().deletingLastPathComponent().path
