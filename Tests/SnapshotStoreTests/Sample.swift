import EventModel
import Platform
import SnapshotStore

/// A temporary directory for one test, removed with its files at the end.
final class Scratch {
  let path: String

  init() {
    var template = Array("/tmp/refold-store-XXXXXX".utf8CString)
    path = template.withUnsafeMutableBufferPointer { String(cString: mkdtemp($0.baseAddress!)) }
  }

  deinit {
    for name in names() { unlink("\(path)/\(name)") }
    rmdir(path)
  }

  func file(_ name: String) -> String { "\(path)/\(name)" }

  /// All names in the directory, hidden ones included, sorted.
  func names() -> [String] {
    guard let directory = opendir(path) else { return [] }
    defer { closedir(directory) }
    var names: [String] = []
    while let entry = readdir(directory) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != "." && name != ".." { names.append(name) }
    }
    return names.sorted()
  }

  func write(_ bytes: [UInt8], to name: String) {
    let file = fopen(file(name), "w")
    fwrite(bytes, 1, bytes.count, file)
    fclose(file)
  }

  func bytes(of name: String) -> [UInt8] {
    guard let file = fopen(file(name), "r") else { return [] }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var block = [UInt8](repeating: 0, count: 1 << 16)
    while case let count = fread(&block, 1, block.count, file), count > 0 { bytes += block[..<count] }
    return bytes
  }
}

/// Rows as a rebuild passes them to the writer.
enum Sample {
  static let asOf = Instant(microseconds: 1_771_718_400_000_000)
  static let names = [
    ProjectionName(type: "capability_estimation", key: "jump_height"),
    ProjectionName(type: "capability_estimation", key: "strength_1rm"),
    ProjectionName(type: "objective_state", key: "active"),
  ]

  static func user(_ number: Int) -> UserID {
    UserID(high: UInt64(number) << 40 | 0x4000, low: 0x8000_0000_0000_0000 | UInt64(number))
  }

  static func row(_ user: Int, _ name: ProjectionName) -> ProjectionRow {
    let text = "{\"name\":\"\(name.key) of \(user)\",\"note\":\"\(String(repeating: "é", count: user * 37 % 3000))\"}"
    return ProjectionRow(
      user: Sample.user(user), name: name, data: Array(text.utf8),
      lastEvent: user % 3 == 0 ? nil : Sample.user(user * 7))
  }

  static func failure(_ user: Int) -> Failure {
    Failure(
      user: Sample.user(user), projectionType: "objective_advisory", code: .notFinite,
      event: user % 10 == 0 ? nil : Sample.user(user), detail: "data.value is not finite")
  }

  static func signal(_ user: Int, _ type: String) -> SignalSummary {
    SignalSummary(
      user: Sample.user(user), eventType: type, count: user + 1, first: Instant(microseconds: -62_135_596_800_000_000),
      last: Instant(microseconds: asOf.microseconds + Int64(user)), newestEvent: Sample.user(user))
  }

  static func source(_ user: Int) -> UserSource { UserSource.allCases[user % 3] }

  static func fill(_ writer: SnapshotWriter, users: Int) throws {
    for user in 0..<users {
      try writer.insertUser(Sample.user(user), source: source(user))
      for name in names { try writer.insert(row(user, name)) }
      if user % 5 == 0 { try writer.insertFailure(failure(user)) }
      for type in ["session.logged", "set.logged"] { try writer.insertSignal(signal(user, type)) }
    }
  }

  @discardableResult
  static func write(
    _ path: String, users: Int = 20, force: Bool = false, tuning: SnapshotTuning = SnapshotTuning()
  ) throws -> [DigestLine] {
    let writer = try SnapshotWriter(replacing: path, force: force, asOf: asOf, tuning: tuning)
    try fill(writer, users: users)
    return try writer.finish(manifest: [("refold_version", "1.0.0"), ("as_of", asOf.description)])
  }
}

extension SnapshotWriter {
  func insert(_ row: ProjectionRow) throws {
    try row.data.withUnsafeBytes {
      try insertProjection(user: row.user, name: row.name, data: $0, lastEvent: row.lastEvent)
    }
  }
}
