import EventModel
import JSONTape
import Projections
import PythonValues

/// One objective of a user. Texts and values stay where the events (or the fold's scratch) keep them.
struct Objective {
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

  enum Goal {
    case unspecified
    case given(JSONValue)
    case legacy(LegacyGoal)
    case assumed(type: StaticString)
  }

  struct LegacyGoal {
    var type: UnsafeRawBufferPointer
    var description: UnsafeRawBufferPointer
    var targetExercise: UnsafeRawBufferPointer
    var target1RM: JSONValue
    var timeframe: JSONValue
  }

  /// An array of an objective, as its coercion leaves it.
  enum EntryList {
    case empty
    /// goals(v): the object entries of an array.
    case goals(JSONValue)
    /// strings(v): the non-empty trimmed text of each entry of an array.
    case strings(JSONValue)
    /// The assumed objective's `[{metric: "consistency_score"}]`.
    case consistencyScore

    func write(to json: inout CanonicalWriter, _ scratch: Scratch) {
      json.beginArray()
      switch self {
      case .empty: break
      case .goals(let value):
        for entry in value.elements where entry.kind == .object { json.value(entry) }
      case .strings(let value):
        for entry in value.elements {
          let text = entry.trimmed(scratch)
          if !text.isEmpty { json.string(text) }
        }
      case .consistencyScore:
        json.beginObject()
        json.key("metric")
        json.literal("consistency_score")
        json.endObject()
      }
      json.endArray()
    }

    func count(_ scratch: Scratch) -> Int {
      switch self {
      case .empty: 0
      case .goals(let value): value.elements.reduce(0) { $0 + ($1.kind == .object ? 1 : 0) }
      case .strings(let value): value.elements.reduce(0) { $0 + ($1.trimmed(scratch).isEmpty ? 0 : 1) }
      case .consistencyScore: 1
      }
    }
  }

  /// For an observer.
  func fact(_ change: ObjectiveFact.Change) -> ObjectiveFact {
    ObjectiveFact(
      change: change, id: string(id), version: version, mode: string(mode), source: string(source),
      confidence: confidence)
  }

  /// The objective of a user who stated none, by the training modality of the profile.
  static func assumed(_ modality: JSONValue?, _ scratch: Scratch) -> Objective {
    var objective = Objective(id: UnsafeRawBufferPointer("default.objective"))
    objective.mode = UnsafeRawBufferPointer("journal")
    objective.goal = .assumed(type: goalType((modality ?? .null).norm(scratch)))
    objective.successMetrics = .consistencyScore
    objective.source = UnsafeRawBufferPointer("default_inferred")
    objective.confidence = 0.45
    return objective
  }

  private static func goalType(_ modality: UnsafeRawBufferPointer) -> StaticString {
    if modality.equals("strength") || modality.equals("bodybuilding") { return "strength_base" }
    let isEndurance =
      modality.equals("running") || modality.equals("cycling") || modality.equals("rowing")
      || modality.equals("swimming") || modality.equals("endurance")
    return isEndurance ? "endurance_base" : "general_health"
  }

  func write(to json: inout CanonicalWriter, _ scratch: Scratch, _ profile: Profile) {
    json.beginObject()
    json.key("anti_goals")
    antiGoals.write(to: &json, scratch)
    json.key("archived")
    json.bool(isArchived)
    json.key("confidence")
    json.double(confidence)
    json.key("constraint_markers")
    constraintMarkers.write(to: &json, scratch)
    json.key("hypothesis")
    json.value(hypothesis)
    json.key("mode")
    json.string(mode)
    json.key("objective_id")
    json.string(id)
    json.key("primary_goal")
    goal.write(to: &json, profile)
    json.key("secondary_goals")
    secondaryGoals.write(to: &json, scratch)
    json.key("source")
    json.string(source)
    json.key("success_metrics")
    successMetrics.write(to: &json, scratch)
    if let updatedAt {
      json.key("updated_at")
      json.instant(updatedAt)
    }
    json.key("version")
    json.integer(version)
    json.endObject()
  }
}

extension Objective.Goal {
  func write(to json: inout CanonicalWriter, _ profile: Profile) {
    switch self {
    case .unspecified:
      json.beginObject()
      json.key("type")
      json.literal("unspecified")
      json.endObject()
    case .given(let value): json.value(value)
    case .legacy(let goal): goal.write(to: &json)
    case .assumed(let type):
      json.beginObject()
      json.key("description")
      json.string(profile.texts.defaultObjective)
      json.key("type")
      json.literal(type)
      json.endObject()
    }
  }

  /// Whether one of the members that can be tracked is there and not null, "" or [].
  var hasTarget: Bool {
    switch self {
    case .unspecified, .assumed: return false
    case .legacy(let goal): return !goal.targetExercise.isEmpty
    case .given(let value):
      for name in Objective.Goal.targets {
        guard let target = value.member(name) else { continue }
        switch target.kind {
        case .null: continue
        case .shortString, .commonText, .string: if !target.text.isEmpty { return true }
        case .array: if target.entryCount > 0 { return true }
        default: return true
        }
      }
      return false
    }
  }

  private static let targets: [StaticString] = ["target", "target_metric", "target_exercise", "value", "unit"]
}

extension Objective.LegacyGoal {
  func write(to json: inout CanonicalWriter) {
    json.beginObject()
    if !description.isEmpty {
      json.key("description")
      json.string(description)
    }
    if target1RM.kind != .null {
      json.key("target_1rm_kg")
      json.value(target1RM)
    }
    if !targetExercise.isEmpty {
      json.key("target_exercise")
      json.string(targetExercise)
    }
    if timeframe.kind != .null {
      json.key("timeframe_weeks")
      json.value(timeframe)
    }
    json.key("type")
    json.string(type)
    json.endObject()
  }
}

extension JSONValue {
  /// A packed copy of a literal, as long as the scratch keeps it.
  static func text(_ literal: StaticString, _ scratch: Scratch) -> JSONValue {
    let piece = scratch.allocate(literal.utf8CodeUnitCount + 2)
    piece[0] = Kind.shortString.rawValue
    piece[1] = UInt8(literal.utf8CodeUnitCount)
    UnsafeMutableRawBufferPointer(rebasing: piece[2...]).copyMemory(from: UnsafeRawBufferPointer(literal))
    return JSONValue(piece.baseAddress!)
  }
}
