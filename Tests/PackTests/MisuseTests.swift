import Foundation
import ProcessSupport
import Testing

/// Packs where they do not belong, and outputs that must not be replaced.
@Suite("packs in the wrong place")
struct PackMisuseTests {
  private let lab: CommandLab

  init() throws {
    lab = try CommandLab()
    let demo = repository + "/fixtures/demo/"
    for (made, name) in [("log.ndjson", "events.ndjson"), ("users.ndjson", "users.ndjson")] {
      try FileManager.default.copyItem(atPath: demo + name, toPath: lab.folder.file(made))
    }
    for arguments in [
      ["pack", "log.ndjson", "--users", "users.ndjson", "-o", "log.refold"],
      ["rebuild", "log.ndjson", "-o", "s.sqlite"],
    ] {
      let made = try lab.refold(arguments)
      if made.status != 0 { throw CommandLab.Failed(run: made) }
    }
  }

  @Test(
    "a pack that is given as another file, or on standard input, is refused",
    arguments: [
      ["rebuild", "log.ndjson", "--users", "log.refold", "-o", "t.sqlite"],
      ["pack", "log.ndjson", "--users", "log.refold", "-o", "t.refold"],
      ["diff", "s.sqlite", "log.refold"], ["diff", "log.refold", "s.sqlite"],
      ["audit", "log.ndjson", "--live", "log.refold"],
      ["verify", "log.ndjson", "--jobs", "log.refold", "--source", "x"],
      ["repair", "s.sqlite", "log.refold", "--log", "log.ndjson", "--source", "x"],
      ["rebuild", "log.ndjson", "--profile", "log.refold", "-o", "t.sqlite"],
      ["rebuild", "log.ndjson", "--reducers", "log.refold", "-o", "t.sqlite"],
      ["show", "log.refold", "cd16be9f-e7b2-4946-a3ac-39ba2feacab2"], ["digest", "log.refold"],
      ["check", "log.refold"],
      ["merge", "log.refold", "-o", "t.sqlite"],
      ["rebuild", "-", "-o", "t.sqlite"], ["pack", "-", "-o", "t.refold"], ["fold", "-", "--as-of", CommandLab.asOf],
      ["rebuild", "log.refold", "--format", "ndjson", "-", "-o", "t.sqlite"],
    ])
  func refused(arguments: [String]) throws {
    let before = lab.files(".")
    let refused = try lab.refold(arguments, input: lab.folder.file("log.refold"))
    #expect(refused.status == 2 && refused.output == "", "\(refused)")
    #expect(refused.errors.contains("log.refold") || refused.errors.contains("-:"), "\(refused)")
    #expect(lab.files(".") == before)
  }

  @Test("a packed log that is compressed again, or piped, is refused, not misread")
  func repacked() throws {
    for tool in ["gzip", "zstd"] {
      let made = try lab.refold(["--version"], script: "\(tool) -c log.refold > log.packed; \"$@\"")
      if made.status != 0 { continue }
      let refused = try lab.refold(["rebuild", "log.packed", "-o", "t.sqlite"])
      #expect(refused.status == 2 && lab.folder.bytes("t.sqlite") == nil, "\(refused)")
    }
    let piped = try lab.refold(["rebuild", "/dev/fd/3", "-o", "t.sqlite"], script: "\"$@\" 3< <(cat log.refold)")
    #expect(piped.status == 2 && lab.folder.bytes("t.sqlite") == nil, "\(piped)")
  }

