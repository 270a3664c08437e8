import Foundation
import ProcessSupport
import Testing

/// What programs write to standard error may hold people's data: it goes to a file of the owner's only.
@Suite("the standard error of programs")
struct StandardErrorTests {
  private static let raising = """
    for user in users():
        if len(SEEN) == 2:
            raise ValueError(user["events"][0]["data"]["notes"])
        reply(user)
    """

  private static let warning = """
    print("starting", file=sys.stderr, flush=True)
    """ + "\n" + ProgramLab.counting

  @Test("--reducer-stderr: the file is the owner's only, holds the traceback, and is written without a fault too")
  func named() throws {
    let lab = try ProgramLab()
    let program = try lab.program(StandardErrorTests.raising)
    let before = lab.everything
    let finished = try lab.rebuild(program, ["--reducer-stderr", "errors.txt"])
    #expect(finished.status == 2)
    #expect(finished.errors.contains("its standard error is in errors.txt"), "\(finished.errors)")
    #expect(!finished.errors.contains(ProgramLab.secret))
    #expect(lab.everything == before.union(["errors.txt"]))
    #expect(lab.mode("errors.txt") == 0o600)
    #expect(try lab.text("errors.txt").contains("ValueError: \(ProgramLab.secret) 3"))

    // The next run replaces it.
    let other = try lab.program(StandardErrorTests.warning, name: "warning")
    #expect(try lab.rebuild(other, ["--reducer-stderr", "errors.txt"]).status == 0)
    #expect(try lab.text("errors.txt") == "starting\n")
    #expect(lab.everything.filter { $0.hasPrefix("temp/") }.isEmpty)
  }

  @Test("without it, a file in --temp is kept after a fault only")
  func kept() throws {
    let lab = try ProgramLab()
    let program = try lab.program(StandardErrorTests.raising)
    let before = lab.everything
    let finished = try lab.rebuild(program)
    let kept = try #require(
      lab.expectTrouble(finished, ["ended with exit status 1"], before: before, user: 2), "\(finished.errors)")
    #expect(try lab.text(kept).contains("ValueError: \(ProgramLab.secret) 3"))

    try FileManager.default.createDirectory(atPath: lab.folder.file("other"), withIntermediateDirectories: false)
    #expect(try lab.rebuild(program, ["--temp", lab.folder.file("other")]).status == 2)
    #expect(lab.everything.contains { $0.hasPrefix("other/refold-reducers-") && $0.hasSuffix(".stderr") })
  }

  @Test("nothing is left after success, whatever was written", arguments: [1, 3])
  func success(threads: Int) throws {
    let lab = try ProgramLab()
    let program = try lab.program(StandardErrorTests.warning)
    let before = lab.everything
    let finished = try lab.rebuild(program, ["--threads", "\(threads)"])
    #expect(finished.status == 0 && finished.errors == "", "\(finished)")
    #expect(lab.everything == before.union(["rebuilt.sqlite"]))
    #expect(lab.remainingProcesses() == [])
  }

  @Test("a program that ends with an error after its last answer is not a fault: all answers are there")
  func errorAtTheEnd() throws {
    let lab = try ProgramLab()
    let program = try lab.program(ProgramLab.counting + "\nsys.exit(1)")
    #expect(try lab.rebuild(program).status == 0)
  }

  @Test("the file cannot be opened, or is an input")
  func refused() throws {
    let lab = try ProgramLab()
    let program = try lab.program(ProgramLab.counting)
    let before = lab.everything
    let missing = try lab.rebuild(program, ["--reducer-stderr", "no/such/folder"])
    lab.expectTrouble(missing, ["no/such/folder: cannot open the file for its standard error"], before: before)
    for input in ["log.ndjson", program] {
      lab.expectTrouble(try lab.rebuild(program, ["--reducer-stderr", input]), [input], before: before)
    }
    #expect(try lab.text("log.ndjson") == ProgramLab.log)
    #expect(try lab.rebuild(program, ["--reducer-stderr", "-"]).status == 2)
    for seconds in ["0", "-1", "86401", "x"] {
      #expect(try lab.rebuild(program, ["--reducer-timeout=\(seconds)"]).status == 2)
    }
    #expect(lab.everything == before)
  }
}

@Suite("a run that succeeds")
struct EndTests {
  @Test("what a program started ends with it", arguments: ["DEVNULL", "PIPE"])
  func children(input: String) throws {
    let lab = try ProgramLab()
    let program = try lab.program(
      """
      subprocess.Popen(["sleep", "100"], stdin=subprocess.\(input), stdout=subprocess.DEVNULL)

      """ + ProgramLab.counting)
    let before = lab.everything
    let finished = try lab.rebuild(program)
    #expect(finished.status == 0, "\(finished)")
    #expect(lab.everything == before.union(["rebuilt.sqlite"]))
    #expect(lab.remainingProcesses() == [])
  }

  @Test("a program that does not end when its questions end is killed after two seconds")
  func staying() throws {
    let lab = try ProgramLab()
    let program = try lab.program(ProgramLab.counting + "\ntime.sleep(100)")
    let clock = ContinuousClock.now
    let finished = try lab.rebuild(program)
    #expect(finished.status == 0, "\(finished)")
    #expect(ContinuousClock.now - clock < .seconds(20))
    #expect(lab.remainingProcesses() == [])
  }
}

@Suite("a run that is ended by a signal")
struct SignalTests {
  @Test(
    "refold, the program and what the program started end, and nothing is written",
    arguments: [SIGINT, SIGTERM, SIGHUP], [1, 2])
  func ended(signal: Int32, threads: Int) throws {
    let lab = try ProgramLab()
    let program = try lab.program(
      """
      subprocess.Popen(["sleep", "100"])
      print("\(ProgramLab.secret)", file=sys.stderr, flush=True)
      sys.stdin.readline()
      time.sleep(100)
      """)
    let before = lab.everything
    let running = try lab.start([
      "rebuild", "log.ndjson", "--as-of", ProgramLab.asOf, "-o", "rebuilt.sqlite", "--threads", "\(threads)", "--quiet",
      "--reducers", program,
    ])
    // refold itself, the program and its child.
    for _ in 0..<1000 where lab.processes.count < 3 { usleep(5000) }
    #expect(lab.processes.count >= 3)
    running.send(signal)
    let clock = ContinuousClock.now
    #expect(running.wait().status == -signal)
    #expect(ContinuousClock.now - clock < .seconds(5))
    #expect(lab.remainingProcesses() == [])
    #expect(lab.everything == before)
  }

  @Test("a program that ignores SIGTERM is killed")
  func ignoring() throws {
    let lab = try ProgramLab()
    let program = try lab.program(
      """
      signal.signal(signal.SIGTERM, signal.SIG_IGN)
      open("ready", "w").close()
      while True:
          time.sleep(100)
      """)
    let running = try lab.start([
      "rebuild", "log.ndjson", "--as-of", ProgramLab.asOf, "-o", "rebuilt.sqlite", "--threads", "1", "--quiet",
      "--reducers", program,
    ])
    for _ in 0..<1000 where !lab.everything.contains("program/ready") { usleep(5000) }
    running.send(SIGTERM)
    #expect(running.wait().status == -SIGTERM)
    #expect(lab.remainingProcesses() == [])
    #expect(!lab.everything.contains("rebuilt.sqlite"))
  }
}
