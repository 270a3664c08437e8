import EventModel
import Fitness
import Folding
import JSONTape
import Reporting
import TestSupport
import Testing

/// Every user of every recorded log.
@Suite("explain: the recorded logs")
struct RecordedTests {
  @Test("observing a fold changes nothing: same rows, bytes, last events, failures", arguments: Recorded.cases)
  func observationChangesNothing(name: String) throws {
    let observer = FoldObserver { _, _ in }
    for user in try #require(Recorded.users[name]) {
      let events = user.records.events
      #expect(try FoldResult.of(events, observer: observer) == FoldResult.of(events), "\(user.id)")
    }
  }

  @Test("every record of a user is accounted for exactly once", arguments: Recorded.cases)
  func accounting(name: String) throws {
    for user in try #require(Recorded.users[name]) {
      let explanation = user.explanation
      #expect(explanation.total == user.lines && explanation.records.count == user.lines, "\(user.id)")
      let order = explanation.records.compactMap(\.event)
      let isOrdered = zip(order, order.dropFirst()).allSatisfy {
        ($0.timestamp, $0.id) <= ($1.timestamp, $1.id)
      }
      #expect(isOrdered, "\(user.id)")
    }
  }

  @Test("the numbers in the explanation equal those in the rows", arguments: Recorded.cases)
  func numbersAreTheRows(name: String) throws {
    var compared = 0
    for user in try #require(Recorded.users[name]) {
      let explanation = user.explanation
      for projection in explanation.projections {
        guard case .row(let data, _) = projection.outcome else { continue }
        compared += 1
        switch try #require(projection.steps as? FitnessSteps, "\(user.id) \(projection.name)") {
        case .capability(let steps):
          #expect(differences(steps, data) == [], "\(user.id) \(projection.name)")
          #expect(differences(steps, explanation.outcomes(steps.capability)) == [], "\(user.id) \(projection.name)")
        case .objectiveState(let steps): #expect(differences(steps, data) == [], "\(user.id)")
        case .objectiveAdvisory(let steps): #expect(differences(steps, data) == [], "\(user.id)")
        }
      }
    }
    #expect(compared > 50)
  }

  @Test(
    "leaving out an event without effect, or of a type that nobody reads, changes no row",
    arguments: Recorded.cases)
  func withoutEffect(name: String) throws {
    var random = SeededGenerator(seed: 20_261_122)
    var tried = 0
    for user in try #require(Recorded.users[name]) {
      let events = user.records.events
      let idle = user.explanation.records.filter { $0.disposition == .withoutEffect || $0.disposition == .unread }
        .compactMap(\.event)
      let whole = try FoldResult.of(events)
      for event in idle.shuffled(using: &random).prefix(4) {
        let rest = events.filter { $0.id != event.id }
        // Capability rows exist only if the user has an event of one of these four types.
        if !rest.contains(where: { (1...4).contains($0.type) }) { continue }
        tried += 1
        let left = try FoldResult.of(rest)
        for (name, data) in whole.rows where !name.hasSuffix("last event") {
          #expect(left.rows[name] == data, "\(user.id) without \(event.id): \(name)")
        }
        #expect(left.failures == whole.failures, "\(user.id) without \(event.id)")
      }
    }
    #expect(tried > 0 || name == "formats")
  }

  // MARK: Comparison

  /// Paths at which the steps and the row's data differ.
  private func differences(_ steps: CapabilitySteps, _ data: JSONTree) -> [String] {
    var pairs: [(String, JSONTree?)] = [
      ("data_sufficiency.observed_observations", .integer(Int64(steps.observed))),
      ("data_sufficiency.required_observations", .integer(Int64(steps.required))),
      ("data_sufficiency.uncertainty_reason_codes", .array(steps.reasons.map(JSONTree.string))),
      ("confidence", canonical(steps.confidence)), ("status", .string(steps.status)),
      ("estimate.mean", canonical(steps.estimate?.roundedMean)),
      ("estimate.interval", .array([canonical(steps.estimate?.low), canonical(steps.estimate?.high)])),
    ]
    if steps.estimate != nil {
      pairs.append(("comparability.groups", .array(steps.groups.map { .string($0.raw) })))
      pairs.append(("comparability.groups_total", .integer(Int64(steps.groups.count))))
    }
    return pairs.filter { data.at($0.0) != $0.1 }.map(\.0)
  }

  /// The names of steps that do not follow from the observations in the events' facts.
  private func differences(_ steps: CapabilitySteps, _ outcomes: [Provenance.Observed]) -> [String] {
    var wrong: [String] = []
    if outcomes.reduce(0, { $0 + $1.repeats }) != steps.observed { wrong.append("n") }
    if Set(outcomes.map(\.group)) != Set(steps.groups) { wrong.append("groups") }
    guard let estimate = steps.estimate else { return wrong }
    let runs = outcomes.map { EstimateSteps.Run(value: $0.value, count: $0.repeats) }
    switch steps.capability {
    case "jump_height":
      var best: [(key: Foreign, value: Double)] = []
      for outcome in outcomes {
        guard let session = outcome.session else { return wrong + ["session"] }
        if let known = best.firstIndex(where: { $0.key == session.key }) {
          best[known].value = max(best[known].value, outcome.value)
        } else {
          best.append((session.key, outcome.value))
        }
      }
      if best.map(\.value) != estimate.values.map(\.value) { wrong.append("best of each session") }
    case "sprint_max_speed":
      let all = runs.flatMap { Array(repeating: $0.value, count: $0.count) }.sorted(by: >)
      if Array(all.prefix(estimate.count)) != estimate.values.flatMap({ Array(repeating: $0.value, count: $0.count) }) {
        wrong.append("fastest")
      }
    default: if runs != estimate.values { wrong.append("values") }
    }
    if estimate.mean != estimate.sum / Double(estimate.count) { wrong.append("mean") }
    return wrong
  }

  private func differences(_ steps: ObjectiveSteps, _ data: JSONTree) -> [String] {
    let pairs: [(String, JSONTree)] = [
      ("active_objective.objective_id", .string(steps.id.raw)), ("inferred_confidence", canonical(steps.confidence)),
      ("source_summary.explicit_objective_events", .integer(Int64(steps.explicitEvents))),
      ("source_summary.legacy_goal_events", .integer(Int64(steps.legacyEvents))),
      ("source_summary.override_rationale_events", .integer(Int64(steps.overrideEvents))),
    ]
    let updated = data.at("active_objective.updated_at")?.string
    return pairs.filter { data.at($0.0) != $0.1 }.map(\.0)
      + (data.at("objective_history")?.array?.count == steps.historyKept ? [] : ["objective_history"])
      + (updated == steps.updatedAt?.description ? [] : ["updated_at"])
  }

  private func differences(_ steps: AdvisorySteps, _ data: JSONTree) -> [String] {
    let pairs: [(String, JSONTree)] = [
      ("trackability.gaps", .array(steps.gaps.map(JSONTree.string))),
      ("trackability.has_primary_goal_target", .bool(steps.hasTarget)),
      ("trackability.success_metrics_count", .integer(Int64(steps.successMetrics))),
      ("trackability.last_activity_at", steps.lastActivity.map { .string($0.description) } ?? .null),
      ("override_summary.total_count", .integer(Int64(steps.overrides))),
      ("override_summary.recent_count", .integer(Int64(steps.listedOverrides))),
      ("override_summary.review_due_count", .integer(Int64(steps.reviewsDue))),
      ("objective_snapshot.confidence", canonical(steps.confidence)),
    ]
    let codes = data.at("warnings")?.array?.compactMap { $0["code"]?.string }
    return pairs.filter { data.at($0.0) != $0.1 }.map(\.0) + (codes == steps.warnings ? [] : ["warnings"])
  }

  /// The number as it is after writing it as canonical JSON and reading it back.
  private func canonical(_ value: Double?) -> JSONTree {
    guard let value else { return .null }
    let output = ByteArena()
    var writer = CanonicalWriter(output: output)
    writer.double(value)
    return (try? JSONTree(parsing: Array(output.bytes))) ?? .null
  }
}

extension Provenance {
  struct Observed {
    var value: Double
    var repeats: Int
    var group: Foreign
    var session: SessionFact?
  }

  /// The observations of a capability according to the events' facts, in fold order.
  func outcomes(_ capability: String) -> [Observed] {
    records.flatMap(\.facts).flatMap { fact -> [Observed] in
      guard case .row(let row)? = fact as? FitnessFact else { return [] }
      return row.outcomes.compactMap { outcome in
        guard outcome.capability == capability, case .observed(let value) = outcome.result else { return nil }
        return Observed(value: value, repeats: row.repeats, group: outcome.group ?? "", session: outcome.session)
      }
    }
  }
}