  @Test("nothing is replaced without --force; an input is an output only if it is the pack that grows")
  func outputs() throws {
    let pack = try #require(lab.folder.bytes("log.refold"))
    let log = try #require(lab.folder.bytes("log.ndjson"))
    try lab.folder.write("more.ndjson", log)
    #expect(link(lab.folder.file("log.refold"), lab.folder.file("hard.refold")) == 0)
    #expect(symlink("log.refold", lab.folder.file("soft.refold")) == 0)
    for (arguments, words) in [
      (["pack", "more.ndjson", "-o", "log.refold"], "--force"),
      (["pack", "log.refold", "more.ndjson", "-o", "log.refold"], "--force"),
      (["pack", "log.refold", "-o", "log.ndjson"], "--force"),
      (["pack", "log.ndjson", "-o", "log.ndjson", "--force"], "an input is never an output"),
      (
        ["pack", "log.refold", "--users", "users.ndjson", "-o", "users.ndjson", "--force"],
        "an input is never an output"
      ),
      (
        ["pack", "log.ndjson", "--replace", "log.refold", "-o", "log.refold", "--force"], "an input is never an output"
      ),
      (
        ["pack", "log.refold", "--replace", "more.ndjson", "-o", "more.ndjson", "--force"],
        "an input is never an output"
      ),
      (["rebuild", "log.refold", "-o", "log.refold", "--force"], "an input is never an output"),
      (["rebuild", "hard.refold", "-o", "log.refold", "--force"], "an input is never an output"),
      (["pack", "log.ndjson", "-o", "-"], "not a regular file"),
      (["pack", "log.ndjson", "-o", "out"], "is a directory"),
      (["pack", "log.ndjson", "-o", "none/log.refold"], "does not exist"),
      (["pack", "none.ndjson", "-o", "t.refold"], "none.ndjson"),
    ] {
      let before = lab.files(".")
      let refused = try lab.refold(arguments)
      #expect(refused.status == 2 && refused.output == "" && refused.errors.contains(words), "\(arguments): \(refused)")
      #expect(lab.files(".") == before, "\(arguments)")
    }
    for name in ["log.refold", "./out/../log.refold", "soft.refold"] {
      let grown = try lab.refold(["pack", name, "more.ndjson", "-o", "log.refold", "--force", "--quiet"])
      #expect(grown.status == 0, "\(grown)")
      #expect(lab.folder.bytes("log.refold") == pack)
    }
  }

  @Test("the pack is owner-only, keeps the mode of a file that it replaces, and --mode sets another")
  func modes() throws {
    #expect(lab.mode("log.refold") == 0o600)
    for (umask, more, expected) in [("000", [], 0o600), ("777", [], 0o600), ("077", ["--mode", "640"], 0o640)]
      as [(String, [String], mode_t)]
    {
      let made = try lab.refold(
        ["pack", "log.ndjson", "-o", "out/t.refold"] + more, script: "umask \(umask); exec \"$@\"")
      #expect(made.status == 0 && lab.mode("out/t.refold") == expected, "\(made)")
      try FileManager.default.removeItem(atPath: lab.folder.file("out/t.refold"))
    }
    chmod(lab.folder.file("log.refold"), 0o644)
    #expect(try lab.refold(["pack", "log.refold", "-o", "log.refold", "--force"]).status == 0)
    #expect(lab.mode("log.refold") == 0o644 && lab.names("out").isEmpty && lab.names("temp").isEmpty)
  }

  @Test("a log without events is packed only with --allow-empty")
  func empty() throws {
    try lab.folder.write("none.ndjson", "\n".utf8)
    let pack = ["pack", "none.ndjson", "--format", "ndjson", "--users", "users.ndjson", "-o", "none.refold"]
    let refused = try lab.refold(pack)
    #expect(refused.status == 2 && refused.errors.contains("--allow-empty") && lab.folder.bytes("none.refold") == nil)
    #expect(try lab.refold(pack + ["--allow-empty"]).status == 0)
    let rebuild = ["rebuild", "none.refold", "-o", "t.sqlite", "--as-of", CommandLab.asOf]
    let without = try lab.refold(rebuild)
    #expect(without.status == 2 && without.errors.contains("--allow-empty"), "\(without)")
    #expect(try lab.refold(rebuild + ["--allow-empty"]).status == 0)
    let plain = ["rebuild", "none.ndjson", "--format", "ndjson", "--users", "users.ndjson", "-o", "u.sqlite"]
    #expect(try lab.refold(plain + ["--as-of", CommandLab.asOf, "--allow-empty"]).status == 0)
    let digests = try ["t.sqlite", "u.sqlite"].map { try lab.refold(["digest", $0]).output }
    #expect(digests[0] == digests[1])
    // Its users stay when events come.
    #expect(try lab.refold(["pack", "none.refold", "log.ndjson", "-o", "some.refold"]).status == 0)
    #expect(lab.folder.bytes("some.refold") == lab.folder.bytes("log.refold"))
    // Nothing replaces nothing.
    let replaced = try lab.refold(
      ["pack", "none.refold", "--replace", "none.ndjson", "--format", "ndjson", "-o", "more.refold"])
    #expect(replaced.status == 2 && lab.folder.bytes("more.refold") == nil, "\(replaced)")
  }

