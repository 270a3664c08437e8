import EventModel
import Projections
import PythonValues

/// What everybody must know of `objective_state`.
package enum ObjectiveStateProjection {
  package static let type = "objective_state"

  static let v1 = Projection(schema) { ObjectiveState($0) }

  static let triggers = EventTypeSet(EventType.objective).subtracting(EventTypeSet(EventType.capability))

  private static let schema = ProjectionSchema(
    type: type, version: "objective_state_model.v1", keys: ["active"], triggers: triggers,
    sources: triggers.union(InferredProfile.sources).union([.eventRetracted]), inferredFrom: InferredProfile.sources,
    clock: nil, stamp: "model_version",
    requires: nil,
    words: ProjectionSchema.words(
      """
      active_constraints active_objective anti_goals archived coach collaborate confidence consistency_score \
      constraint_markers default.objective default_inferred description endurance_base event_type \
      explicit_objective_events general_health goal.set hypothesis inferred_confidence journal \
      legacy.goal.latest legacy_goal_events legacy_goal_set metric mode model_version objective.archived \
      objective.set objective.updated objective_history objective_id objective_state.v1 \
      objective_state_model.v1 override_rationale_events primary_goal schema_version secondary_goals source \
      source_summary strength_base success_metrics target_1rm_kg target_exercise timeframe_weeks timestamp \
      type unresolved_fields unspecified updated_at user_explicit version
      """),
    texts: [
      TextPlace("active_objective.primary_goal.description", .textWhere(Objective.isAssumed(in: "active_objective")))
    ], drift: [], observations: nil,
    quality: QualityPlaces(status: nil, statuses: [], confidence: "inferred_confidence"), isObserved: true)
}

/// What everybody must know of `objective_advisory`.
package enum ObjectiveAdvisoryProjection {
  package static let type = "objective_advisory"

  static let v1 = Projection(schema) { ObjectiveAdvisory($0) }

  private static let triggers = EventTypeSet(EventType.objective)

  private static let schema = ProjectionSchema(
    type: type, version: "objective_advisory.v1", keys: ["overview"], triggers: triggers,
    sources: triggers.union(InferredProfile.sources).union([.eventRetracted]),
    inferredFrom: InferredProfile.sources.subtracting(triggers), clock: "generated_at",
    stamp: "schema_version",
    requires: ObjectiveStateProjection.type,
    words: ProjectionSchema.words(
      """
      actor advisory_only anti_goals_count approval_required_high_impact_write by_actor by_scope coach code \
      collaborate confidence consent_write_gate default.objective default_inferred description endurance_base \
      evidence expected_outcome gap gaps general_health generated_at has_primary_goal_target info journal \
      last_activity_at legacy.goal.latest legacy_goal_set message missing_primary_goal_target \
      missing_success_metrics mode objective_advisory.v1 objective_confidence objective_default_inferred \
      objective_id objective_metric_staleness objective_override_review_due objective_snapshot \
      objective_trackability_gap overridable override_summary policy_role primary_goal reason recent \
      recent_count recent_days review_due_count review_point safety_invariants_non_overridable schema_version \
      scope secondary_goals_count severity source staleness_days_threshold status strength_base \
      success_metrics_count target_1rm_kg target_exercise timeframe_weeks timestamp total_count trackability \
      tracked type unspecified user_explicit warning warning_count warnings
      """),
    texts: [
      TextPlace("warnings.*.message", .text),
      TextPlace(
        "objective_snapshot.primary_goal.description", .textWhere(Objective.isAssumed(in: "objective_snapshot"))),
    ],
    drift: [], observations: nil, quality: nil, isObserved: true)
}

extension Objective {
  /// What tells the objective that is assumed of a user who stated none, whose description is a text of the profile.
  fileprivate static func isAssumed(in member: String) -> [TextPlace.MemberTest] {
    [
      .isAbsent(member + ".updated_at"), .isText(member + ".objective_id", "default.objective"),
      .isText(member + ".source", "default_inferred"),
    ]
  }
}
