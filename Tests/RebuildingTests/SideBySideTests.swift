import EventLog
import EventModel
import Fitness
import Platform
import Rebuilding
import Running
import TestSupport
import Testing

/// Compressed shards are unpacked and read at the same time; what comes of them is as if they were read in order.
@Suite("compressed shards side by side")
struct SideBySideTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// Events of 1 KiB, from the given number on.
  private func lines(_ count: Int, from first: Int) -> [String] {
    (first..<first + count).map { eventLine($0, data: "{\"note\":\"\(String(repeating: "x", count: 900))\"}") }
  }

  private func packed(_ name: String, _ lines: [String]) throws -> String {
    try folder.write(name, try gzipped(Array((lines.joined(separator: "\n") + "\n").utf8), file: name))
  }

  @Test("shards, plain, packed and mixed, with duplicates across them: the same bytes", arguments: [1, 2, 4])
  func sameBytes(threads: Int) throws {
    let shards = (0..<8).map { lines($0 == 3 ? 4000 : 400, from: 1 + $0 * 300 + ($0 > 3 ? 4000 : 0)) }
    let plain = try shards.enumerated().map {
      try folder.write("plain\($0.offset)", $0.element.joined(separator: "\n") + "\n")
    }
    let gz = try shards.enumerated().map { try packed("gz\($0.offset)", $0.element) }
    let expected = try RunLog(plain)
    #expect(expected.summary.duplicates > 0)
    for paths in [gz, zip(plain, gz).enumerated().map { $0.offset % 3 == 0 ? $0.element.0 : $0.element.1 }] {
      let run = try RunLog(paths, threads: threads)
      #expect(try run.fileHash == expected.fileHash)
      #expect(run.summary.duplicates == expected.summary.duplicates)
      #expect(run.summary.records == expected.summary.records)
    }
    let kept = try RunLog(gz, threads: threads) { $0.input.setsMalformedAside = true }
    #expect(kept.summary.duplicates == expected.summary.duplicates)
  }

  @Test("the first error is reported, whichever shard is read first", arguments: [1, 2, 3, 8])
  func firstError(threads: Int) throws {
    var second = lines(3000, from: 5000)
    second[2900] = "{"
    var third = lines(400, from: 9000)
    third[2] = "["
    let first = lines(3000, from: 1)
    let whole = try gzipped(Array(first.joined(separator: "\n").utf8), file: "")
    let a = try packed("a", first)
    let b = try packed("b", second)
    let c = try packed("c", third)
    let cut = try folder.write("cut", Array(whole.dropLast(9)))
    let empty = try folder.write("empty", [])
    func fault(_ paths: [String]) throws -> MalformedInput? {
      try malformedInput { try RunLog(paths, threads: threads) }
    }
    for _ in 0..<3 {
      let late = try fault([a, b, c])
      #expect(late?.file == b && late?.position?.line == 2901)
      #expect(try fault([c, b, a])?.file == c)
      #expect(try fault([cut, c])?.description.contains("cut off") == true)
      #expect(try fault([a, empty, c])?.file == empty)
      // A record's error comes before that of a file after it.
      #expect(try fault([b, cut])?.file == b)
    }
    let conflicting = try packed("d", [eventLine(17, data: "{\"note\":\"other\"}")])
    let conflict = try fault([a, conflicting, try packed("e", lines(2000, from: 4000))])
    #expect(
      conflict?.file == conflicting && conflict?.reason.contains("at \(a):17 ") == true, "\(conflict?.reason ?? "")")
  }
}
