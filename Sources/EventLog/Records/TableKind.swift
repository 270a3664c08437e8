/// The tables of the live system that refold reads, as exports name them.
public enum TableKind: UInt8, Sendable, CaseIterable {
  case events, users, projections, backgroundJobs

  /// The table's name, without schema.
  public var name: String {
    switch self {
    case .events: "events"
    case .users: "users"
    case .projections: "projections"
    case .backgroundJobs: "background_jobs"
    }
  }

  /// The columns that are read, in the table's own order: the position is the raw value of ``EventColumn`` and its
  /// siblings, and, in COPY text, which has no header, the position of the field.
  public var columns: [String] {
    switch self {
    case .events: ["id", "user_id", "timestamp", "event_type", "data", "metadata", "created_at"]
    case .users: ["id"]
    case .projections:
      [
        "id", "user_id", "projection_type", "key", "data", "version", "last_event_id", "created_at", "updated_at",
      ]
    case .backgroundJobs:
      [
        "id", "user_id", "job_type", "payload", "status", "priority", "attempt", "max_retries", "error_message",
        "created_at", "started_at", "completed_at", "scheduled_for",
      ]
    }
  }

  /// The columns no export may lack.
  public var required: [String] {
    switch self {
    case .events: ["id", "user_id", "timestamp", "event_type", "data", "metadata"]
    case .users: ["id"]
    case .projections: ["user_id", "projection_type", "key", "data"]
    case .backgroundJobs: ["user_id", "job_type", "payload", "status"]
    }
  }

  /// Fields of a COPY text line; `nil` for users, of whose columns only the first is known.
  var copyFieldCount: Int? { self == .users ? nil : columns.count }

  /// The table of that name, if it is one that is read.
  init?(name: String) {
    guard let table = TableKind.allCases.first(where: { $0.name == name }) else { return nil }
    self = table
  }
}

/// Columns of `events`, by position in ``TableKind/columns``.
public enum EventColumn: Int, CaseIterable {
  case id, userID, timestamp, eventType, data, metadata, createdAt
}

/// Columns of `users`; nothing but the id is ever read.
public enum UserColumn: Int, CaseIterable {
  case id
}

/// Columns of `projections`, by position in ``TableKind/columns``.
public enum ProjectionColumn: Int, CaseIterable {
  case id, userID, projectionType, key, data, version, lastEventID, createdAt, updatedAt
}

/// Columns of `background_jobs`, by position in ``TableKind/columns``.
public enum JobColumn: Int, CaseIterable {
  case id, userID, jobType, payload, status, priority, attempt, maxRetries, errorMessage
  case createdAt, startedAt, completedAt, scheduledFor
}
