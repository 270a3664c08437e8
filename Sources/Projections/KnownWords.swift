extension ProjectionCatalog {
  /// The keys and words that the reducers write of their own: what else is in a projection may come from people.
  package static let words: Set<String> = Set(
    """
    active_constraints active_objective actor advisory_only anti_goals anti_goals_count \
    approval_required_high_impact_write archived assumed assumed_default assumption_disclosure \
    average_reference_freshness_days by_actor by_scope capability capability_estimation.v1 capability_output.v1 \
    caveats coach code collaborate comparability confidence consent_write_gate consistency_score \
    constraint_markers data_sufficiency default.objective default_inferred degraded_comparability description \
    details device_surface_mismatch diagnostics e1rm_source_counts effort_context_missing endurance_base \
    endurance_threshold estimate event_type evidence expected_outcome explicit explicit_objective_events \
    fallback_epley gap gaps general_health generated_at goal.set group_count groups groups_total \
    has_primary_goal_target high hypothesis inferred_confidence inferred_from_rpe info insufficient_data \
    insufficient_observation_count interval journal jump_height last_activity_at legacy.goal.latest \
    legacy_goal_events legacy_goal_set mean medium message metric missing_primary_goal_target \
    missing_success_metrics mode model_version multiple_comparability_groups objective.archived objective.set \
    objective.updated objective_advisory.v1 objective_confidence objective_default_inferred objective_history \
    objective_id objective_metric_staleness objective_override_review_due objective_snapshot objective_state.v1 \
    objective_state_model.v1 objective_trackability_gap observed_observations ok overridable \
    override_rationale_events override_summary policy_role preference primary_goal protocol_mismatch \
    protocol_signature reason recent recent_count recent_days recommended_next_observations \
    reference_protocol_mismatch required_observations review_due_count review_point \
    safety_invariants_non_overridable schema_version scope secondary_goals secondary_goals_count session_trials \
    severity source source_summary sprint_max_speed stale_reference stale_reference_count \
    staleness_days_threshold status strength_1rm strength_base success_metrics success_metrics_count \
    target_1rm_kg target_exercise timeframe_weeks timestamp timezone timezone_context total_count trackability \
    tracked type uncertainty_reason_codes unresolved_fields unspecified updated_at user_explicit version warning \
    warning_count warnings
    """.split(separator: " ").map(String.init))
}
