import Foundation
import ProcessSupport

/// A folder with logs, and refold in it.
struct CommandLab {
  let folder: ScratchFolder
  static let asOf = "2026-02-22T00:00:00Z"

  init() throws {
    folder = try ScratchFolder()
    for name in ["out", "temp"] {
      try FileManager.default.createDirectory(atPath: folder.file(name), withIntermediateDirectories: false)
    }
  }

  /// A log of some users of `fixtures/diff/live`, the rows of their live projections, the users export, and the log
  /// packed: each in a folder `log`, `read`, `all` of its own, where it is called `log`.
  static func live() throws -> CommandLab {
    let lab = try CommandLab()
    func cut(_ source: String, _ name: String) throws {
      let text = try run("/usr/bin/env", ["gzip", "-dcf", repository + "/fixtures/diff/live/" + source]).output
      let lines = text.split(separator: "\n").filter { $0.contains(#/"(user_)?id": ?"[0-2][0-9a-f]{7}-/#) }
      let own = name == "users" ? lines : lines.filter { $0.contains(#/"user_id": ?"[0-2]/#) }
      try lab.folder.write(name + ".ndjson", (own.joined(separator: "\n") + "\n").utf8)
    }
    try cut("events.ndjson.gz", "events")
    try cut("live-projections.ndjson.gz", "live")
    try cut("users.ndjson", "users")
    for form in ["log", "read", "all"] {
      try FileManager.default.createDirectory(atPath: lab.folder.file(form), withIntermediateDirectories: false)
    }
    try FileManager.default.copyItem(atPath: lab.folder.file("events.ndjson"), toPath: lab.folder.file("log/log"))
    for (form, options) in [("read", []), ("all", ["--all-fields"])] {
      let packed = try lab.refold(
        ["pack", "events.ndjson", "--users", "users.ndjson", "-o", form + "/log", "--quiet"] + options)
      if packed.status != 0 { throw Failed(run: packed) }
    }
    return lab
  }

  struct Failed: Error { var run: FinishedProcess }

  private var variables: [String: String] {
    ["TMPDIR": folder.file("temp"), "CI": "", "GITHUB_STEP_SUMMARY": "", "PATH": "/usr/bin:/bin"]
  }

  func refold(
    _ arguments: [String], in directory: String = ".", input: String? = nil, binary: String = refoldBinary
  ) throws -> FinishedProcess {
    try run(binary, arguments, directory: folder.file(directory), input: input, environment: variables)
  }

  func start(_ arguments: [String]) throws -> RunningProcess {
    try RunningProcess(refoldBinary, arguments, directory: folder.path, environment: variables)
  }

  /// Runs refold in a shell script, in which `"$@"` is refold and its arguments.
  func refold(_ arguments: [String], script: String) throws -> FinishedProcess {
    try run(
      "/bin/bash", ["-c", script, "bash", refoldBinary] + arguments, directory: folder.path, environment: variables)
  }

  /// The names of everything in a folder, hidden files included.
  func names(_ name: String) -> [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: folder.file(name))) ?? []).sorted()
  }

  /// All files below a folder.
  func files(_ name: String) -> [String: Data] {
    let names = FileManager.default.enumerator(atPath: folder.file(name))?.compactMap { $0 as? String } ?? []
    return Dictionary(uniqueKeysWithValues: names.map { ($0, folder.bytes(name + "/" + $0) ?? Data()) })
  }

  func mode(_ name: String) -> mode_t {
    var status = stat()
    return lstat(folder.file(name), &status) == 0 ? status.st_mode & 0o7777 : 0
  }
}
