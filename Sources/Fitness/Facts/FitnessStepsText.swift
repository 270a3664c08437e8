import EventModel
import Folding
import Formatting

extension FitnessSteps {
  package func rows(_ table: inout TextTable, from event: (id: EventID, timestamp: Instant)?) {
    switch self {
    case .capability(let steps): steps.rows(&table)
    case .objectiveState(let steps): steps.rows(&table, event)
    case .objectiveAdvisory(let steps): steps.rows(&table)
    }
  }
}

extension CapabilitySteps {
  fileprivate func rows(_ table: inout TextTable) {
    table.row(
      "  n", "\(grouped(observed)) observations; \(exact(required)) required, at least \(exact(minimum))")
    if !groups.isEmpty {
      table.row("  groups", "\(groups.count): " + groups.map(\.text).joined(separator: ", "))
    }
    if let estimate {
      let which =
        switch capability {
        case "sprint_max_speed": "the fastest third, three at least"
        case "jump_height": "the best of each session"
        default: "all"
        }
      table.row("  values", "k = \(grouped(estimate.count)), \(which): \(estimate.valueList)")
      table.row(
        "  mean",
        "\(exact(estimate.sum)) / \(estimate.count) = \(exact(estimate.mean)) → \(exact(estimate.roundedMean))")
      let deviation =
        estimate.squares.map { "sqrt(max(1e-9, \(exact($0)) / \(estimate.count - 1)))" } ?? "max(0.05 × |mean|, 0.05)"
      table.row("  sd", "\(deviation) = \(exact(estimate.deviation))")
      table.row(
        "  interval", "mean ± \(exact(estimate.width)) × sd → [\(exact(estimate.low)), \(exact(estimate.high))]")
    }
    var factors = "clamp(\(observed) / \(exact(required)), 0, 1) = \(exact(base))"
    if freshnessFactor != 1 { factors += " × \(exact(freshnessFactor)) age of references" }
    if degradedFactor != 1 { factors += " × \(exact(degradedFactor)) degraded" }
    table.row("  confidence", factors + " → \(exact(confidence))")
    table.row("  status", status + (why.isEmpty ? "" : ": " + why.joined(separator: "; ")))
    if !reasons.isEmpty { table.row("  reason codes", reasons.joined(separator: ", ")) }
  }

  private var why: [String] {
    if estimate == nil { return ["fewer than \(exact(minimum)) observations"] }
    return (groups.count > 1 ? ["\(groups.count) comparability groups"] : [])
      + (stale > 0 ? ["\(stale) of a stale reference"] : [])
  }
}

extension EstimateSteps {
  /// All values if there are at most 12, otherwise the least and the greatest.
  fileprivate var valueList: String {
    if count > 12 { return exact(least) + " … " + exact(greatest) }
    return values.flatMap { Array(repeating: exact($0.value), count: $0.count) }.joined(separator: ", ")
  }
}

extension ObjectiveSteps {
  fileprivate func rows(_ table: inout TextTable, _ event: (id: EventID, timestamp: Instant)?) {
    switch origin {
    case .explicit:
      table.row(
        "  active", "\(id.text), the newest explicit objective that is not archived" + ObjectiveSteps.place(event)
      )
    case .legacyGoal:
      table.row("  active", "\(id.text), the last goal, as no explicit objective is open" + ObjectiveSteps.place(event))
    case .assumed:
      let modality = trainingModality.map { "training modality \($0.text)" } ?? "no training modality"
      table.row("  active", "\(id.text), assumed by \(modality), as no objective is open and no goal is set")
    }
    for candidate in candidates {
      let state = candidate.isArchived ? "archived" : "open"
      table.row("  candidate", "\(candidate.id.text), \(state), updated \(candidate.updatedAt)")
    }
    table.row("  confidence", "\(exact(statedConfidence)) → \(exact(confidence))")
    table.row(
      "  events", "objectives \(explicitEvents), goals \(legacyEvents), overrides \(overrideEvents)")
    table.row(
      "  history", "\(historyKept) of \(historyTotal) entries kept")
  }

  /// Names the last event that changed the active objective.
  private static func place(_ origin: (id: EventID, timestamp: Instant)?) -> String {
    origin.map { "; from \($0.id) at \($0.timestamp)" } ?? ""
  }
}

extension AdvisorySteps {
  fileprivate func rows(_ table: inout TextTable) {
    func rule(_ code: String, _ values: String) {
      table.row("  " + code, (warnings.contains(code) ? "fired: " : "not fired: ") + values)
    }
    rule(
      "objective_trackability_gap",
      "\(successMetrics) success metrics, \(hasTarget ? "a target" : "no target")"
        + (gaps.isEmpty ? "" : " (\(gaps.joined(separator: ", ")))"))
    rule(
      "objective_default_inferred",
      "source \(source.text), confidence \(exact(confidence)) (counts as assumed below \(exact(confidentFrom)))")
    rule(
      "objective_metric_staleness",
      (lastActivity.map { "last activity \($0)" } ?? "no activity") + " (stale before \(staleBefore))")
    rule("objective_override_review_due", "\(reviewsDue) of \(overrides) overrides past their review point")
    table.row("  overrides", "\(overrides), \(listedOverrides) listed as recent")
  }
}
