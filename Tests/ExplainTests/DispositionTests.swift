import EventModel
import Fitness
import Folding
import Reporting
import TestSupport
import Testing

/// The disposition of each event, on small histories.
@Suite("explain: dispositions of events")
struct DispositionTests {
  private let heavy = #"{"weight_kg": 100, "reps": 5, "rir": 2}"#

  @Test("training-signals.md §1: a retracted event names the retracting event; retracting nothing has no effect")
  func retraction() throws {
    let explanation = try explained(
      """
      #1 set.logged 01-05T10:00 \(heavy)
      #2 event.retracted 01-06T10:00 {"retracted_event_id": "@1"}
      #3 event.retracted 01-06T11:00 {"retracted_event_id": " @1"}
      #4 event.retracted 01-06T12:00 {"retracted_event_id": "@99"}
      #5 set.logged 01-07T10:00 \(heavy)
      """)
    #expect(
      explanation.dispositions == ["1 retracted", "2 folded", "3 without_effect", "4 without_effect", "5 folded"])
    #expect(explanation.records[0].disposition == .retracted(by: [EventID(FoldedHistory.id(2))!]))
    #expect(
      explanation.allFacts(of: 3).map { $0 as? RetractionFact }
        == [.retractsNothing(field: "retracted_event_id")])
    #expect(explanation.records[0].facts.isEmpty)
  }

  @Test("training-signals.md §2: a set that a session was backfilled from is represented by that session")
  func representation() throws {
    let explanation = try explained(
      """
      #1 set.logged 01-05T10:00 \(heavy)
      #2 session.logged 01-05T11:00 {"blocks": [{"block_type": "strength_set"}]} | {"compat_mode": "legacy_set_backfill", "legacy_event_id": "@1"}
      """)
    #expect(explanation.dispositions == ["1 represented", "2 folded"])
    #expect(explanation.records[0].disposition == .represented(by: EventID(FoldedHistory.id(2))!))
  }

  @Test("training-signals.md §3: corrections say what they changed; one that is overwritten later has no effect")
  func correction() throws {
    let explanation = try explained(
      """
      #1 set.logged 01-05T10:00 \(heavy)
      #2 set.corrected 01-06T10:00 {"target_event_id": "@1", "changed_fields": {"reps": 6}}
      #3 set.corrected 01-07T10:00 {"target_event_id": "@1", "changed_fields": {" reps": {"value": 7}, "mood": 1}}
      #4 set.corrected 01-08T10:00 {"target_event_id": "@1", "changed_fields": 5}
      #5 set.corrected 01-08T11:00 {"target_event_id": "@8", "changed_fields": {"reps": 9}}
      """)
    #expect(
      explanation.dispositions == [
        "1 folded", "2 without_effect", "3 folded", "4 without_effect", "5 without_effect",
      ])
    let set = EventID(FoldedHistory.id(1))!
    #expect(explanation.facts(of: 2) == [.corrects(set: set, field: "reps", order: 0)])
    #expect(
      explanation.facts(of: 3) == [.corrects(set: set, field: "reps", order: 1), .correctsUnreadField(set: set)]
        || explanation.facts(of: 3) == [.correctsUnreadField(set: set), .corrects(set: set, field: "reps", order: 1)])
    #expect(explanation.facts(of: 4) == [.correctionIgnored(.changedFieldsNotObject)])
    #expect(
      explanation.facts(of: 1).prefix(2) == [
        .corrected(FieldChange(order: 0, field: "reps", before: "5", after: "6")),
        .corrected(FieldChange(order: 1, field: "reps", before: "6", after: "7")),
      ])
    let observed = explanation.outcomes("strength_1rm")
    let corrected: Double = 100 * (1 + (7 + 2.0) / 30)
    #expect(observed.map(\.value) == [corrected])
  }

  @Test("training-signals.md §4: blocks keep their index and count; entries that are not objects yield no row")
  func expansion() throws {
    let explanation = try explained(
      """
      #1 session.logged 01-05T10:00 {"blocks": [7, {"block_type": "strength_set", "dose": {"repeats": 3, "work": {"reps": 4}}, "metrics": {"load_kg": {"value": 80}}}, {"block_type": "recovery_session"}]}
      #2 session.logged 01-06T10:00 {"blocks": []}
      #3 external.activity_imported 01-07T10:00 "text"
      """)
    var row = RowFact(block: 1, repeats: 3)
    row.modality = "strength"
    row.rule = .blockType("strength_set")
    var outcome = CapabilityOutcome(capability: "strength_1rm", result: .observed(80 * (1 + 4.0 / 30)))
    outcome.derivation = .oneRep(.epley, load: 80, reps: 4, reserve: 0, source: .fallbackEpley)
    outcome.group = "strength:unspecified"
    row.outcomes = [outcome]
    var idle = RowFact(block: 2, repeats: 1)
    idle.modality = "mixed"
    idle.rule = .blockType("recovery_session")
    #expect(
      explanation.facts(of: 1) == [
        .blockIsNoObject(0), .row(row), .row(idle), .inferredModality("strength"),
      ])
    #expect(explanation.facts(of: 2) == [.noBlocks])
    #expect(explanation.facts(of: 3) == [.yieldsNoRow, .lastActivity])
    #expect(explanation.dispositions == ["1 folded", "2 without_effect", "3 folded"])
  }

  @Test(
    "training-signals.md §6: the rule that gave the modality",
    arguments: [
      (#"{"block_type": " Tempo_Threshold "}"#, "endurance", ModalityRule.blockType("tempo_threshold")),
      (#"{"exercise": "Box_Jump", "sport": "sprint"}"#, "plyometric", .term(field: "exercise", "box_jump")),
      (#"{"sport": "long hop", "capability_target": "accel"}"#, "sprint", .hint(field: "capability_target")),
      (#"{"exercise_id": "plyo x"}"#, "plyometric", .hint(field: "exercise_id")),
      (#"{"contacts": 3, "reps": 4}"#, "plyometric", .contacts),
      (#"{"duration_seconds": "60"}"#, "endurance", .distanceOrDuration),
      (#"{"reps": true}"#, "strength", .loadOrReps),
      (#"{"weight": -5}"#, "mixed", .otherwise),
    ])
  func modality(data: String, modality: String, rule: ModalityRule) throws {
    let explanation = try explained("#1 set.logged 01-05T10:00 \(data)")
    let rows = explanation.facts(of: 1).compactMap { if case .row(let row) = $0 { row } else { nil } }
    #expect(rows.map(\.modality) == [modality] && rows.map(\.rule) == [rule])
  }

  @Test(
    "capability-estimation.md: why a row with a capability's modality is not an observation",
    arguments: [
      (#"{"reps": 5}"#, SkipReason.noLoad), (#"{"weight_kg": 0, "reps": 5}"#, .loadNotPositive),
      (#"{"weight_kg": 50}"#, .noReps), (#"{"weight_kg": 50, "reps": 0}"#, .repsNotPositive),
      (#"{"exercise": "sprint"}"#, .noSpeed), (#"{"exercise": "box_jump"}"#, .noHeight),
      (#"{"duration_seconds": 60}"#, .noThreshold),
    ])
  func skipping(data: String, reason: SkipReason) throws {
    let explanation = try explained("2×#1 set.logged 01-05T10:00 \(data)\n#9 set.logged 01-06T10:00 {}")
    let rows = explanation.facts(of: 1).compactMap { if case .row(let row) = $0 { row } else { nil } }
    #expect(rows.flatMap(\.outcomes).map(\.result) == [.skipped(reason)])
    #expect(explanation.dispositions == ["1 without_effect", "1 repeated", "9 folded"])
  }

  @Test("clock-and-failures.md: the refused event is named; events that only the failed projection reads fail with it")
  func failure() throws {
    let huge = "1" + String(repeating: "0", count: 400)
    let explanation = try explained(
      """
      #1 set.logged 01-05T10:00 \(heavy)
      #2 set.logged 01-06T10:00 {"weight_kg": \(huge), "reps": 1}
      #3 goal.set 01-07T10:00 {"goal_type": "strength"}
      #4 set.logged 01-08T10:00 \(heavy)
      """)
    #expect(explanation.dispositions == ["1 projection_failed", "2 refused", "3 folded", "4 folded"])
    #expect(explanation.facts(of: 4).contains(.lastActivity))
    guard case .failed(.numberOverflow, let event, _) = explanation.projections[0].outcome else {
      Issue.record("no failure")
      return
    }
    #expect(event?.description == FoldedHistory.id(2))
  }

  @Test("capability-estimation.md: which preference sets the time zone, and why the others do not")
  func timeZone() throws {
    let explanation = try explained(
      """
      #1 preference.set 01-01T10:00 {"key": "timezone", "value": "Europe/Berlin"}
      #2 preference.set 01-02T10:00 {"key": "time_zone", "value": "US/Pacific"}
      #3 preference.set 01-03T10:00 {"key": "units", "value": "kg"}
      #4 preference.set 01-04T10:00 {"key": "timezone", "value": "nowhere"}
      #5 set.logged 01-05T10:00 \(heavy)
      """)
    #expect(
      explanation.dispositions == [
        "1 without_effect", "2 folded", "3 without_effect", "4 without_effect", "5 folded",
      ])
    #expect(explanation.facts(of: 1) == [])
    #expect(explanation.facts(of: 2) == [.zonePreference(.chosen("US/Pacific"))])
    #expect(explanation.facts(of: 3) == [.zonePreference(.otherKey)])
    #expect(explanation.facts(of: 4) == [.zonePreference(.invalid)])
  }

  @Test(
    "capability-estimation.md: a preference with a too long integer is refused, even if retracted, before others"
  )
  func tooLongPreference() throws {
    let tooLong = "1" + String(repeating: "0", count: 4300)
    let explanation = try explained(
      """
      #1 preference.set 01-01T10:00 {"key": "timezone", "value": "Europe/Berlin", "x": \(tooLong)}
      #2 preference.set 01-02T10:00 {"key": "timezone", "value": "/"}
      #3 event.retracted 01-03T10:00 {"retracted_event_id": "@1"}
      #5 set.logged 01-05T10:00 \(heavy)
      """)
    #expect(explanation.facts(of: 1) == [.zonePreference(.refused), .failsUserProfile])
    #expect(explanation.facts(of: 2) == [])
    #expect(explanation.dispositions.first == "1 refused")
  }

  @Test("training-signals.md §7: the session of a jump: named, by day, or continued after midnight")
  func sessions() throws {
    let jump = #"{"exercise": "cmj jump", "jump_height_cm": 40}"#
    let explanation = try explained(
      """
      #1 set.logged 2026-01-05T23:30:00Z \(jump)
      #2 set.logged 2026-01-06T01:00:00Z \(jump)
      #3 set.logged 2026-01-06T02:00:00Z \(jump) | {"session_id": " s1 "}
      #4 set.logged 2026-01-06T03:00:00Z \(jump)
      """)
    let sessions = explanation.outcomes("jump_height").compactMap(\.session)
    #expect(sessions.map(\.key) == ["2026-01-05", "2026-01-05", "s1", "2026-01-06"])
    #expect(sessions.map(\.origin) == [.day, .continued, .named, .day])
  }

  @Test("objectives.md: the event of the active objective, the history and the advisory's rules")
  func objectives() throws {
    let explanation = try explained(
      """
      #1 objective.set 01-05T10:00 {"objective_id": "b", "confidence": 0.9}
      #2 objective.set 01-05T10:00 {"objective_id": "a", "confidence": 0.456}
      #3 objective.archived 01-06T10:00 {"objective_id": "b"}
      #4 advisory.override.recorded 01-07T10:00 {"actor": "Coach", "review_point": "2026-02-01"}
      #5 profile.updated 01-08T10:00 {"training_modality": "strength"}
      """)
    #expect(explanation.dispositions == ["1 folded", "2 folded", "3 folded", "4 folded", "5 without_effect"])
    let state = explanation.projections.compactMap { projection in
      if case .objectiveState(let steps)? = projection.steps as? FitnessSteps { steps } else { nil }
    }
    #expect(state.map(\.origin) == [.explicit] && state.map(\.id) == ["a"])
    #expect(state.flatMap(\.candidates).map(\.id) == ["b", "a"])
    #expect(state.flatMap(\.candidates).map(\.isArchived) == [true, false])
    #expect(state.map(\.confidence) == [0.46] && state.map(\.historyKept) == [3])
    #expect(
      explanation.facts(of: 4) == [
        .override(
          OverrideFact(
            actor: "coach", scope: "unknown", reviewPoint: "2026-02-01T00:00:00+00:00", isDue: true, listing: .tooOld))
      ])
    let advisory = explanation.projections.compactMap { projection in
      if case .objectiveAdvisory(let steps)? = projection.steps as? FitnessSteps { steps } else { nil }
    }
    #expect(
      advisory.map(\.warnings) == [
        [
          "objective_trackability_gap", "objective_default_inferred", "objective_metric_staleness",
          "objective_override_review_due",
        ]
      ])
  }

  @Test("records that repeat an event, were stored too late, have an unread type, or share an idempotency key")
  func otherRecords() throws {
    let explanation = try explained(
      """
      2×#1 set.logged 01-05T10:00 \(heavy) | {"idempotency_key": "k"}
      #2 set.logged 01-06T10:00 \(heavy) | {"idempotency_key": "k"}
      #3 coffee.drunk 01-07T10:00 {}
      #4 set.logged 01-08T10:00 \(heavy)
      #5 set.logged 01-09T10:00 {"reps": 1}
      #5 set.logged 01-09T10:00 {"reps": 2}
      """, storedBy: "2026-01-08T09:59:59Z")
    #expect(
      explanation.dispositions == [
        "1 folded", "1 repeated", "2 folded", "3 unread", "4 not_stored", "5 malformed", "5 malformed",
      ])
    #expect(explanation.records[2].sameKey?.description == FoldedHistory.id(1))
    #expect(explanation.records[1].disposition == .repeated(of: explanation.records[0].position))
    #expect(explanation.records[3].event?.type == "coffee.drunk")
    #expect(explanation.total == 7 && explanation.counts.reduce(0, +) == 7)
  }

  @Test("narrowed to one projection, unrelated records are left out but still counted")
  func narrowing() throws {
    let history = """
      #1 set.logged 01-05T10:00 \(heavy)
      #2 set.logged 01-06T10:00 {"duration_seconds": 60, "distance_meters": 300}
      #3 goal.set 01-07T10:00 {}
      #4 event.retracted 01-08T10:00 {"retracted_event_id": "@3"}
      #5 event.retracted 01-08T11:00 {"retracted_event_id": "@1"}
      """
    let strength = try explained(history, wanted: ("capability_estimation", "strength_1rm"))
    #expect(strength.dispositions == ["1 retracted", "5 folded"])
    #expect(strength.projections.map(\.name.key) == ["strength_1rm"] && strength.total == 5)
    let state = try explained(history, wanted: ("objective_state", nil))
    #expect(state.dispositions == ["3 retracted", "4 folded"])
  }

  @Test("an event that the failed projection would only be inferred from does not fail with it")
  func inferredSources() throws {
    let notFinite = "1\(String(repeating: "0", count: 400)).0"
    let explanation = try explained(
      """
      #1 preference.set 01-05T10:00 {"key": "language", "value": "de"}
      #2 exercise.alias_created 01-05T11:00 {"alias": "a", "exercise_id": "b"}
      #3 objective.set 01-06T10:00 {"primary_goal": {"n": \(notFinite)}}
      """)
    #expect(explanation.dispositions == ["1 without_effect", "2 without_effect", "3 projection_failed"])
  }

  @Test(
    "narrowed to the objective, the only training event shown is the session that its modality is inferred from"
  )
  func inferredModality() throws {
    let history = """
      #1 set.logged 01-05T10:00 \(heavy)
      #2 session.logged 01-06T10:00 {"blocks": [{"block_type": "strength_set"}]}
      #3 session.logged 01-07T10:00 {"blocks": [{"block_type": "strength_set"}]}
      #4 event.retracted 01-08T10:00 {"retracted_event_id": "@1"}
      """
    let state = try explained(history, wanted: ("objective_state", nil))
    #expect(state.dispositions == ["2 folded"])
    #expect(state.facts(of: 2) == [.inferredModality("strength")])
    // With a stated objective, nothing is inferred from sessions.
    let stated = try explained(history + "\n#5 goal.set 01-09T10:00 {}", wanted: ("objective_state", nil))
    #expect(stated.dispositions == ["5 folded"])
  }
}
