import ArgumentParser
import Comparing
import Platform

/// Which differences are known and accepted one by one. `diff`, `audit` and `report` share it.
struct AcceptOptions: ParsableArguments {
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

/// Whether the environment is one of continuous integration: `CI` is set and is neither empty nor `false` nor `0`.
var isContinuousIntegration: Bool {
  getenv("CI").map { !["", "false", "0"].contains(String(cString: $0)) } ?? false
}
