import Folding
import JSONTape
import PythonValues

/// Reads the active objective from a row of `objective_state` that a program wrote.
struct GivenObjective: ActiveObjectiveSource {
  private let rows: GivenRows

  init(_ rows: GivenRows) { self.rows = rows }

  /// Throws if the row has no objective. A member that is missing or of another kind is as in an objective that does not
  /// state it.
  func objective() throws(ReducerFailure) -> Objective {
    guard let row = rows.row?.member("active_objective"), row.kind == .object else {
      throw ReducerFailure(
        Refusal(.requiredRowUnreadable, "the row of objective_state has no active_objective"), event: nil)
    }
    func text(_ name: StaticString) -> UnsafeRawBufferPointer? {
      guard let value = row.member(name), value.isString else { return nil }
      return value.text
    }
    var objective = Objective(id: text("objective_id") ?? UnsafeRawBufferPointer(""))
    if let mode = text("mode") { objective.mode = mode }
    if let source = text("source") { objective.source = source }
    if let goal = row.member("primary_goal"), goal.kind == .object { objective.goal = .given(goal) }
    objective.secondaryGoals = GivenObjective.list(row.member("secondary_goals"))
    objective.successMetrics = GivenObjective.list(row.member("success_metrics"))
    objective.antiGoals = GivenObjective.list(row.member("anti_goals"))
    objective.constraintMarkers = GivenObjective.list(row.member("constraint_markers"))
    do throws(Refusal) {
      objective.confidence = try confidence(row.member("confidence") ?? .null, fallback: 0.45)
    } catch {
      throw ReducerFailure(error, event: nil)
    }
    return objective
  }

  /// The entries of a written list: objects, or texts.
  private static func list(_ value: JSONValue?) -> Objective.EntryList {
    guard let value, value.kind == .array, let first = value.elements.first(where: { _ in true }) else { return .empty }
    return first.kind == .object ? .goals(value) : .strings(value)
  }
}