  @Test("packed for other reducers: refused with the reason, not misread")
  func otherReducers() throws {
    let program = repository + "/fixtures/reducers/minimal/minimal-python.json"
    let rebuild = ["--reducers", program, "--as-of", CommandLab.asOf, "-o", "t.sqlite", "--force", "--quiet"]
    let refused = try lab.refold(["rebuild", "log.refold"] + rebuild)
    #expect(refused.status == 2 && lab.folder.bytes("t.sqlite") == nil, "\(refused)")
    let words = refused.errors.onOneLine
    #expect(words.contains("log.refold: was packed for other reducers") && words.contains("--all-fields"), "\(words)")

    func digest(_ arguments: [String]) throws -> String {
      let rebuilt = try lab.refold(["rebuild"] + arguments + rebuild)
      #expect(rebuilt.status == 0, "\(rebuilt)")
      return try lab.refold(["digest", "t.sqlite"]).output
    }
    let expected = try digest(["log.ndjson", "--users", "users.ndjson"])
    for (name, options) in [("all.refold", ["--all-fields"]), ("own.refold", ["--reducers", program])] {
      let packed = try lab.refold(["pack", "log.ndjson", "--users", "users.ndjson", "-o", name] + options)
      #expect(packed.status == 0, "\(packed)")
      #expect(try digest([name]) == expected, "\(name)")
    }
    // Packs of different fields cannot be joined, and one of what is read does not become one of everything.
    for arguments in [
      ["log.refold", "own.refold"], ["own.refold", "log.ndjson"], ["log.refold", "--all-fields"],
      ["all.refold", "log.refold", "--all-fields"],
    ] {
      let joined = try lab.refold(["pack"] + arguments + ["-o", "j.refold"])
      #expect(joined.status == 2 && joined.errors.contains("was packed"), "\(arguments): \(joined)")
      #expect(lab.folder.bytes("j.refold") == nil)
    }
    let joined = try lab.refold(["pack", "all.refold", "log.refold", "-o", "j.refold"])
    #expect(joined.status == 0 && lab.folder.bytes("j.refold") == lab.folder.bytes("log.refold"), "\(joined)")
    // A refold of another domain.
    let bank = try lab.refold(["rebuild", "log.refold", "-o", "b.sqlite"], binary: builtPrograms + "/refold-bank")
    #expect(bank.status == 2 && bank.errors.contains("was packed for other reducers"), "\(bank)")
    let other = try lab.refold(
      ["rebuild", "all.refold", "-o", "b.sqlite", "--as-of", CommandLab.asOf], binary: builtPrograms + "/refold-bank")
    #expect(other.status == 0, "\(other)")
  }

  @Test(
    "the recorded cases with a program that reads whole events", arguments: ["realistic", "number-too-long", "text"])
  func program(name: String) throws {
    let folder = repository + "/fixtures/cases/" + name
    let log = try #require(
      try FileManager.default.contentsOfDirectory(atPath: folder).first { $0.hasPrefix("events.nd") })
    let program = repository + "/fixtures/reducers/fitness.json"
    var digests: Set<String> = []
    for (number, options) in [nil, ["--all-fields"], ["--reducers", program]].enumerated() {
      var input = [folder + "/" + log, "--users", folder + "/users.ndjson"]
      if let options {
        let packed = try lab.refold(["pack"] + input + ["-o", "\(number).refold"] + options)
        #expect(packed.status == 0, "\(packed)")
        input = ["\(number).refold"]
      }
      let rebuilt = try lab.refold(
        ["rebuild"] + input + ["--as-of", CommandLab.asOf, "-o", "\(number).sqlite", "--reducers", program])
      #expect(rebuilt.status == 0, "\(rebuilt)")
      digests.insert(try lab.refold(["digest", "\(number).sqlite"]).output)
    }
    #expect(digests.count == 1 && digests.first?.isEmpty == false)
  }
}
