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

  /// The columns that are read, in the table's own order. The position of a column is the raw value of ``EventColumn``
  /// and its siblings, and the position of the field in COPY text without a header.
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

  /// The columns that every export must have.
  public var required: [String] {
    switch self {
    case .events: ["id", "user_id", "timestamp", "event_type", "data", "metadata"]
    case .users: ["id"]
    case .projections: ["user_id", "projection_type", "key", "data"]
    case .backgroundJobs: ["user_id", "job_type", "payload", "status"]
    }
  }

  /// Number of fields in a COPY text line; `nil` for users, where only the first column is known.
  var copyFieldCount: Int? { self == .users ? nil : columns.count }

  /// The table with this name; `nil` if refold does not read it.
  init?(name: String) {
    guard let table = TableKind.allCases.first(where: { $0.name == name }) else { return nil }
    self = table
  }
}

/// Columns of `events`, by position in ``TableKind/columns``.
public enum EventColumn: Int, CaseIterable {
  case id, userID, timestamp, eventType, data, metadata, createdAt
}

/// Columns of `users`; only the id is ever read.
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
