import EventModel
import Fitness
import Folding
import JSONTape
import Testing

/// One rule of the contract as a test case: a history and the expected results.
package struct RuleCase: Sendable, CustomTestStringConvertible {
  /// The contract's page and the rule.
  package var rule: String
  package var history: String
  package var asOf: String
  /// What to look up, and its expected JSON:
  /// - `KEY PATH`: the value at the path in a projection's data.
  /// - `last KEY`: the number of a row's last event.
  /// - `failed TYPE`: a failure's code. `refused TYPE`: the number of the event that the failure names.
  /// - `has KEY`: whether there is a row.
  /// - `n KEY`, `mean KEY`: a capability's number of observations and its mean.
  /// - `counts`: the numbers of observations of strength, sprint, jump and endurance.
  package var expected: [(what: String, json: String)]

  package init(
    _ rule: String, _ history: String, asOf: String = "2026-02-22T00:00:00Z", _ expected: KeyValuePairs<String, String>
  ) {
    self.rule = rule
    self.history = history
    self.asOf = asOf
    self.expected = expected.map { ($0.key, $0.value) }
  }

  package var testDescription: String { rule }

  /// Folds the history and compares. No projection may fail unless `expected` has a `failed TYPE`.
  package func check(profile: Profile = Profile(), sourceLocation: SourceLocation = #_sourceLocation) throws {
    let folded = try FoldedHistory(history, asOf: asOf, profile: profile)
    for (what, json) in expected {
      let got = found(what, in: folded)
      let wanted = try JSONTree(json).text
      #expect(got == wanted, "\(rule) — \(what)", sourceLocation: sourceLocation)
    }
    let mentioned = expected.contains { $0.what.hasPrefix("failed ") }
    if !mentioned {
      #expect(folded.failures.isEmpty, "\(rule) — unexpected failure", sourceLocation: sourceLocation)
    }
  }

  private func found(_ what: String, in folded: FoldedHistory) -> String {
    let parts = what.split(separator: " ", maxSplits: 1).map(String.init)
    let name = parts.count > 1 ? parts[1] : ""
    switch parts[0] {
    case "last": return number(folded.lastEvents[name])
    case "failed":
      return folded.failures[name].map { "\"\($0.code.rawValue)\"" } ?? "null"
    case "refused": return number(folded.failures[name]?.event)
    case "n": return folded.rows[name]?.at("data_sufficiency.observed_observations")?.text ?? "no row"
    case "mean": return folded.rows[name]?.at("estimate.mean")?.text ?? "no row"
    case "counts":
      let keys = ["strength_1rm", "sprint_max_speed", "jump_height", "endurance_threshold"]
      return "[" + keys.map { found("n " + $0, in: folded) }.joined(separator: ",") + "]"
    case "has": return folded.rows[name] == nil ? "false" : "true"
    default: return folded.rows[parts[0]].map { ($0.at(name) ?? .string("(absent)")).text } ?? "no row"
    }
  }

  private func number(_ id: EventID?) -> String {
    guard let id else { return "null" }
    return Int(id.description.suffix(12), radix: 16).map(String.init) ?? id.description
  }
}
