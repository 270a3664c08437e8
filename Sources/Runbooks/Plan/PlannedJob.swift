import EventModel
import Folding
import JSONTape

/// A row that a backfill would insert into background_jobs.
package struct PlannedJob: Sendable {
  package enum Payload: Sendable {
    /// A backfill's controller job. `users` are the users that its payload names: some or all of them; `nil` if it names
    /// none.
    case controller(Backfill, users: [UserID]?, eventTypes: [EventType])
    /// `projection.update`; the event may be made up.
    case update(event: EventID, type: EventType)
  }

  package var user: UserID
  package var payload: Payload

  package var jobType: String {
    switch payload {
    case .controller(let backfill, _, _): backfill.jobType
    case .update: JobNames.update
    }
  }

  package var priority: Int {
    if case .update = payload { JobNames.updatePriority } else { JobNames.controllerPriority }
  }

  package func payloadJSON(source: String) -> JSONTree {
    func names(_ types: [EventType]) -> JSONTree { .array(types.map { .string($0.name.description) }) }
    func ids(_ users: [UserID]) -> JSONTree { .array(users.map { .string($0.description) }) }
    switch payload {
    case .controller(let backfill, let users, let types):
      let restriction: [JSONTree.Member] = users.map { [.init("user_ids", ids($0))] } ?? []
      let label = JSONTree.Member("source", .string(source))
      let events = JSONTree.Member("event_types", names(types))
      return switch backfill.audience {
      case .signals: .object([label, events] + restriction)
      case .everyone: .object([label, .init("include_all_users", .bool(true))] + restriction + [events])
      }
    case .update(let event, let type):
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
