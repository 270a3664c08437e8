import Foundation
import JSONTape
import TestSupport

/// The built binary, which stands beside the test bundle.
struct Tool {
  static let path: String = {
    let bundle = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
    return bundle.deletingLastPathComponent().appendingPathComponent("refold").path
  }()

  /// What a run left.
  struct Outcome {
    var status: Int32
    var wasSignalled: Bool
    var output: String
    var errors: String
  }

  let folder: TemporaryFolder
  private let process = Process()
  private let outputPath: String
  private let errorPath: String

  /// - Parameters:
  ///   - input: a file for standard input, nothing without one.
  ///   - environment: `nil`: this process's own.
  init(
    _ arguments: [String], path: String = Tool.path, input: String? = nil, directory: String? = nil,
    environment: [String: String]? = nil
  ) throws {
    folder = try TemporaryFolder()
    outputPath = try folder.write("out", "")
    errorPath = try folder.write("err", "")
    process.executableURL = URL(fileURLWithPath: path)
    process.arguments = arguments
    process.standardInput = FileHandle(forReadingAtPath: input ?? "/dev/null")
    process.standardOutput = FileHandle(forWritingAtPath: outputPath)
    process.standardError = FileHandle(forWritingAtPath: errorPath)
    if let directory { process.currentDirectoryURL = URL(fileURLWithPath: directory) }
    if let environment { process.environment = environment }
    // Threads of Swift's pool take no signals, and a process inherits that from the thread that starts it.
    var none = sigset_t()
    var before = sigset_t()
    sigemptyset(&none)
    pthread_sigmask(SIG_SETMASK, &none, &before)
    defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
    try process.run()
  }

  var identifier: pid_t { process.processIdentifier }
  var isRunning: Bool { process.isRunning }

  func wait() throws -> Outcome {
    process.waitUntilExit()
    return Outcome(
      status: process.terminationStatus, wasSignalled: process.terminationReason == .uncaughtSignal,
      output: String(decoding: try Fixtures.fileBytes(outputPath), as: UTF8.self),
      errors: String(decoding: try Fixtures.fileBytes(errorPath), as: UTF8.self))
  }

  /// Runs to the end.
  static func run(_ arguments: String..., input: String? = nil) throws -> Outcome {
    try Tool(arguments, input: input).wait()
  }
}

extension Fixtures {
  static func fileBytes(_ path: String) throws -> [UInt8] { Array(try Data(contentsOf: URL(fileURLWithPath: path))) }

  static let demo = path("demo/events.ndjson")
  static let demoUsers = path("demo/users.ndjson")
  static let asOf = "2026-02-22T00:00:00Z"
}
