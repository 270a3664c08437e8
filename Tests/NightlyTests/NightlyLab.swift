import Foundation
import JSONTape
import ProcessSupport
import Testing

/// The three nights of `fixtures/nightly`, and the commands on them.
final class NightlyLab {
  static let nights = ["2026-02-14", "2026-02-16", "2026-02-20"]
  static let lifter = "cd16be9f-e7b2-4946-a3ac-39ba2feacab2"
  static let sprinter = "beb43765-b224-48ac-a2a1-824aa7306b30"
  static let mixed = "295cf6b7-26d0-401f-888e-af2db0c592fb"

  let folder: ScratchFolder

  init() throws { folder = try ScratchFolder() }

  private static func export(_ night: Int, _ name: String) -> String {
    "\(repository)/fixtures/nightly/\(nights[night])/\(name)"
  }

  static func log(_ night: Int) -> String { export(night, "events.ndjson.gz") }
  static func live(_ night: Int) -> String { export(night, "live.csv.gz") }

  /// The snapshot of a night.
  func snapshot(_ night: Int) throws -> String {
    let name = folder.file("\(NightlyLab.nights[night]).sqlite")
    if FileManager.default.fileExists(atPath: name) { return name }
    let rebuilt = try run(
      refoldBinary,
      [
        "rebuild", NightlyLab.log(night), "--users", "\(repository)/fixtures/demo/users.ndjson", "--as-of",
        NightlyLab.nights[night] + "T00:00:00Z", "-o", name, "--quiet",
      ])
    #expect(rebuilt.status == 0, "\(rebuilt.errors)")
    return name
  }

  /// `refold diff` of a night, with the log.
  func diff(
    _ night: Int, live: String? = nil, withLog: Bool = true, _ arguments: [String], environment: [String: String] = [:]
  ) throws -> FinishedProcess {
    let log = withLog ? ["--log", NightlyLab.log(night)] : []
    return try run(
      refoldBinary, ["diff", try snapshot(night), live ?? NightlyLab.live(night)] + log + arguments,
      directory: folder.path, environment: ["CI": "", "TMPDIR": folder.path].merging(environment) { $1 })
  }

  /// The objects of an NDJSON file in the folder.
  func lines(_ name: String) throws -> [JSONTree] {
    let text = String(decoding: try #require(folder.bytes(name)), as: UTF8.self)
    return try text.split(separator: "\n").map { try JSONTree(parsing: Array($0.utf8)) }
  }

  func write(_ name: String, _ lines: [JSONTree]) throws {
    try folder.write(name, lines.flatMap { $0.canonicalBytes + [0x0A] })
  }

  /// The live rows of a night with one text in the place of another, which must be there.
  func live(_ night: Int, replacing text: String, with other: String) throws -> String {
    let plain = try run("/usr/bin/gzip", ["-dc", NightlyLab.live(night)]).output
    #expect(plain.contains(text))
    try folder.write("live.csv", plain.replacing(text, with: other).utf8)
    return folder.file("live.csv")
  }
}

extension JSONTree {
  /// The object with this member added or replaced; `nil` removes it.
  func with(_ key: String, _ value: JSONTree?) -> JSONTree {
    guard case .object(let members) = self else { return self }
    return .object(members.filter { $0.key != key } + (value.map { [.init(key, $0)] } ?? []))
  }
}
