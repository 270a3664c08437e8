import EventModel
import JSONTape
import Projections
import Testing

/// A rule of the contract as data: a history and what must come of it.
package struct RuleCase: Sendable, CustomTestStringConvertible {
  /// Page and rule.
  package var rule: String
  package var history: String
  package var asOf: String
  /// What to look at and its JSON: `KEY PATH` for a projection's data, `last KEY` for the number of its last event,
  /// `failed TYPE` for a failure's code, `refused TYPE` for the number of the event it names.
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

  /// Folds the history and compares.
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
    case "has": return folded.rows[name] == nil ? "false" : "true"
    default: return folded.rows[parts[0]].map { ($0.at(name) ?? .string("(absent)")).text } ?? "no row"
    }
  }

  private func number(_ id: EventID?) -> String {
    guard let id else { return "null" }
    return Int(id.description.suffix(12), radix: 16).map(String.init) ?? id.description
  }
}
