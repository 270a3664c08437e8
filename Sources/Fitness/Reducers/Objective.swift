import EventModel
import Folding
import JSONTape
import PythonValues

/// One objective of a user. Its texts and values are in the memory of the events or of the reducer's scratch.
struct Objective {
  // MARK: Names

  /// The modes that a user can choose.
  static let modes = ["journal", "collaborate", "coach"]
  /// The ids that the reducer gives to objectives without one.
  static let ids = ["legacy.goal.latest", "default.objective"]
  /// The sources that the reducer gives to objectives without one.
  static let sources = ["user_explicit", "legacy_goal_set", "default_inferred"]

  // MARK: State

  var id: UnsafeRawBufferPointer
  var mode = UnsafeRawBufferPointer("collaborate")
  var goal = Goal.unspecified
  var secondaryGoals = EntryList.empty
  var successMetrics = EntryList.empty
  var antiGoals = EntryList.empty
  var constraintMarkers = EntryList.empty
  var hypothesis = JSONValue.null
  var source = UnsafeRawBufferPointer("user_explicit")
  var confidence = 0.0
  var isArchived = false
  var version = 1
  /// `nil` for the assumed objective only.
  var updatedAt: Instant?

  init(id: UnsafeRawBufferPointer) { self.id = id }

  /// `primary_goal`.
  enum Goal {
    case unspecified
    case given(JSONValue)
    case legacy(LegacyGoal)
    case assumed(AssumedGoal)
  }

  /// The goal of a `goal.set` event.
  struct LegacyGoal {
    var type: UnsafeRawBufferPointer
    var description: UnsafeRawBufferPointer
    var targetExercise: UnsafeRawBufferPointer
    var target1RM: JSONValue
    var timeframe: JSONValue
  }

  /// The goal that is assumed of a user who stated none.
  enum AssumedGoal: RowWord {
    case strength, endurance, health

    var text: StaticString {
      switch self {
      case .strength: "strength_base"
      case .endurance: "endurance_base"
      case .health: "general_health"
      }
    }
  }

  /// An array of an objective.
  enum EntryList {
    case empty
    /// goals(v): the object entries of an array.
    case goals(JSONValue)
    /// strings(v): the non-empty trimmed text of each entry of an array.
    case strings(JSONValue)
    /// The metric of the assumed objective.
    case consistencyScore
  }

  /// Describes the objective for an observer.
  func fact(_ change: ObjectiveFact.Change) -> ObjectiveFact {
    ObjectiveFact(
      change: change, id: string(id), version: version, mode: string(mode), source: string(source),
      confidence: confidence)
  }

  // MARK: Evolve

  /// Returns the objective of a user who stated none. It depends on the training modality of the profile.
  static func assumed(_ modality: JSONValue?, _ scratch: Scratch) -> Objective {
    var objective = Objective(id: UnsafeRawBufferPointer("default.objective"))
    objective.mode = UnsafeRawBufferPointer("journal")
    objective.goal = .assumed(assumedGoal((modality ?? .null).norm(scratch)))
    objective.successMetrics = .consistencyScore
    objective.source = UnsafeRawBufferPointer("default_inferred")
    objective.confidence = 0.45
    return objective
  }

  private static func assumedGoal(_ modality: UnsafeRawBufferPointer) -> AssumedGoal {
    if modality.equals("strength") || modality.equals("bodybuilding") { return .strength }
    let isEndurance =
      modality.equals("running") || modality.equals("cycling") || modality.equals("rowing")
      || modality.equals("swimming") || modality.equals("endurance")
    return isEndurance ? .endurance : .health
  }
}

// MARK: Rows

extension Objective {
  private enum Slot: RowSlot {
    case id, mode, goal, secondaryGoals, successMetrics, antiGoals, constraintMarkers, hypothesis, source, confidence
    case isArchived, version, updatedAt
  }

  private static let shape = RowShape<Slot>([
    "objective_id": .slot(.id, words: ids),
    "mode": .slot(.mode, words: modes),
    "primary_goal": .slot(.goal, words: Goal.words),
    "secondary_goals": .slot(.secondaryGoals),
    "success_metrics": .slot(.successMetrics, words: EntryList.words),
    "anti_goals": .slot(.antiGoals),
    "constraint_markers": .slot(.constraintMarkers),
    "hypothesis": .slot(.hypothesis),
    "source": .slot(.source, words: sources),
    "confidence": .slot(.confidence),
    "archived": .slot(.isArchived),
    "version": .slot(.version),
    "updated_at": .optional(.updatedAt),
  ])

  /// The keys and words of a written objective.
  static var words: [String] { shape.words }

  func write(to json: inout CanonicalWriter, _ scratch: Scratch, _ profile: Profile) {
    Objective.shape.write(into: &json) { slot, json in
      switch slot {
      case .id: json.string(id)
      case .mode: json.string(mode)
      case .goal: goal.write(to: &json, profile)
      case .secondaryGoals: secondaryGoals.write(to: &json, scratch)
      case .successMetrics: successMetrics.write(to: &json, scratch)
      case .antiGoals: antiGoals.write(to: &json, scratch)
      case .constraintMarkers: constraintMarkers.write(to: &json, scratch)
      case .hypothesis: json.value(hypothesis)
      case .source: json.string(source)
      case .confidence: json.double(confidence)
      case .isArchived: json.bool(isArchived)
      case .version: json.integer(version)
      case .updatedAt: if let updatedAt { json.instant(updatedAt) }
      }
    }
  }
}

