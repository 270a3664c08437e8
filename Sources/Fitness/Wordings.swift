import EventModel
import Folding

extension Profile {
  /// Every text and its use.
  package var wordings: [Wording] {
    var wordings = [
      Wording(texts.timezoneAssumption, "timezone_assumption"), Wording(texts.defaultObjective, "default_objective"),
      Wording(texts.staleReference, "stale_reference"), Wording(texts.trackabilityGap, "objective_trackability_gap"),
      Wording(texts.defaultInferred, "objective_default_inferred"),
      Wording(texts.metricStaleness, "objective_metric_staleness"),
      Wording(texts.overrideReviewDue, "objective_override_review_due"),
    ]
    let capabilities = [
      ("strength_1rm", texts.strength), ("sprint_max_speed", texts.sprint), ("jump_height", texts.jump),
      ("endurance_threshold", texts.endurance),
    ]
    for (key, texts) in capabilities {
      for (list, texts) in [("insufficient", texts.insufficient), ("degraded", texts.degraded)] {
        for (place, text) in texts.enumerated() { wordings.append(Wording(text, "\(key).\(list)[\(place)]")) }
      }
    }
    return wordings
  }
}
