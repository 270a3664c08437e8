import Foundation
import JSONTape
import ProcessSupport
import TestSupport
import Testing

/// Peak memory of commands on inputs that are long but hold little. The bounds are generous, but an implementation
/// that used memory in proportion to the input's length exceeded each of them.
@Suite("memory", .serialized)
struct MemoryTests {
  private let folder: TemporaryFolder
  private static let user = "11111111-1111-4111-8111-111111111111"
  private static let asOf = "2026-01-01T00:00:00Z"
  private static let small = ["--memory", "8M", "--threads", "2", "--quiet"]

  init() throws { folder = try TemporaryFolder() }

  /// Writes `count` lines, `repeats` times each.
  private func write(_ name: String, _ count: Int, repeats: Int = 1, _ line: (Int) -> String) throws -> String {
    let path = folder.file(name)
    try #require(FileManager.default.createFile(atPath: path, contents: nil))
    let file = try #require(FileHandle(forWritingAtPath: path))
    var block = Data()
    for number in 0..<count {
      let bytes = Data(line(number).utf8)
      for _ in 0..<repeats {
        block.append(bytes)
        if block.count > 1 << 20 {
          try file.write(contentsOf: block)
          block.removeAll(keepingCapacity: true)
        }
      }
    }
    try file.write(contentsOf: block)
    try file.close()
    return path
  }

  private static func event(_ number: Int) -> String {
    let digits = String(number, radix: 16)
    let id = "00000000-0000-4000-8000-" + String(repeating: "0", count: 12 - digits.count) + digits
    return """
      {"id":"\(id)","user_id":"\(user)","timestamp":"2025-01-01T00:00:00+00:00","event_type":"set.logged",\
      "data":{"reps":5,"exercise_id":"barbell_back_squat","weight_kg":100.5},"metadata":{},\
      "created_at":"2025-01-01T23:00:00+00:00"}

      """
  }

  private static func row(_ key: String) -> String {
    """
    {"user_id":"\(user)","projection_type":"capability_estimation","key":"\(key)",\
    "data":{"a":[1,2,3,"a text"],"generated_at":"2025-01-01T00:00:00Z"},"updated_at":null}

    """
  }

  private func rebuild(_ log: String) throws -> (finished: FinishedProcess, peak: Int, snapshot: String) {
    let snapshot = folder.file("snapshot.sqlite")
    let arguments = ["rebuild", log, "-o", snapshot, "--json", "--as-of", MemoryTests.asOf] + MemoryTests.small
    let (finished, peak) = try runMeasured(arguments)
    return (finished, peak, snapshot)
  }

  @Test("rebuild: repeated events are counted and not kept, also when one has another content elsewhere")
  func copiedEvents() throws {
    let log = try write("log", 4, repeats: 100_000, MemoryTests.event)
    let (finished, peak, _) = try rebuild(log)
    #expect(finished.status == 0, "\(finished.errors)")
    let records = try JSONTree(finished.output)["records"]
    #expect(records?["total"]?.number == 400_000)
    #expect(records?["folded"]?.number == 4)
    #expect(records?["duplicates"]?.number == 399_996)
    #expect(peak < 60 << 20)

    let other = try write("other", 1) { MemoryTests.event($0).replacingOccurrences(of: "100.5", with: "101") }
    let (both, bothPeak) = try runMeasured(
      ["rebuild", log, other, "-o", folder.file("other.sqlite"), "--as-of", MemoryTests.asOf] + MemoryTests.small)
    #expect(both.status == 2)
    #expect(both.errors.contains("\(log):1") && both.errors.contains("\(other):1"), "\(both.errors)")
    #expect(bothPeak < 60 << 20)
  }

