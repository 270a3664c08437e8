import EventModel
import JSONTape
import Projections

/// A row that a backfill would insert into background_jobs.
package struct PlannedJob: Sendable {
  package enum Payload: Sendable {
    /// `inference.capability_backfill`; users to restrict it to, all when `nil`.
    case capability(users: [UserID]?, eventTypes: [EventType])
    /// `inference.objective_backfill`.
    case objective(users: [UserID], eventTypes: [EventType])
    /// `projection.update`; the event is made up where the user has none of the type.
    case update(event: EventID, type: EventType, isSynthetic: Bool)
  }

  package var user: UserID
  package var payload: Payload

  package var jobType: String {
    switch payload {
    case .capability: Backfill.capability.jobType
    case .objective: Backfill.objective.jobType
    case .update: Backfill.updateJobType
    }
  }

  package var priority: Int {
    if case .update = payload { Backfill.updatePriority } else { Backfill.controllerPriority }
  }

  package func payloadJSON(source: String) -> JSONTree {
    func names(_ types: [EventType]) -> JSONTree { .array(types.map { .string($0.name.description) }) }
    func ids(_ users: [UserID]) -> JSONTree { .array(users.map { .string($0.description) }) }
    switch payload {
    case .capability(let users, let types):
      let restriction: [JSONTree.Member] = users.map { [.init("user_ids", ids($0))] } ?? []
      return .object([.init("source", .string(source)), .init("event_types", names(types))] + restriction)
    case .objective(let users, let types):
      return .object([
        .init("source", .string(source)), .init("include_all_users", .bool(true)), .init("user_ids", ids(users)),
        .init("event_types", names(types)),
      ])
    case .update(let event, let type, _):
      return .object([
        .init("event_id", .string(event.description)), .init("event_type", .string(type.name.description)),
        .init("user_id", .string(user.description)), .init("source", .string(source)),
      ])
    }
  }

  /// A line of NDJSON: `{job_type, payload, priority, user_id}`.
  package func line(source: String) -> [UInt8] {
    JSONTree.object([
      .init("user_id", .string(user.description)), .init("job_type", .string(jobType)),
      .init("payload", payloadJSON(source: source)), .init("priority", .integer(Int64(priority))),
    ]).canonicalBytes + [0x0A]
  }
}
