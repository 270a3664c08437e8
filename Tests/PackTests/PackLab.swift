import EventLog
import EventModel
import Fitness
import Foundation
import Rebuilding
import Reporting
import Running
import TestSupport
import Testing

/// A folder with logs and packs, packed in this process.
final class PackLab {
  let folder: TemporaryFolder
  private var files = 0

  init() throws { folder = try TemporaryFolder() }

  /// Writes lines to a new file and returns its path.
  func log(_ lines: [String]) throws -> String {
    files += 1
    return try folder.write("log-\(files)", lines: lines.map { Array($0.utf8) })
  }

  func log(_ lines: [[UInt8]]) throws -> String {
    files += 1
    return try folder.write("log-\(files)", lines: lines)
  }

  /// A packed log and what was reported of it.
  struct Packed {
    var path: String
    var report: PackReport
  }

  /// Packs files with one thread; a log without events is allowed.
  func pack(
    _ logs: [String], users: [String] = [], all: Bool = false, threads: Int = 1,
    _ change: (inout PackPlan) -> Void = { _ in }
  ) throws -> Packed {
    files += 1
    var plan = PackPlan(.fitness)
    plan.input.logs = logs
    plan.input.users = users
    plan.input.resources.threads = threads
    plan.input.reading.allowsEmpty = true
    plan.keepsAll = all
    plan.output = folder.file("pack-\(files).refold")
    change(&plan)
    let report = try Rebuilding.pack(plan, progress: ProgressMeter())
    return Packed(path: plan.output, report: report)
  }

  /// The bytes of the pack of some files.
  func bytes(
    _ logs: [String], users: [String] = [], all: Bool = false, threads: Int = 1,
    _ change: (inout PackPlan) -> Void = { _ in }
  ) throws -> Data {
    let packed = try pack(logs, users: users, all: all, threads: threads, change)
    defer { remove(packed.path) }
    return PackLab.bytes(packed.path)
  }

  static func bytes(_ path: String) -> Data { FileManager.default.contents(atPath: path) ?? Data() }

  func remove(_ path: String) { try? FileManager.default.removeItem(atPath: path) }

  /// The lines of the records of a pack of all fields, in its order.
  func records(_ path: String) throws -> [String] {
    let pack = try PackedLog(path)
    let reader = PackBlockReader(pack)
    let line = ByteArena()
    var lines: [String] = []
    for block in pack.blocks.indices {
      try reader.load(block)
      while reader.next() {
        while reader.eventsLeft > 0 {
          line.count = 0
          try PackedEvents.write(reader.event(), of: reader, to: line)
          lines.append(String(decoding: line.bytes, as: UTF8.self))
        }
      }
    }
    return lines
  }

  /// What an action fails with; `nil` if it does not.
  static func fault(_ action: () throws -> Void) -> String? {
    do {
      try action()
      return nil
    } catch { return "\(error)" }
  }
}

/// Forms of a packed log.
enum Kept: String, CaseIterable, CustomTestStringConvertible {
  case read, all

  var all: Bool { self == .all }
  var testDescription: String { rawValue }
}

/// Ids and lines of made-up events.
enum Made {
  static func user(_ number: Int) -> String { "10000000-0000-4000-8000-" + digits(number) }
  static func id(_ number: Int) -> String { FoldedHistory.id(number) }

  private static func digits(_ number: Int) -> String {
    let text = String(number, radix: 16)
    return String(repeating: "0", count: 12 - text.count) + text
  }

  /// An event of a user. Its content depends on the number and the version alone.
  static func event(_ number: Int, of user: Int, version: Int = 0, type: String = "set.logged") -> String {
    let (day, second) = (10 + number % 19, number % 60)
    return eventLine(
      number, user: self.user(user), type: type,
      time: "2026-01-\(day)T10:00:\(second < 10 ? "0" : "")\(second)Z",
      data: """
        {"reps":\(1 + number % 12),"weight_kg":\(40 + version),"exercise_id":"barbell_back_squat","more":[\(number)]}
        """,
      metadata: "{\"idempotency_key\":\"k\(number)\",\"source\":\"api\"}")
  }

  /// A record that marks an event as deleted.
  static func mark(_ number: Int, of user: Int) -> String {
    eventLine(number, user: self.user(user)).dropLast() + ",\"is_deleted\":true}"
  }

  static func userLine(_ number: Int) -> String { "{\"id\":\"\(user(number))\"}" }
}

extension Made {
  static func generator(_ seed: UInt64) -> SeededGenerator { SeededGenerator(seed: seed) }
}