  @Test("diff: repeated rows of a key are counted and not kept, whether a reducer writes the key or not")
  func copiedRows() throws {
    let (rebuilt, _, snapshot) = try rebuild(try write("log", 1, MemoryTests.event))
    #expect(rebuilt.status == 0, "\(rebuilt.errors)")
    let live = try write("live", 2, repeats: 200_000) { MemoryTests.row($0 == 0 ? "strength_1rm" : "of_no_reducer") }
    let lines = folder.file("differences")
    let (finished, peak) = try runMeasured(["diff", snapshot, live, "--ndjson", lines] + MemoryTests.small)
    #expect(finished.status == 1, "\(finished.errors)")
    let text = try String(contentsOfFile: lines, encoding: .utf8)
    #expect(text.components(separatedBy: "\"copies\":200000").count == 3)
    #expect(peak < 60 << 20)
  }

  @Test("diff: of types and keys that no reducer writes, all but the first are only counted", arguments: [false, true])
  func unknownNames(areTypes: Bool) throws {
    let (rebuilt, _, snapshot) = try rebuild(try write("log", 1, MemoryTests.event))
    #expect(rebuilt.status == 0, "\(rebuilt.errors)")
    let count = 300_000
    let live = try write("live", count) { number in
      let name = number == 0 ? "strength_1rm" : "name \(count - number) that no reducer writes"
      if !areTypes || number == 0 { return MemoryTests.row(name) }
      return MemoryTests.row("a").replacingOccurrences(of: "capability_estimation", with: name)
    }
    let lines = folder.file("differences")
    let (finished, peak) = try runMeasured(["diff", snapshot, live, "--json", "--ndjson", lines] + MemoryTests.small)
    #expect(finished.status == 1, "\(finished.errors)")
    let report = try JSONTree(finished.output)
    if areTypes {
      #expect(report["not_compared"]?["unnamed_types"]?.number == Double(count - 1 - 1000))
    } else {
      #expect(report["projections"]?["other keys"]?["different"]?.number == Double(count - 1))
      let text = try String(contentsOfFile: lines, encoding: .utf8)
      let more = count - 1 - 100
      #expect(text.contains("\"more_unknown_keys\":{\"keys\":\(more),\"rows\":\(more)}"))
    }
    #expect(peak < 60 << 20)
  }

  @Test("explain: repeated events are counted; of a long history, not all facts are kept", arguments: [false, true])
  func explained(asJSON: Bool) throws {
    let arguments =
      ["--user", MemoryTests.user, "--as-of", MemoryTests.asOf, "--threads", "2", "--quiet"]
      + (asJSON ? ["--json"] : [])
    let copies = try write("copies", 2, repeats: 100_000, MemoryTests.event)
    let (repeated, peak) = try runMeasured(["explain", copies] + arguments)
    #expect(repeated.status == 0, "\(repeated.errors)")
    #expect(repeated.output.contains(asJSON ? "\"unlisted_repeats\": 99899" : "99,899 more records"))
    #expect(peak < 80 << 20)

    let history = try write("history", 30_000, MemoryTests.event)
    let (long, longPeak) = try runMeasured(["explain", history] + arguments)
    #expect(long.status == 0, "\(long.errors)")
    #expect(longPeak < 100 << 20)
  }

  @Test("explain: only some bytes of each event are kept in memory, none of its payload", arguments: [false, true])
  func explainedFromFile(hasPayload: Bool) throws {
    // No reducer reads coffee.drunk. Of session.logged, the whole session_meta is packed, because a reducer may look
    // for an id in it.
    let count = hasPayload ? 10_000 : 200_000
    let text = String(repeating: "x", count: 5000)
    let log = try write("history", count) { number in
      MemoryTests.event(number)
        .replacingOccurrences(of: "set.logged", with: hasPayload ? "session.logged" : "coffee.drunk")
        .replacingOccurrences(of: "\"reps\":5", with: hasPayload ? "\"session_meta\":{\"a\":\"\(text)\"}" : "\"a\":5")
    }
    let (finished, peak) = try runMeasured(
      ["explain", log, "--user", MemoryTests.user, "--as-of", MemoryTests.asOf] + MemoryTests.small)
    #expect(finished.status == 0, "\(finished.errors)")
    #expect(peak < 40 << 20 + count * (hasPayload ? 2000 : 100))
  }

