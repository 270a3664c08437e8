import Foundation
import ProcessSupport

/// A folder with a log of 4,000 events, and runs of refold in it.
struct FaultLog {
  let folder: ScratchFolder
  static let events = 4000

  init() throws {
    folder = try ScratchFolder()
    for name in ["out", "temp"] {
      try FileManager.default.createDirectory(atPath: folder.file(name), withIntermediateDirectories: false)
    }
    try folder.write("log.ndjson", FaultLog.text(FaultLog.events).utf8)
  }

  static func text(_ count: Int) -> String {
    (0..<count).map { number in
      let (user, id) = (hex(number % 50, 12), hex(number, 12))
      let time = "2026-01-\(10 + number % 19)T10:00:00.\(100_000 + number)+00:00"
      return """
        {"id":"00000000-0000-4000-8000-\(id)","user_id":"10000000-0000-4000-8000-\(user)","timestamp":"\(time)",\
        "event_type":"set.logged","data":{"reps":\(1 + number % 12),"weight_kg":\(40 + number % 80),\
        "exercise_id":"barbell_back_squat"},"metadata":{"idempotency_key":"k\(number)"},"created_at":"\(time)"}

        """
    }.joined()
  }

  private static func hex(_ number: Int, _ width: Int) -> String {
    let digits = String(number, radix: 16)
    return String(repeating: "0", count: width - digits.count) + digits
  }

  var snapshot: String { folder.file("out/snapshot.sqlite") }
  var arguments: [String] {
    ["rebuild", folder.file("log.ndjson"), "-o", snapshot, "--temp", folder.file("temp"), "--threads", "2"]
  }

  func rebuild(_ more: [String] = []) throws -> FinishedProcess { try run(refoldBinary, arguments + more) }

  /// Runs refold, by default the same rebuild, under a limit on the size of files, in KiB.
  func rebuild(_ more: [String] = [], fileLimit: Int, input: String? = nil, arguments: [String]? = nil) throws
    -> FinishedProcess
  {
    let script = "ulimit -f \(fileLimit * 2); exec \"$0\" \"$@\""
    return try run("/bin/sh", ["-c", script, refoldBinary] + (arguments ?? self.arguments) + more, input: input)
  }

  /// The sorted names of everything in a folder, hidden files included.
  func names(_ name: String) -> [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: folder.file(name))) ?? []).sorted()
  }

  func bytes() -> Data? { FileManager.default.contents(atPath: snapshot) }
}
