import EventModel
import Folding

extension Profile.Texts {
  /// Every text and what it is used for.
  package var wordings: [Wording] {
    var wordings = [
      Wording(timezoneAssumption, "timezone_assumption"), Wording(defaultObjective, "default_objective"),
      Wording(staleReference, "stale_reference"), Wording(trackabilityGap, "objective_trackability_gap"),
      Wording(defaultInferred, "objective_default_inferred"), Wording(metricStaleness, "objective_metric_staleness"),
      Wording(overrideReviewDue, "objective_override_review_due"),
    ]
    let capabilities = [
      ("strength_1rm", strength), ("sprint_max_speed", sprint), ("jump_height", jump),
      ("endurance_threshold", endurance),
    ]
    for (key, texts) in capabilities {
      for (list, texts) in [("insufficient", texts.insufficient), ("degraded", texts.degraded)] {
        for (place, text) in texts.enumerated() { wordings.append(Wording(text, "\(key).\(list)[\(place)]")) }
      }
    }
    return wordings
  }
}