extension Objective.EntryList {
  private static let consistencyMetrics = RowShape<NoSlot>([["metric": "consistency_score"]])

  /// The keys and words of a written list that are not the user's.
  static var words: [String] { consistencyMetrics.words }

  func write(to json: inout CanonicalWriter, _ scratch: Scratch) {
    switch self {
    case .empty: json.list { _ in }
    case .goals(let value): json.list(value.elements.lazy.filter { $0.kind == .object }) { $1.value($0) }
    case .strings(let value):
      json.list { json in
        for entry in value.elements {
          let text = entry.trimmed(scratch)
          if !text.isEmpty { json.string(text) }
        }
      }
    case .consistencyScore: Objective.EntryList.consistencyMetrics.write(into: &json)
    }
  }

  /// The number of entries that ``write(to:_:)`` writes.
  func count(_ scratch: Scratch) -> Int {
    switch self {
    case .empty: 0
    case .goals(let value): value.elements.reduce(0) { $0 + ($1.kind == .object ? 1 : 0) }
    case .strings(let value): value.elements.reduce(0) { $0 + ($1.trimmed(scratch).isEmpty ? 0 : 1) }
    case .consistencyScore: 1
    }
  }
}

extension Objective.Goal {
  private enum Slot: RowSlot {
    case type, description, targetExercise, target1RM, timeframe
  }

  /// The form of a goal that is not the user's own object.
  private static let shape = RowShape<Slot>([
    "type": .slot(.type, words: Objective.AssumedGoal.words + ["unspecified"]),
    "description": .optional(.description),
    "target_exercise": .optional(.targetExercise),
    "target_1rm_kg": .optional(.target1RM),
    "timeframe_weeks": .optional(.timeframe),
  ])

  /// The keys and words of a written goal that are not the user's.
  static var words: [String] { shape.words }

  func write(to json: inout CanonicalWriter, _ profile: Profile) {
    switch self {
    case .given(let value): json.value(value)
    case .unspecified:
      Objective.Goal.shape.write(into: &json) { slot, json in
        switch slot {
        case .type: json.literal("unspecified")
        case .description, .targetExercise, .target1RM, .timeframe: break
        }
      }
    case .legacy(let goal):
      Objective.Goal.shape.write(into: &json) { slot, json in
        switch slot {
        case .type: json.string(goal.type)
        case .description: if !goal.description.isEmpty { json.string(goal.description) }
        case .targetExercise: if !goal.targetExercise.isEmpty { json.string(goal.targetExercise) }
        case .target1RM: if goal.target1RM.kind != .null { json.value(goal.target1RM) }
        case .timeframe: if goal.timeframe.kind != .null { json.value(goal.timeframe) }
        }
      }
    case .assumed(let goal):
      Objective.Goal.shape.write(into: &json) { slot, json in
        switch slot {
        case .type: json.word(goal)
        case .description: json.string(profile.texts.defaultObjective)
        case .targetExercise, .target1RM, .timeframe: break
        }
      }
    }
  }

  /// Whether one of the members that can be tracked exists and is not null, "" or [].
  var hasTarget: Bool {
    switch self {
    case .unspecified, .assumed: false
    case .legacy(let goal): !goal.targetExercise.isEmpty
    case .given(let value): Objective.Goal.targets.contains { value.member($0)?.isTarget == true }
    }
  }

  private static let targets: [StaticString] = ["target", "target_metric", "target_exercise", "value", "unit"]
}

extension JSONValue {
  fileprivate var isTarget: Bool {
    switch kind {
    case .null: false
    case .shortString, .string: !text.isEmpty
    case .array: entryCount > 0
    case .no, .yes, .smallInteger, .mediumInteger, .integer, .double, .bigInteger, .object: true
    }
  }

  /// Returns a packed copy of a literal, which is valid as long as the scratch keeps it.
  static func text(_ literal: StaticString, _ scratch: Scratch) -> JSONValue {
    let piece = scratch.allocate(literal.utf8CodeUnitCount + 2)
    piece[0] = Kind.shortString.rawValue
    piece[1] = UInt8(literal.utf8CodeUnitCount)
    UnsafeMutableRawBufferPointer(rebasing: piece[2...]).copyMemory(from: UnsafeRawBufferPointer(literal))
    return JSONValue(piece.baseAddress!)
  }
}

extension Objective {
  /// The conditions by which a row shows that its objective is the one assumed of a user who stated none. The
  /// description of that objective is a text of the profile.
  static func isAssumed(in member: String) -> [TextPlace.MemberTest] {
    [
      .isAbsent(member + ".updated_at"), .isText(member + ".objective_id", "default.objective"),
      .isText(member + ".source", "default_inferred"),
    ]
  }
}
