import Foundation
import ProcessSupport
import Testing

/// Runs of `pack` that are killed, or find the disk full: the old pack stays.
@Suite("packs and faults", .serialized)
struct PackFaultTests {
  private let lab: CommandLab
  private let old: Data
  private let new: Data
  private static let update = [
    "pack", "out/log.refold", "new.ndjson", "-o", "out/log.refold", "--force", "--quiet", "--threads", "2",
  ]

  init() throws {
    lab = try CommandLab()
    func lines(_ numbers: Range<Int>) -> String {
      numbers.map { Made.event($0, of: $0 % 300) + "\n" }.joined()
    }
    try lab.folder.write("old.ndjson", lines(0..<3000).utf8)
    try lab.folder.write("new.ndjson", lines(2500..<5000).utf8)
    for arguments in [
      ["pack", "old.ndjson", "-o", "out/log.refold"], ["pack", "out/log.refold", "new.ndjson", "-o", "new.refold"],
    ] {
      let made = try lab.refold(arguments)
      if made.status != 0 { throw CommandLab.Failed(run: made) }
    }
    old = try #require(lab.folder.bytes("out/log.refold"))
    new = try #require(lab.folder.bytes("new.refold"))
  }

  @Test("ended by a signal at any moment: the old pack or the whole new one", arguments: [SIGTERM, SIGINT, SIGKILL])
  func killed(by signal: Int32) throws {
    let seed = ProcessInfo.processInfo.environment["REFOLD_SEED"].flatMap(UInt64.init) ?? .random(in: 0..<1 << 32)
    print("seed \(seed)")
    var random = Made.generator(seed &+ UInt64(signal))
    let start = ContinuousClock.now
    #expect(try lab.refold(Self.update).status == 0)
    let microseconds = Int((ContinuousClock.now - start) / .microseconds(1))
    #expect(lab.folder.bytes("out/log.refold") == new)
    var ended = 0
    for attempt in 0..<60 where attempt < 10 || ended == 0 {
      try lab.folder.write("out/log.refold", old)
      let running = try lab.start(Self.update)
      usleep(UInt32.random(in: 0..<UInt32(microseconds), using: &random))
      running.send(signal)
      let finished = running.wait()
      #expect(finished.status == -signal || finished.status == 0, "seed \(seed): \(finished)")
      if finished.status != 0 { ended += 1 }
      let left = try #require(lab.folder.bytes("out/log.refold"))
      #expect(left == new || finished.status != 0 && left == old, "seed \(seed)")
      #expect(lab.names("temp").isEmpty, "seed \(seed)")
      let stale = lab.names("out").filter { $0 != "log.refold" }
      if signal != SIGKILL { #expect(stale.isEmpty, "seed \(seed)") }
      // What is left behind disturbs no later run.
      #expect(try lab.refold(Self.update).status == 0)
      #expect(lab.folder.bytes("out/log.refold") == new, "seed \(seed)")
      for name in stale { try FileManager.default.removeItem(atPath: lab.folder.file("out/" + name)) }
    }
    #expect(ended > 0, "seed \(seed)")
  }

  @Test("a full disk at every moment of the writing: trouble, and the old pack stays")
  func fullDisk() throws {
    let size = new.count / 512
    #expect(size > 20)
    for blocks in [2, 5, size / 4, size / 2, size - 8, size - 1, size] {
      // bash counts in KiB, and in blocks of 512 bytes only in its POSIX mode.
      let finished = try lab.refold(Self.update, script: "set -o posix; ulimit -f \(blocks); exec \"$@\"")
      #expect(finished.status == 2 && finished.output == "", "\(blocks): \(finished)")
      #expect(finished.errors.contains("log.refold: cannot write"), "\(blocks): \(finished)")
      #expect(lab.folder.bytes("out/log.refold") == old && lab.names("out") == ["log.refold"], "\(blocks)")
      #expect(lab.names("temp").isEmpty)
    }
  }

  @Test("a folder that cannot be written, and standard output that is closed or full")
  func places() throws {
    for script in ["exec \"$@\" >&-", "exec \"$@\" >/dev/full"] {
      let failed = try lab.refold(["pack", "old.ndjson", "-o", "out/t.refold", "--force"], script: script)
      #expect(failed.status == 2 && failed.errors.contains("standard output"), "\(failed)")
    }
    let nowhere = try lab.refold(["pack", "old.ndjson", "-o", "/proc/t.refold"])
    #expect(nowhere.status == 2 && nowhere.errors.contains("/proc/t.refold"), "\(nowhere)")
    // The events of a log that does not fit the memory go to --temp.
    let temp = try lab.refold(["pack", "old.ndjson", "-o", "out/u.refold", "--temp", "none"])
    #expect(temp.status == 2 || lab.folder.bytes("out/u.refold") == old, "\(temp)")
  }
}
