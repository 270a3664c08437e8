import Foundation
import JSONTape
import ProcessSupport
import TestSupport
import Testing

@Suite("refold show, digest, profile, help")
struct OtherCommandsTests {
  private let folder: TemporaryFolder
  private let snapshot: String
  private static let jumper = "74e74f06-cc8d-4c36-8c04-4e671ffe917c"
  private static let archiver = "ecd8185d-4d24-4de1-8b09-17dde0114fdd"

  init() throws {
    folder = try TemporaryFolder()
    snapshot = folder.file("s.sqlite")
    let outcome = try Tool.run(
      "rebuild", Fixtures.demo, "--users", Fixtures.demoUsers, "--as-of", Fixtures.asOf, "-o", snapshot)
    try #require(outcome.status == 0)
  }

  @Test(
    "help and version: exit 0 on standard output",
    arguments: [
      ["--help"], ["help"], ["rebuild", "--help"], ["show", "-h"], ["digest", "--help"], ["profile", "--help"],
      ["--version"],
    ])
  func help(_ arguments: [String]) throws {
    let outcome = try Tool.run(arguments)
    #expect(outcome.status == 0)
    #expect(outcome.errors == "")
    #expect(!outcome.output.isEmpty)
    if arguments != ["--version"] { #expect(outcome.output.contains("USAGE")) }
  }

  @Test("show prints a user's projections, one type, one key")
  func show() throws {
    let all = try Tool.run("show", snapshot, OtherCommandsTests.jumper)
    #expect(all.status == 0)
    #expect(all.errors == "")
    for name in ["capability_estimation/jump_height", "objective_advisory/overview", "objective_state/active"] {
      #expect(all.output.contains(name))
    }
    let type = try JSONTree(
      Tool.run("show", snapshot, OtherCommandsTests.jumper, "capability_estimation", "--json").output)
    #expect(type.array?.count == 4)
    let key = try JSONTree(
      Tool.run("show", snapshot, OtherCommandsTests.jumper.uppercased(), "capability_estimation/jump_height", "--json")
        .output)
    #expect(key.array?.count == 1)
    #expect(key.at("0.data.capability")?.string == "jump_height")
    #expect(key.at("0.data.timezone_context.timezone")?.string == "America/New_York")
    #expect(key.at("0.user_id")?.string == OtherCommandsTests.jumper)
  }

  @Test("show prints failures")
  func showFailure() throws {
    let text = try Tool.run("show", snapshot, OtherCommandsTests.archiver)
    #expect(text.status == 0)
    #expect(text.output.contains("number_overflow"))
    let json = try JSONTree(
      Tool.run("show", snapshot, OtherCommandsTests.archiver, "capability_estimation", "--json").output)
    #expect(json.at("0.failure.code")?.string == "number_overflow")
    #expect(json.at("0.failure.event_id")?.string?.count == 36)
  }

  @Test("show exits 1 when the snapshot has no such projection")
  func showNothing() throws {
    #expect(try Tool.run("show", snapshot, FoldedHistory.user).status == 1)
    let quiet = "1fd43b69-4fcf-497b-b112-22c5e6e261d4"
    #expect(try Tool.run("show", snapshot, quiet).status == 0)
    #expect(try Tool.run("show", snapshot, quiet, "capability_estimation").status == 1)
    #expect(try Tool.run("show", snapshot, quiet, "no_such_type").status == 2)
  }

  @Test("show keeps canonically equivalent keys of a goal apart")
  func showKeys() throws {
    let log = try folder.write(
      "log", eventLine(1, type: "objective.set", data: "{\"primary_goal\":{\"\u{E9}\":1,\"e\u{301}\":2}}"))
    #expect(try Tool.run("rebuild", log, "-o", folder.file("t")).status == 0)
    let shown = try Tool.run("show", folder.file("t"), FoldedHistory.user, "objective_state/active", "--json").output
    #expect(try JSONTree(shown).at("0.data.active_objective.primary_goal")?.members?.count == 2)
  }

  @Test("digest prints recomputed digests and detects damage")
  func digest() throws {
    let digest = try Tool.run("digest", snapshot)
    #expect(digest.status == 0)
    #expect(digest.output.contains("digest.snapshot"))
    let json = try JSONTree(Tool.run("digest", snapshot, "--json").output)
    #expect(json["digest.snapshot"]?.string?.count == 64)
    // Pages may hold stale copies of a row, so change every occurrence.
    var bytes = try Fixtures.fileBytes(snapshot)
    let text = Array("\"schema_version\":\"objective_state.v1\"".utf8)
    for at in bytes.indices.dropLast(text.count) where bytes[at] == text[0] && bytes[at + 1] == text[1] {
      if bytes[at..<at + text.count].elementsEqual(text) { bytes[at + text.count - 2] = UInt8(ascii: "2") }
    }
    let damaged = try folder.write("damaged", bytes)
    let outcome = try Tool.run("digest", damaged)
    #expect(outcome.status == 2)
    #expect(outcome.output == "")
    #expect(!outcome.errors.isEmpty)
  }

  @Test("profile prints the built-in profile, a file overrides any part, unknown keys and wrong kinds are errors")
  func profile() throws {
    let builtIn = try Tool.run("profile")
    #expect(builtIn.status == 0)
    let tree = try JSONTree(builtIn.output)
    #expect(tree["profile"]?.string == "builtin.v1")
    #expect(tree.at("texts.capabilities.endurance_threshold.degraded")?.text == "[]")
    #expect(tree.at("constants.required_observations")?.text == "6")
    // The output is a profile too, and reads back as the same one.
    let whole = try folder.write("whole.json", builtIn.output)
    #expect(try Tool.run("profile", whole).output == builtIn.output)
    let part = try folder.write(
      "part.json", #"{"profile":"mine","texts":{"warnings":{"objective_metric_staleness":"!"}}}"#)
    let mine = try JSONTree(Tool.run("profile", part).output)
    #expect(mine["profile"]?.string == "mine")
    #expect(mine.at("texts.warnings.objective_metric_staleness")?.string == "!")
    #expect(mine.at("texts.stale_reference")?.text == tree.at("texts.stale_reference")?.text)
    #expect(tree["time_zones"] == (try JSONTree(#"{"names":null,"directory_names":"fail"}"#)))
    let zones = try folder.write(
      "zones.json", #"{"time_zones":{"names":["UTC","Europe/Berlin","UTC","localtime"],"directory_names":"invalid"}}"#)
    let printed = try Tool.run("profile", zones).output
    #expect(
      try JSONTree(printed)["time_zones"]
        == JSONTree(#"{"names":["Europe/Berlin","UTC","localtime"],"directory_names":"invalid"}"#))
    #expect(try Tool.run("profile", try folder.write("again.json", printed)).output == printed)
    for (text, path) in [
      (#"{"time_zones":[]}"#, "time_zones"), (#"{"time_zones":{"x":1}}"#, "time_zones.x"),
      (#"{"time_zones":{"names":"UTC"}}"#, "time_zones.names"), (#"{"time_zones":{"names":[1]}}"#, "time_zones.names"),
      (#"{"time_zones":{"names":["UTC","Mars/Olympus","X"]}}"#, "time_zones.names: Mars/Olympus and 1 more"),
      (#"{"time_zones":{"directory_names":"ok"}}"#, "time_zones.directory_names"),
      (#"{"time_zones":{"directory_names":null}}"#, "time_zones.directory_names"),
      (#"{"text":{}}"#, "text"), (#"{"texts":{"x":""}}"#, "texts.x"),
      (#"{"texts":{"warnings":{"x":""}}}"#, "texts.warnings.x"),
      (#"{"texts":{"capabilities":{"x":{}}}}"#, "texts.capabilities.x"), (#"{"constants":{"x":1}}"#, "constants.x"),
      (#"{"constants":{"history_entries":1.5}}"#, "constants.history_entries"), (#"{"profile":7}"#, "profile"),
      (#"{"texts":{"stale_reference":null}}"#, "texts.stale_reference"),
      (#"{"texts":{"capabilities":{"jump_height":{"degraded":"x"}}}}"#, "texts.capabilities.jump_height.degraded"),
      (#"{"constants":{"required_observations":0}}"#, "constants.required_observations"), ("[]", "profile"),
    ] {
      let outcome = try Tool.run("profile", try folder.write("bad.json", text))
      #expect(outcome.status == 2)
      #expect(outcome.errors.contains(path + ": "), "\(outcome.errors)")
    }
  }

  @Test("a profile changes the texts of a rebuild and is in the manifest")
  func profileInRebuild() throws {
    let profile = try folder.write("mine.json", #"{"profile":"mine","texts":{"default_objective":"Tell us."}}"#)
    let outcome = try Tool.run(
      "rebuild", Fixtures.demo, "--users", Fixtures.demoUsers, "--profile", profile, "-o", folder.file("p"), "--json")
    #expect(try JSONTree(outcome.output)["profile"]?.string == "mine")
    let shown = try Tool.run(
      "show", folder.file("p"), "1fd43b69-4fcf-497b-b112-22c5e6e261d4", "objective_state/active", "--json")
    #expect(try JSONTree(shown.output).at("0.data.active_objective.primary_goal.description")?.string == "Tell us.")
  }

  @Test("a closed pipe ends the program quietly")
  func brokenPipe() throws {
    let finished = try run(
      "/bin/sh", ["-c", #""$0" show "$1" "$2" | true"#, refoldBinary, snapshot, OtherCommandsTests.jumper])
    #expect(finished.errors == "")
  }
}
