import Foundation
import ProcessSupport
import Testing

/// Runs that a signal ends at random moments, drawn from a seed.
@Suite(.serialized) struct KillTests {
  /// REFOLD_SEED repeats a test run.
  private static let seed =
    ProcessInfo.processInfo.environment["REFOLD_SEED"].flatMap(UInt64.init) ?? UInt64.random(in: 0..<1 << 32)

  @Test(
    "a run ended by a signal leaves the older snapshot or the complete new one; only SIGKILL leaves temporary files",
    arguments: [SIGTERM, SIGINT, SIGKILL])
  func killed(by signal: Int32) throws {
    print("seed \(KillTests.seed)")
    var random = SplitMix(state: KillTests.seed &+ UInt64(signal))
    let log = try FaultLog()
    let start = ContinuousClock.now
    #expect(try log.rebuild().status == 0)
    var microseconds = (ContinuousClock.now - start) / .microseconds(1)
    let whole = try #require(log.bytes())
    let older = Data("an older snapshot".utf8)
    var ended = 0
    // Eight runs, and more until a signal has ended at least one of them.
    for attempt in 0..<64 where attempt < 8 || ended == 0 {
      try older.write(to: URL(fileURLWithPath: log.snapshot))
      let running = try RunningProcess(refoldBinary, log.arguments + ["--force"])
      usleep(UInt32(random.next() % UInt64(microseconds * 1.1)))
      running.send(signal)
      let finished = running.wait()
      ended += finished.status == 0 ? 0 : 1
      if finished.status == 0 { microseconds *= 0.9 }
      #expect(finished.status == -signal || finished.status == 0, "seed \(KillTests.seed)")
      #expect(log.bytes() == (finished.status == 0 ? whole : older) || log.bytes() == whole, "seed \(KillTests.seed)")
      #expect(log.names("temp").isEmpty, "seed \(KillTests.seed)")
      let stale = log.names("out").filter { $0 != "snapshot.sqlite" }
      if signal != SIGKILL { #expect(stale.isEmpty, "seed \(KillTests.seed)") }
      let again = try log.rebuild(["--force"])
      #expect(again.status == 0 && log.bytes() == whole, "seed \(KillTests.seed)")
      #expect(again.errors == stale.map(notice(in: log)).joined())
      for name in stale { try FileManager.default.removeItem(atPath: log.folder.file("out/" + name)) }
    }
    #expect(ended > 0, "seed \(KillTests.seed)")
  }

  private func notice(in log: FaultLog) -> (String) -> String {
    { "refold: \(log.folder.file("out/" + $0)) was left behind by a run that was killed; it can be deleted\n" }
  }

  @Test("the run after a SIGKILL names the temporary files that were left, and ignores those of a live run")
  func staleFilesAreNamed() throws {
    let log = try FaultLog()
    let pipe = log.folder.file("pipe")
    #expect(mkfifo(pipe, 0o600) == 0)
    let quarantine = ["--quarantine", log.folder.file("out/bad.ndjson")]
    // Opened for reading and writing, so that neither the test nor the run waits for the other end.
    let held = open(pipe, O_RDWR)
    defer { close(held) }
    func start() throws -> RunningProcess {
      try RunningProcess(
        refoldBinary, ["rebuild", pipe, "-o", log.snapshot, "--temp", log.folder.file("temp")] + quarantine)
    }
    let killed = try start()
    let living = try start()
    for _ in 0..<500 where log.names("out").count < 2 { usleep(10_000) }
    killed.send(SIGKILL)
    #expect(killed.wait().status == -SIGKILL)
    let stale = log.names("out").filter { $0.contains("refold-\(killed.id)-") }
    #expect(stale.count == 1 && log.names("out").count == 2)
    let next = try log.rebuild(quarantine)
    #expect(next.errors == stale.map(notice(in: log)).joined())
    #expect(try log.rebuild(quarantine + ["--force", "--quiet"]).errors == "")
    living.send(SIGTERM)
    #expect(living.wait().status == -SIGTERM)
    #expect(log.names("out") == stale + ["bad.ndjson", "snapshot.sqlite"])
    #expect(log.names("temp").isEmpty)
  }
}

/// SplitMix64.
private struct SplitMix: RandomNumberGenerator {
  var state: UInt64
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
