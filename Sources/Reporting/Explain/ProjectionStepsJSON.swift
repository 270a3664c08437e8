import EventModel
import JSONTape

extension ProjectionSteps {
  var json: JSONTree {
    switch self {
    case .capability(let steps): steps.json
    case .objectiveState(let steps): steps.json
    case .objectiveAdvisory(let steps): steps.json
    }
  }
}

extension CapabilitySteps {
  fileprivate var json: JSONTree {
    .object([
      .init("observed", number(observed)), .init("required", real(required)), .init("minimum", real(minimum)),
      .init("groups", strings(groups.map(\.raw))), .init("estimate", estimate.map(\.json) ?? .null),
      .init(
        "confidence",
        .object([
          .init("base", real(base)), .init("freshness_factor", real(freshnessFactor)),
          .init("degraded_factor", real(degradedFactor)), .init("rounded", real(confidence)),
        ])),
      .init("status", .string(status)), .init("reason_codes", strings(reasons)),
      .init("stale_references", number(stale)),
    ])
  }
}

extension EstimateSteps {
  fileprivate var json: JSONTree {
    .object([
      .init("count", number(count)),
      .init(
        "values",
        .array(values.map { .object([.init("value", real($0.value)), .init("count", number($0.count))]) })),
      .init("least", real(least)), .init("greatest", real(greatest)), .init("sum", real(sum)),
      .init("mean", real(mean)), .init("squares", squares.map(real) ?? .null), .init("deviation", real(deviation)),
      .init("interval_deviations", real(width)), .init("rounded_mean", real(roundedMean)), .init("low", real(low)),
      .init("high", real(high)),
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
