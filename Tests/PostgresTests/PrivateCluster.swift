import Foundation
import ProcessSupport

/// A private PostgreSQL server on a unix socket, stopped on deallocation. Its folder is temporary.
///
/// PostgreSQL refuses to run as root. As root, the server is run as the user `postgres` of Debian's package.
final class PrivateCluster {
  /// The folder with the server's programs, of the newest version; `nil` when none are installed.
  static let programs: String? = {
    let root = "/usr/lib/postgresql"
    let versions = ((try? FileManager.default.contentsOfDirectory(atPath: root)) ?? []).compactMap(Int.init).sorted()
    return versions.last.map { "\(root)/\($0)/bin" }
  }()

  /// Whether to run the tests here. Without the programs they run, and fail, only in CI, which must have them.
  static var isWanted: Bool { programs != nil || ProcessInfo.processInfo.environment["CI"] != nil }

  let folder: ScratchFolder
  private let data: String
  private let programs: String

  init() throws {
    guard let programs = PrivateCluster.programs else { throw Trouble("no PostgreSQL in /usr/lib/postgresql") }
    self.programs = programs
    folder = try ScratchFolder()
    data = folder.file("server")
    try FileManager.default.createDirectory(atPath: data, withIntermediateDirectories: false)
    if geteuid() == 0 {
      try succeed(run("/bin/chown", ["postgres", data]))
      try succeed(run("/bin/chmod", ["711", folder.path]))
    }
    try serve("initdb", ["-D", data, "-U", "postgres", "--auth=trust", "-E", "UTF8", "--locale=C", "--no-sync"])
    let options = "-k \(data) -c listen_addresses='' -c fsync=off"
    try serve("pg_ctl", ["-D", data, "-w", "-s", "-l", data + "/log", "-o", options, "start"])
  }

  deinit { try? serve("pg_ctl", ["-D", data, "-w", "-s", "-m", "immediate", "stop"]) }

  /// Runs a shell script in `directory`; throws if it fails. psql, pg_dump and pg_restore are in the path and connect
  /// to the server. `$refold` is the program under test.
  @discardableResult
  func shell(_ script: String, in directory: String) throws -> FinishedProcess {
    let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
    return try succeed(
      run(
        "/bin/bash", ["-euo", "pipefail", "-c", script], directory: directory,
        environment: [
          "PATH": programs + ":" + path, "PGHOST": data, "PGUSER": "postgres", "PGDATABASE": "postgres", "PGTZ": "UTC",
          "refold": refoldBinary,
        ]))
  }

  private func serve(_ program: String, _ arguments: [String]) throws {
    let command = [programs + "/" + program] + arguments
    let asPostgres = ["--reuid=postgres", "--regid=postgres", "--clear-groups", "--"]
    if geteuid() == 0 {
      try succeed(run("/usr/bin/setpriv", asPostgres + command, directory: data))
    } else {
      try succeed(run(command[0], arguments, directory: data))
    }
  }

  @discardableResult
  private func succeed(_ finished: FinishedProcess) throws -> FinishedProcess {
    if finished.status != 0 { throw Trouble("exit \(finished.status): \(finished.errors)\(finished.output)") }
    return finished
  }
}

struct Trouble: Error, CustomStringConvertible {
  var description: String
  init(_ description: String) { self.description = description }
}
