import EventModel
import Projections
import Running
import SnapshotStore

/// The two backfills of the runbooks: what their controller jobs say and what their worker makes of them.
package enum Backfill: String, Sendable, CaseIterable {
  case capability, objective

  package var jobType: String { "inference.\(rawValue)_backfill" }

  /// The event types it looks at, in the order it enqueues their jobs.
  package var eventTypes: [EventType] { self == .capability ? EventType.capability : EventType.objective }

  /// The four rows a user with capability events has.
  static let capabilityKeys = ["strength_1rm", "sprint_max_speed", "jump_height", "endurance_threshold"]

  static let updateJobType = "projection.update"
  static let controllerPriority = 4
  static let updatePriority = 0

  /// The label as the scripts and the worker use it, wherever they do: trimmed. Throws for one they refuse: an empty or
  /// blank one.
  static func label(_ source: String) throws(RefoldError) -> String {
    var copy = source
    let label = copy.withUTF8 { String(decoding: PythonText.strip(UnsafeRawBufferPointer($0)), as: UTF8.self) }
    if label.isEmpty { throw .usage("--source takes a label that is not empty or blank") }
    if label.utf8.contains(0) { throw .usage("--source takes a label without NUL, which PostgreSQL refuses") }
    return label
  }

  /// The id of the event that the objective backfill makes up for a user without `profile.updated` events.
  static func syntheticProfileEvent(of user: UserID, namespace: UUID128) -> EventID {
    .version5(namespace: namespace, name: user.description)
  }

  static func syntheticNamespace(source: String) -> UUID128 {
    .version5(namespace: .urlNamespace, name: "kura:\(source):profile.updated")
  }
}