  @Test("witness: repeated events are not kept")
  func witnessed() throws {
    let log = try write("log", 2, repeats: 50_000, MemoryTests.event)
    let live = try write("live", 1) { _ in MemoryTests.row("strength_1rm") }
    let (finished, peak) = try runMeasured([
      "witness", log, "--live", live, "--user", MemoryTests.user, "--only",
      "capability_estimation/strength_1rm",
      "--as-of", MemoryTests.asOf, "--threads", "2", "--quiet", "-o", folder.file("witness"),
    ])
    #expect(finished.status == 0, "\(finished.errors)")
    #expect(peak < 60 << 20)
  }

  @Test("witness: no payload is kept in memory")
  func witnessedFromFile() throws {
    let count = 10_000
    let text = String(repeating: "x", count: 5000)
    let log = try write("history", count) { number in
      let event = MemoryTests.event(number)
      if number == 0 { return event }
      return event.replacingOccurrences(of: "set.logged", with: "session.logged")
        .replacingOccurrences(of: "\"reps\":5", with: "\"session_meta\":{\"a\":\"\(text)\"}")
    }
    let live = try write("live", 1) { _ in MemoryTests.row("strength_1rm") }
    let (finished, peak) = try runMeasured(
      [
        "witness", log, "--live", live, "--user", MemoryTests.user, "--only",
        "capability_estimation/strength_1rm", "--as-of", MemoryTests.asOf, "-o", folder.file("witness"),
      ] + MemoryTests.small)
    #expect(finished.status == 0, "\(finished.errors)")
    #expect(peak < 60 << 20)
  }

  @Test("more threads than the memory budget allows")
  func manyThreads() throws {
    let log = try write("log", 20_000, MemoryTests.event)
    let (finished, peak) = try runMeasured([
      "rebuild", log, "-o", folder.file("s.sqlite"), "--memory", "8M", "--threads", "256", "--quiet",
    ])
    #expect(finished.status == 0, "\(finished.errors)")
    #expect(peak < 80 << 20)
  }

  @Test("a long record takes up to ten times its length", arguments: ["{\"block_type\":\"strength_set\"}", "0"])
  func longRecord(block: String) throws {
    let length = 8 << 20
    let blocks = [String](repeating: block, count: length / (block.utf8.count + 1)).joined(separator: ",")
    let log = try write("log", 1) {
      MemoryTests.event($0).replacingOccurrences(of: "set.logged", with: "session.logged")
        .replacingOccurrences(of: "\"reps\":5", with: "\"blocks\":[\(blocks)]")
    }
    let (finished, peak, _) = try rebuild(log)
    #expect(finished.status == 0, "\(finished.errors)")
    #expect(peak < 50 << 20 + 12 * length)
  }

  @Test("verify --completeness: some 100 bytes for each user of the counts")
  func completeness() throws {
    let users = 200_000
    let counts = try write("counts", users + 1) { number in
      if number == 0 { return "user_id,events,ids,users,as_of\n" }
      // In no order.
      let digits = String(UInt64(number) &* 0x9E37_79B9_7F4A_7C15, radix: 16)
      let padded = String(repeating: "0", count: 16 - digits.count) + digits
      let id = "\(padded.prefix(8))-\(padded.dropFirst(8).prefix(4))-4000-8000-00000000\(padded.suffix(4))"
      return "\(id),1,5,\(users),2025-01-01T23:00:00Z\n"
    }
    let log = try write("log", 4, MemoryTests.event)
    let (finished, peak) = try runMeasured(["verify", log, "--completeness", counts] + MemoryTests.small)
    #expect(finished.status == 1, "\(finished.errors)")
    #expect(finished.output.contains("only on live     200,000"))
    #expect(peak < 70 << 20, "\(peak >> 20) MiB")
  }
}
