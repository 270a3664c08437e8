import EventModel
import Foundation
import JSONTape
import ProcessSupport
import SnapshotStore
import TestSupport

/// A log of two users, rebuilt by refold-example, and runs of refold-example and refold in its folder.
final class ExampleLab: Sendable {
  static let asOf = "2026-02-22T00:00:00Z"
  static let user = FoldedHistory.user
  static let other = "0b1c2d3e-0000-4000-8000-00000000000b"
  static let volume = "training_volume/weekly"

  let folder: ScratchFolder

  /// Creates `log.ndjson`, `users.ndjson` and `snapshot.sqlite`.
  init() throws {
    folder = try ScratchFolder()
    try folder.write("log.ndjson", Array(ExampleLab.log.joined(separator: "\n").utf8))
    let users = [ExampleLab.user, ExampleLab.other].map { #"{"id":"\#($0)","created_at":"2026-01-01T00:00:00Z"}"# }
    try folder.write("users.ndjson", Array(users.joined(separator: "\n").utf8))
    let rebuilt = try example(ExampleLab.rebuild + ["-o", "snapshot.sqlite"])
    if rebuilt.status != 0 { throw Trouble(message: rebuilt.errors) }
  }

  static let rebuild = ["rebuild", "log.ndjson", "--users", "users.ndjson", "--as-of", asOf]

  private struct Trouble: Error { var message: String }

  /// Two weeks of one user, with a set that is retracted and one that is stored late; one week of the other.
  private static let log = [
    set(1, "2026-01-05T10:00:00Z", weight: 100, reps: 5), set(2, "2026-01-06T10:00:00Z", weight: 110, reps: 3),
    set(3, "2026-01-13T10:00:00Z", weight: 120, reps: 1),
    eventLine(
      4, type: "event.retracted", time: "2026-01-13T11:00:00Z",
      data: #"{"retracted_event_id":"\#(FoldedHistory.id(3))"}"#),
    eventLine(
      5, type: "session.logged", time: "2026-01-14T10:00:00Z", data: #"{"blocks":[{"block_type":"strength_set"}]}"#),
    set(6, "2026-01-20T10:00:00Z", weight: 90, reps: 10, createdAt: "2026-02-10T10:00:00Z"),
    set(7, "2026-01-07T10:00:00Z", user: other, weight: 60, reps: 8),
  ]

  private static func set(
    _ id: Int, _ time: String, user: String = user, weight: Int, reps: Int, createdAt: String? = nil
  ) -> String {
    eventLine(
      id, user: user, time: time, data: #"{"exercise_id":"squat","weight_kg":\#(weight),"reps":\#(reps)}"#,
      createdAt: createdAt)
  }

  // MARK: Runs

  func example(_ arguments: [String]) throws -> FinishedProcess {
    try run(builtPrograms + "/refold-example", arguments, directory: folder.path)
  }

  func example(_ arguments: String...) throws -> FinishedProcess { try example(arguments) }

  /// Runs refold, which has only the fitness projections.
  func plain(_ arguments: String...) throws -> FinishedProcess {
    try run(refoldBinary, arguments, directory: folder.path)
  }

  // MARK: Live rows

  /// Writes an export of the snapshot's rows, with the training volume of `user` changed.
  ///
  /// - Parameter change: takes the data as text, returns new data and `updated_at`; `nil` leaves the row out.
  func live(
    _ name: String, snapshot: String = "snapshot.sqlite",
    _ change: (String) -> (data: String, updatedAt: String)? = { ($0, ExampleLab.asOf) }
  ) throws {
    let cursor = try SnapshotReader(folder.file(snapshot)).rows(from: nil, to: nil, withBookkeeping: false)
    var lines: [String] = []
    while let row = try cursor.next() {
      let type = String(decoding: row.type, as: UTF8.self)
      var content: (data: String, updatedAt: String)? = (String(decoding: row.data, as: UTF8.self), ExampleLab.asOf)
      if type == "training_volume", row.user.description == ExampleLab.user, let given = content {
        content = change(given.data)
      }
      guard let content else { continue }
      lines.append(
        """
        {"user_id":"\(row.user)","projection_type":"\(type)","key":"\(String(decoding: row.key, as: UTF8.self))",\
        "data":\(content.data),"version":1,"updated_at":"\(content.updatedAt)"}
        """)
    }
    try folder.write(name, Array(lines.joined(separator: "\n").utf8))
  }

  /// A live row with one number changed.
  func liveChanged() throws {
    try live("changed.ndjson") {
      ($0.replacing(#""kg_repetitions":830"#, with: #""kg_repetitions":831"#), ExampleLab.asOf)
    }
  }

  func liveMissing() throws { try live("missing.ndjson") { _ in nil } }

  /// A live row computed before the last set was stored.
  func liveBehind() throws {
    try live("behind.ndjson") { data in
      let data = data.replacing(#",{"kg_repetitions":900,"sets":1,"week":"2026-W04"}"#, with: "")
      return (data.replacing("2026-02-22T", with: "2026-02-01T"), "2026-02-01T00:00:00Z")
    }
  }
}

/// The lines of a text, without the blanks around them.
func trimmedLines(_ text: String) -> [String] {
  text.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
}

/// The words of each line.
func columns(_ text: String) -> [[String]] {
  text.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
}
