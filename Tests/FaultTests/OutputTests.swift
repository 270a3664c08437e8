import Foundation
import ProcessSupport
import Testing

/// commands.md, "Writing": every output of every command.
@Suite struct OutputTests {
  @Test("a FIFO and a device are written to and not replaced", arguments: OutputLab.texts)
  func special(output: OutputLab.Output) throws {
    let lab = try OutputLab()
    let whole = try lab.refold(output.arguments("out/file"))
    #expect(whole.status < 2, "\(whole)")
    let bytes = try #require(lab.folder.bytes("out/file"))
    try? FileManager.default.removeItem(atPath: lab.folder.file("out/other.sqlite"))

    #expect(mkfifo(lab.folder.file("out/fifo"), 0o600) == 0)
    let piped = try lab.refold(
      output.arguments("out/fifo"), script: "timeout 20 cat out/fifo > out/read & \"$@\"; code=$?; wait; exit $code")
    #expect(piped.status == whole.status, "\(piped)")
    #expect(lab.status("out/fifo").st_mode & S_IFMT == S_IFIFO)
    let read = lab.folder.bytes("out/read")
    // JUnit holds the time that the run took, so that its bytes differ.
    #expect(output.arguments.contains("--junit") ? read?.count ?? 0 > 100 : read == bytes)
    try? FileManager.default.removeItem(atPath: lab.folder.file("out/other.sqlite"))

    // A device like /dev/null. Making it needs privileges that a build machine may lack.
    guard mknod(lab.folder.file("out/null"), S_IFCHR | 0o666, makedev(1, 3)) == 0 else { return }
    let dropped = try lab.refold(output.arguments("out/null"))
    #expect(dropped.status == whole.status, "\(dropped)")
    #expect(lab.status("out/null").st_mode & S_IFMT == S_IFCHR)
  }

  @Test("a SQLite file goes to regular files only, even with --force", arguments: OutputLab.databases)
  func databases(output: OutputLab.Output) throws {
    let lab = try OutputLab()
    #expect(mkfifo(lab.folder.file("out/fifo"), 0o600) == 0)
    #expect(symlink("/dev/fd/1", lab.folder.file("out/link")) == 0)
    let before = lab.everything
    for name in ["out/fifo", "out/link", "-"] {
      let refused = try lab.refold(output.arguments(name) + ["--force"])
      #expect(refused.status == 2 && refused.output == "", "\(name): \(refused)")
      #expect(refused.errors.contains("is not a regular file"), "\(name): \(refused)")
    }
    #expect(lab.everything == before && lab.status("out/fifo").st_mode & S_IFMT == S_IFIFO)
  }

