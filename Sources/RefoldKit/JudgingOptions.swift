import ArgumentParser
import Comparing
import Folding
import Reporting

/// Fields whose differences are tolerated. Every command that compares has these options.
struct RuleOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Tolerate any difference at this path; * matches any step. Repeatable.", valueName: "[type[/key]:]path"))
  var ignore: [String] = []

  @Option(
    help: ArgumentHelp(
      "Tolerate numbers that differ by at most this. Repeatable.", valueName: "[type[/key]:]path=abs[,rel]")
  )
  var tolerance: [String] = []

  @Option(help: ArgumentHelp("Read such rules from a JSON file; repeatable.", valueName: "file"), completion: .file())
  var rules: [String] = []

  /// Whether a rule names projections.
  var hasRules: Bool { !(rules.isEmpty && ignore.isEmpty && tolerance.isEmpty) }

  /// The rules of all options. A command that does other work first reads them before it, to refuse a wrong one.
  ///
  /// - Parameter catalogue: names the projections that rules can be about.
  @discardableResult func read(_ catalogue: Catalogue) throws -> DiffRules {
    var rules = DiffRules(catalogue)
    for path in self.rules { try rules.read(path) }
    for text in ignore { try rules.ignore(text) }
    for text in tolerance { try rules.tolerance(text) }
    return rules
  }
}

/// When a comparison with live rows fails. `diff`, `audit` and `report` share it.
struct JudgingOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Acceptable causes, separated by commas, or none. Default: clock,texts.", valueName: "cause,…"))
  var allow: CausesArgument?

  @OptionGroup var fields: RuleOptions

  @Option(help: ArgumentHelp("How many changed or unexplained rows to accept. Default: 0.", valueName: "n|p%"))
  var maxChanged: BudgetArgument?

  @Option(
    help: ArgumentHelp(
      "How long before the row an unseen event may have been stored: 90s, 15m, 1h.", valueName: "duration"))
  var unseenWithin = DurationArgument(microseconds: 3_600_000_000)

  @Option(
    help: ArgumentHelp(
      "Minimum share of the snapshot's rows that live must have; less is exit status 2.", valueName: "p%"))
  var minCoverage: ShareArgument?

  @Option(
    help: ArgumentHelp(
      """
      Bookkeeping columns that must also exist and be equal: id, version, last_event_id, created_at, updated_at.
      """,
      valueName: "column,…"))
  var bookkeeping: ColumnsArgument?

  /// What makes the diff fail, as a plan.
  ///
  /// - Parameter rules: those of ``fields``.
  func add(_ rules: DiffRules, to plan: inout DiffReportPlan) {
    if let allowed = allow?.causes ?? rules.allowed { plan.allowed = allowed }
    if let budget = maxChanged?.budget { plan.maxChanged = budget }
    if let share = minCoverage?.share { plan.minimumCoverage = share }
    plan.columns = bookkeeping?.columns ?? []
  }
}
