import EventModel
import Folding
import Formatting
import JSONTape

extension FitnessSteps {
  package var json: StreamedJSON {
    switch self {
    case .capability(let steps): steps.json
    case .objectiveState(let steps): .tree(steps.json)
    case .objectiveAdvisory(let steps): .tree(steps.json)
    }
  }
}

extension CapabilitySteps {
  fileprivate var json: StreamedJSON {
    let factors = JSONTree.object([
      .init("base", real(base)), .init("freshness_factor", real(freshnessFactor)),
      .init("degraded_factor", real(degradedFactor)), .init("rounded", real(confidence)),
    ])
    return .object([
      ("observed", .tree(number(observed))), ("required", .tree(real(required))), ("minimum", .tree(real(minimum))),
      ("groups", .tree(strings(groups.map(\.raw)))), ("estimate", estimate.map(\.json) ?? .tree(.null)),
      ("confidence", .tree(factors)), ("status", .tree(.string(status))), ("reason_codes", .tree(strings(reasons))),
      ("stale_references", .tree(number(stale))),
    ])
  }
}

extension EstimateSteps {
  fileprivate var json: StreamedJSON {
    .object([
      ("count", .tree(number(count))),
      (
        "values",
        .list(count: values.count) { place in
          .tree(.object([.init("value", real(values[place].value)), .init("count", number(values[place].count))]))
        }
      ),
      ("least", .tree(real(least))), ("greatest", .tree(real(greatest))), ("sum", .tree(real(sum))),
      ("mean", .tree(real(mean))), ("squares", .tree(squares.map(real) ?? .null)),
      ("deviation", .tree(real(deviation))),
      ("interval_deviations", .tree(real(width))), ("rounded_mean", .tree(real(roundedMean))),
      ("low", .tree(real(low))), ("high", .tree(real(high))),
    ])
  }
}

extension ObjectiveSteps {
  fileprivate var json: JSONTree {
    .object([
      .init("origin", .string(origin.rawValue)), .init("objective_id", .string(id.raw)),
      .init("updated_at", updatedAt.map(instant) ?? .null),
      .init(
        "candidates",
        .array(
          candidates.map {
            .object([
              .init("objective_id", .string($0.id.raw)), .init("updated_at", instant($0.updatedAt)),
              .init("archived", .bool($0.isArchived)),
            ])
          })),
      .init("training_modality", trainingModality.map { .string($0.raw) } ?? .null),
      .init("stated_confidence", real(statedConfidence)), .init("confidence", real(confidence)),
      .init("explicit_events", number(explicitEvents)), .init("legacy_events", number(legacyEvents)),
      .init("override_events", number(overrideEvents)), .init("history_total", number(historyTotal)),
      .init("history_kept", number(historyKept)),
    ])
  }
}

extension AdvisorySteps {
  fileprivate var json: JSONTree {
    .object([
      .init("success_metrics", number(successMetrics)), .init("has_target", .bool(hasTarget)),
      .init("gaps", strings(gaps)), .init("source", .string(source.raw)), .init("confidence", real(confidence)),
      .init("counts_as_assumed_below", real(confidentFrom)), .init("last_activity", lastActivity.map(instant) ?? .null),
      .init("stale_before", instant(staleBefore)), .init("overrides", number(overrides)),
      .init("listed_overrides", number(listedOverrides)), .init("reviews_due", number(reviewsDue)),
      .init("warnings", strings(warnings)),
    ])
  }
}
