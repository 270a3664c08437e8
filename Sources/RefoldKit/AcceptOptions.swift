import ArgumentParser
import Comparing
import Platform

/// Which differences are known and accepted one by one. Every command with a verdict about differences has these options.
struct AcceptFileOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Accept the differences that this NDJSON file lists, as long as they stay as they are; repeatable.",
      valueName: "file"), completion: .file())
  var accept: [String] = []

  @Flag(help: "Fail if an entry of --accept has expired or accepts nothing.")
  var strictAccept = false

  func validate() throws {
    if strictAccept, accept.isEmpty { throw ValidationError("--strict-accept is for --accept") }
  }

  var plan: RegisterPlan {
    var plan = RegisterPlan()
    plan.accept = accept
    plan.isStrict = strictAccept
    return plan
  }
}

/// The same, and the file of those that were found. `diff`, `audit`, `report` and `compare` share it.
struct AcceptOptions: ParsableArguments {
  @OptionGroup var files: AcceptFileOptions

  @Option(
    help: ArgumentHelp(
      "Write an accept file with an entry for each difference that no cause accepts; with CI set, only with --force.",
      valueName: "file"), completion: .file())
  var writeAccept: String?

  var accept: [String] { files.accept }

  /// - Parameter force: whether the command was told to write all the same.
  func validate(force: Bool) throws {
    if writeAccept != nil, !force, isContinuousIntegration {
      throw ValidationError("--write-accept: CI is set, and nobody would look at what is accepted; --force writes it")
    }
  }

  var plan: RegisterPlan {
    var plan = files.plan
    plan.write = writeAccept
    return plan
  }
}

/// Whether the environment is one of continuous integration: `CI` is set and is neither empty nor `false` nor `0`.
var isContinuousIntegration: Bool {
  getenv("CI").map { !["", "false", "0"].contains(String(cString: $0).lowercased()) } ?? false
}