  @Test(
    "a link is followed and its target replaced or made; outputs that are not replaced otherwise need --force",
    arguments: OutputLab.texts + OutputLab.databases)
  func links(output: OutputLab.Output) throws {
    let lab = try OutputLab()
    #expect(symlink("../out/target", lab.folder.file("out/link")) == 0)
    for (attempt, force) in [(0, []), (1, ["--force"])] where attempt == 0 || output.isKept {
      let arguments = output.arguments("out/link") + force
      let written = try lab.refold(arguments)
      #expect(written.status < 2, "\(written)")
      #expect(lab.status("out/link").st_mode & S_IFMT == S_IFLNK)
      #expect(lab.status("out/target").st_mode & S_IFMT == S_IFREG && lab.status("out/target").st_size > 0)
      if output.isKept { #expect(try lab.refold(output.arguments("out/link")).status == 2) }
    }
  }

  @Test("standard output under another name is written to directly: nothing is lost")
  func standardOutput() throws {
    let lab = try OutputLab()
    let plain = try lab.refold(["diff", "s.sqlite", "live.ndjson", "--ndjson", "-"])
    // Not /dev/stdout itself: a faulty refold that runs as root would replace it.
    #expect(symlink("/dev/stdout", lab.folder.file("out/stdout")) == 0)
    for name in ["out/stdout", "/proc/self/fd/1", "out/file"] {
      // Standard output is a file here, as with `>` in a shell.
      let both = try lab.refold(
        ["diff", "s.sqlite", "live.ndjson", "--quiet", "--ndjson", name], script: "\"$@\" > out/file")
      #expect(both.status == 1, "\(both)")
      #expect(lab.folder.bytes("out/file") == Data(plain.output.utf8), "\(name)")
    }
  }

  @Test(
    "an input is never an output, under any name, with or without --force",
    arguments: OutputLab.texts + OutputLab.databases)
  func inputs(output: OutputLab.Output) throws {
    let lab = try OutputLab()
    let input = lab.folder.file(output.input)
    #expect(link(input, lab.folder.file("out/hard")) == 0)
    #expect(symlink(input, lab.folder.file("out/soft")) == 0)
    let before = lab.everything
    let bytes = try #require(lab.folder.bytes(output.input))
    for name in [output.input, "out/../" + output.input, input, "out/hard", "out/soft"] {
      for force in output.isKept ? [[], ["--force"]] : [[]] {
        let refused = try lab.refold(output.arguments(name) + force)
        #expect(refused.status == 2 && refused.output == "", "\(name): \(refused)")
        #expect(refused.errors.contains("an input is never an output"), "\(refused)")
        #expect(lab.folder.bytes(output.input) == bytes && lab.everything == before, "\(name)")
      }
    }
  }

  @Test("never outputs: standard input, files of an input folder, the case that is read, an input that is appended to")
  func otherInputs() throws {
    let lab = try OutputLab()
    let log = try #require(lab.folder.bytes("log.ndjson"))
    func expectRefused(_ arguments: [String], _ script: String) throws {
      let refused = try lab.refold(arguments, script: script)
      #expect(refused.status == 2 && refused.errors.contains("an input is never an output"), "\(refused)")
      #expect(lab.folder.bytes("log.ndjson") == log)
    }
    try expectRefused(["rebuild", "-", "-o", "log.ndjson", "--force"], "\"$@\" < log.ndjson")
    try expectRefused(["fold", "-", "--as-of", "2026-02-22T00:00:00Z"], "\"$@\" < log.ndjson >> log.ndjson")
    try expectRefused(["rebuild", ".", "-o", "log.ndjson", "--force"], "\"$@\"")
    let events = lab.folder.bytes("case/events.ndjson")
    let caseInputs = ["--log", "case/events.ndjson", "--live", "live.ndjson"]
    try expectRefused(["check", "--init", "case", "--force"] + caseInputs, "\"$@\"")
    try expectRefused(["witness", "-o", "case", "--force", "--user", OutputLab.user(1)] + caseInputs, "\"$@\"")
    #expect(lab.folder.bytes("case/events.ndjson") == events)
    let twice = try lab.refold(["diff", "s.sqlite", "live.ndjson", "--ndjson", "out/a", "--junit", "./out/a"])
    #expect(twice.status == 2 && twice.errors.contains("are the same file"))
  }

  @Test(
    "case folders are replaced only with --force, and never if they hold anything that is not part of a case",
    arguments: OutputLab.folders)
  func folders(output: OutputLab.Output) throws {
    let lab = try OutputLab()
    let made = try lab.refold(output.arguments("out/deep/er"))
    #expect(made.status == 0, "\(made)")
    func content() -> [String: Data] {
      let names = FileManager.default.enumerator(atPath: lab.folder.file("out"))?.compactMap { $0 as? String } ?? []
      return Dictionary(uniqueKeysWithValues: names.map { ($0, lab.folder.bytes("out/" + $0) ?? Data()) })
    }
    let before = content()
    let refused = try lab.refold(output.arguments("out/deep/er"))
    #expect(refused.status == 2 && refused.errors.contains("--force"), "\(refused)")
    #expect(content() == before)
    let replaced = try lab.refold(output.arguments("out/deep/er") + ["--force"])
    #expect(replaced.status == 0, "\(replaced)")
    #expect(Set(content().keys) == Set(before.keys))
    let inner = try #require(before.keys.first { $0.hasSuffix("case.json") }).dropLast("case.json".count)
    try lab.folder.write("out/\(inner)mine.txt", "mine".utf8)
    let other = try lab.refold(output.arguments("out/deep/er") + ["--force"])
    #expect(other.status == 2 && other.errors.contains("mine.txt"), "\(other)")
    #expect(lab.folder.bytes("out/\(inner)mine.txt") == Data("mine".utf8))
  }

  @Test("a failed --init leaves nothing, not even parent folders")
  func failedInit() throws {
    let lab = try OutputLab()
    let before = lab.everything
    let failed = try lab.refold(["check", "--init", "out/a/b/c", "--log", "bad.ndjson"])
    #expect(failed.status == 2 && !failed.errors.contains(".tmp"), "\(failed)")
    #expect(lab.everything == before)
  }

  @Test(
    "a new file is owner-only under any umask, a replaced one keeps its mode, --mode sets another",
    arguments: OutputLab.texts + OutputLab.databases, ["000", "022", "777"])
  func modes(output: OutputLab.Output, umask: String) throws {
    let lab = try OutputLab()
    let force = output.isKept ? ["--force"] : []
    func write(_ name: String, _ more: [String] = []) throws -> mode_t {
      try? FileManager.default.removeItem(atPath: lab.folder.file("out/other.sqlite"))
      let written = try lab.refold(output.arguments(name) + more, script: "umask \(umask); exec \"$@\"")
      #expect(written.status < 2, "\(written)")
      return lab.mode(name)
    }
    #expect(try write("out/new") == 0o600)
    #expect(try write("out/wide", ["--mode", "640"]) == 0o640)
    try lab.folder.write("out/old", "old".utf8)
    chmod(lab.folder.file("out/old"), 0o644)
    #expect(try write("out/old", force) == 0o644)
    #expect(try write("out/old", force + ["--mode", "0600"]) == 0o600)
    for mode in ["400", "700", "1600", "abc", "6000", "-600"] {
      #expect(try lab.refold(output.arguments("out/none") + ["--mode=\(mode)"]).status == 2, "\(mode)")
    }
  }

  @Test("a new folder and the files in it are owner-only under any umask", arguments: OutputLab.folders)
  func folderModes(output: OutputLab.Output) throws {
    for (umask, more, folder, file) in [
      ("000", [], 0o700, 0o600), ("777", [], 0o700, 0o600), ("077", ["--mode", "640"], 0o750, 0o640),
    ] as [(String, [String], mode_t, mode_t)] {
      let lab = try OutputLab()
      let made = try lab.refold(output.arguments("out/a/b") + more, script: "umask \(umask); exec \"$@\"")
      #expect(made.status == 0, "\(made)")
      #expect(lab.mode("out/a") == 0o700)
      let names = lab.everything.filter { $0.hasPrefix("out/a/") }
      #expect(names.contains { $0.hasSuffix("/case.json") })
      for name in names {
        let isFolder = lab.status(name).st_mode & S_IFMT == S_IFDIR
        // Each witness gets its own folder in the named folder, so the named folder counts as a parent.
        let isAbove = isFolder && !names.contains(name + "/case.json")
        #expect(lab.mode(name) == (isAbove ? 0o700 : isFolder ? folder : file), "\(name) \(umask)")
      }
    }
  }

  @Test("a run that fails on one output leaves none of the others")
  func together() throws {
    let lab = try OutputLab(events: 4000)
    let before = lab.everything
    let diff = ["diff", "s.sqlite", "live.ndjson", "--ndjson", "out/a", "--sqlite", "out/b", "--junit", "out/c"]
    // Only the page exceeds the limit.
    let full = try lab.refold(diff + ["--html", "out/d", "--all"], script: "ulimit -f 40; exec \"$@\"")
    #expect(full.status == 2 && full.errors.contains("cannot write"), "\(full)")
    #expect(lab.everything == before)
    let audit = ["audit", "log.ndjson", "--live", "live.ndjson", "-o", "out/s", "--ndjson", "out/none/a"]
    #expect(try lab.refold(audit).status == 2)
    #expect(lab.everything == before)
    let setAside = ["audit", "bad.ndjson", "--live", "live.ndjson", "-o", "out/s", "--quarantine", "out/q"]
    #expect(try lab.refold(setAside + ["--ndjson", "out/none/a"]).status == 2)
    #expect(lab.everything == before)
    #expect(try lab.refold(setAside).status == 1)
    #expect(lab.everything == before.union(["out/s", "out/q"]))
    for name in ["s", "q"] { try FileManager.default.removeItem(atPath: lab.folder.file("out/" + name)) }
    let rebuild = ["rebuild", "bad.ndjson", "--quarantine", "out/q", "-o", "out/s"]
    #expect(try lab.refold(rebuild, script: "ulimit -f 300; exec \"$@\"").status == 2)
    #expect(lab.everything == before)
    #expect(try lab.refold(diff + ["--html", "out/d"]).status == 1)
    #expect(lab.everything == before.union(["out/a", "out/b", "out/c", "out/d"]))
  }

  @Test(
    "standard output that is closed or full is trouble, not success",
    arguments: [
      ["fold", "log.ndjson", "--as-of", "2026-02-22T00:00:00Z"], ["show", "s.sqlite", OutputLab.user(1)],
      ["rebuild", "log.ndjson", "-o", "out/x"], ["diff", "s.sqlite", "live.ndjson"], ["check", "case"],
      ["diff", "s.sqlite", "live.ndjson", "--ndjson", "-"], ["digest", "s.sqlite"], ["profile"], ["--help"],
      ["--version"], ["report", "s.sqlite", "--json"], ["plan", "all", "s.sqlite", "--source", "x"],
      ["repair", "s.sqlite", "live.ndjson", "--log", "log.ndjson", "--source", "x"],
      ["check", "--prove", "log.ndjson"],
      ["explain", "log.ndjson", "--user", OutputLab.user(1)], ["verify", "s.sqlite"],
      ["audit", "log.ndjson", "--live", "live.ndjson"],
    ])
  func closedOutput(arguments: [String]) throws {
    let lab = try OutputLab()
    let before = lab.everything
    for (script, words) in [
      ("exec \"$@\" >&-", "standard output: is closed"), ("exec \"$@\" >/dev/full", "standard output: cannot write it"),
    ] {
      let failed = try lab.refold(arguments, script: script)
      #expect(failed.status == 2 && failed.errors.contains(words), "\(failed)")
      let left = lab.everything.subtracting(["out/x"])
      #expect(left == before)
      try? FileManager.default.removeItem(atPath: lab.folder.file("out/x"))
    }
    let gone = try lab.refold(arguments, script: "set -o pipefail; \"$@\" | true")
    #expect((0...2).contains(gone.status) && !gone.errors.contains("standard output"), "\(gone)")
    #expect(lab.everything.subtracting(["out/x"]) == before)
  }

  @Test("closed standard input and error: no file gets their descriptor numbers")
  func closedOthers() throws {
    let lab = try OutputLab()
    let fold = ["fold", "-", "--as-of", "2026-02-22T00:00:00Z"]
    let closed = try lab.refold(fold, script: "exec \"$@\" <&-")
    #expect(closed.status == 2 && closed.output == "" && closed.errors.contains("-: cannot be read"), "\(closed)")
    let silent = try lab.refold(["rebuild", "bad.ndjson", "-o", "out/x"], script: "exec \"$@\" 2>&-")
    #expect(silent.status == 2 && silent.errors == "" && lab.folder.bytes("out/x") == nil)
  }
}

/// makedev(3), which is a macro in C.
private func makedev(_ major: UInt64, _ minor: UInt64) -> dev_t { dev_t(major << 8 | minor) }
