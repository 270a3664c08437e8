import ArgumentParser
import Comparing
import EventLog
import Folding
import Platform
import Rebuilding
import Running

/// Rows that something else than refold computed, in place of a snapshot.
struct ExpectedOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Compare with these rows in place of a snapshot: an export of what SQL, dbt or any program computed; repeatable.",
      valueName: "file"), completion: .file())
  var expected: [String] = []

  var isGiven: Bool { !expected.isEmpty }

  /// Refuses what does not go with expected rows, or without them.
  func validate(asOf: InstantArgument?) throws {
    if isGiven, asOf == nil {
      throw ValidationError("--expected needs --as-of: the instant as of which the rows were computed")
    }
  }

  func plan(
    _ catalogue: Catalogue, asOf: InstantArgument?, _ reading: ReadingOptions, profile: String?, _ resources: Resources
  ) throws -> ExpectedPlan {
    guard let asOf else { preconditionFailure("validated before") }
    var plan = ExpectedPlan(catalogue, paths: expected, asOf: asOf.instant)
    plan.reading = reading
    plan.profile = try catalogue.loadProfile(profile)
    plan.resources = resources
    return plan
  }
}

/// The same on commands that compare a snapshot: the instant goes with the rows.
struct ExpectedSideOptions: ParsableArguments {
  @OptionGroup var rows: ExpectedOptions

  @Option(
    name: .customLong("as-of"),
    help: ArgumentHelp("With --expected: the instant as of which the rows were computed.", valueName: "instant"))
  var asOf: InstantArgument?

  var isGiven: Bool { rows.isGiven }
  var files: [String] { rows.expected }
  var name: String { rows.expected.joined(separator: ", ") }

  func validate() throws {
    try rows.validate(asOf: asOf)
    if asOf != nil, !rows.isGiven { throw ValidationError("--as-of goes with --expected: a snapshot has its own") }
  }

  func plan(
    _ catalogue: Catalogue, _ reading: ReadingOptions, profile: String?, _ resources: Resources
  ) throws -> ExpectedPlan {
    try rows.plan(catalogue, asOf: asOf, reading, profile: profile, resources)
  }
}

extension VerifyCommand {
  /// Puts expected rows in place of those that the reducers compute from the log.
  func prepare(_ input: inout SnapshotInput) throws {
    guard expected.isGiven else { return }
    let plan = try expected.plan(
      input.rebuild.catalogue, asOf: rebuild.asOf, rebuild.reading.reading(), profile: rebuild.profile,
      resources.resources)
    input.prepare = { rebuild, progress in
      let rows = try importExpected(plan, progress)
      let check = try rebuild.write(expected: rows)
      if !rebuild.filter.wanted.isEmpty {
        throw RefoldError.usage(
          """
          the expected rows are of \(rebuild.filter.names.joined(separator: ", ")) only, but coverage is counted over \
          all projections
          """)
      }
      return { try withExtendedLifetime(rows) { try check() } }
    }
  }
}
