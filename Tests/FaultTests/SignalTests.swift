import Foundation
import ProcessSupport
import Testing

/// Runs of all writing commands, ended by a signal or by a lack of memory.
@Suite(.serialized) struct SignalTests {
  private static let seed =
    ProcessInfo.processInfo.environment["REFOLD_SEED"].flatMap(UInt64.init) ?? UInt64.random(in: 0..<1 << 32)

  static let commands =
    (OutputLab.texts + OutputLab.databases + OutputLab.folders).map { $0.arguments("out/it") } + [
      ["check", "--prove", "log.ndjson"], ["check", "case"],
      [
        "diff", "s.sqlite", "live.ndjson", "--ndjson", "out/a", "--sqlite", "out/b", "--junit", "out/c", "--html",
        "out/d",
      ],
    ]

  @Test("a run ended by a signal leaves all of its outputs or none", arguments: commands)
  func ended(arguments: [String]) throws {
    var random = SplitMix(state: SignalTests.seed)
    let lab = try OutputLab()
    let before = lab.everything
    func start() throws -> RunningProcess {
      try RunningProcess(
        refoldBinary, arguments, directory: lab.folder.path, environment: ["TMPDIR": lab.folder.file("temp"), "CI": ""])
    }
    let clock = ContinuousClock.now
    let complete = try start().wait()
    #expect(complete.status < 2, "\(complete)")
    let duration = Double((ContinuousClock.now - clock) / .microseconds(1))
    let after = lab.everything
    var ended = 0
    for attempt in 0..<40 where attempt < 9 || ended < 3 {
      for name in after.subtracting(before) {
        try? FileManager.default.removeItem(atPath: lab.folder.file(name))
      }
      let signal = [SIGTERM, SIGHUP, SIGINT][attempt % 3]
      let running = try start()
      usleep(UInt32(Double.random(in: 0...duration, using: &random)))
      running.send(signal)
      let finished = running.wait()
      #expect(finished.status == -signal || finished.status == complete.status, "seed \(SignalTests.seed) \(finished)")
      if finished.status == -signal { ended += 1 }
      let left = lab.everything
      #expect(left == before || left == after, "seed \(SignalTests.seed): \(left.symmetricDifference(before))")
    }
    #expect(ended > 0, "seed \(SignalTests.seed)")
  }

  @Test("when a proof is ended, the rebuild that it waits for ends too")
  func childEnds() throws {
    let lab = try OutputLab(events: 4000)
    let running = try RunningProcess(
      refoldBinary, ["check", "--prove", "log.ndjson"], directory: lab.folder.path,
      environment: ["TMPDIR": lab.folder.file("temp")])
    var child: pid_t?
    for _ in 0..<2000 where child == nil {
      usleep(1000)
      let text = try? String(contentsOfFile: "/proc/\(running.id)/task/\(running.id)/children", encoding: .utf8)
      child = text?.split(separator: " ").first.flatMap { pid_t($0) }
    }
    let process = try #require(child)
    running.send(SIGTERM)
    #expect(running.wait().status == -SIGTERM)
    #expect(kill(process, 0) != 0 && errno == ESRCH)
    #expect(lab.everything.filter { $0.hasPrefix("temp/") }.isEmpty)
  }

  @Test(
    "a run that gets no more memory ends with trouble or by a signal, and leaves nothing",
    arguments: [
      ["rebuild", "log.ndjson", "-o", "out/it"],
      ["diff", "s.sqlite", "live.ndjson", "--log", "log.ndjson", "--ndjson", "out/it"],
      ["report", "s.sqlite", "--live", "live.ndjson", "-o", "out/it"],
    ])
  func memory(arguments: [String]) throws {
    let lab = try OutputLab(events: 4000)
    let before = lab.everything
    var short = 0
    for megabytes in stride(from: 60, through: 400, by: 12) {
      let run = try lab.refold(
        arguments + ["--threads", "2"], script: "ulimit -c 0; ulimit -v \(megabytes << 10); exec \"$@\"")
      if run.status == 0 || run.status == 1 {
        #expect(lab.everything == before.union(["out/it"]))
        try? FileManager.default.removeItem(atPath: lab.folder.file("out/it"))
        continue
      }
      // 127: the libraries could not even be loaded.
      #expect(run.status == 2 || run.status == 127 || run.status < 0, "\(megabytes) MB: \(run)")
      if run.status != 127 { short += 1 }
      #expect(lab.everything == before, "\(megabytes) MB: \(run)")
    }
    print("\(arguments[0]): \(short) runs were short of memory")
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
