import EventModel

/// A row of `background_jobs`, of whose payload only what the runbooks look at is kept.
public struct Job: Sendable {
  public var user: UserID
  public var jobType: String
  /// `pending`, `processing`, `completed`, `failed` or `dead`.
  public var status: String
  /// `payload->>'source'`, `payload->>'event_type'` and `payload->>'handler_name'`, where they are texts.
  public var source: String?
  public var eventType: String?
  public var handler: String?
  public var error: String?
  public var createdAt: Instant?
  public var startedAt: Instant?
  public var completedAt: Instant?
  public var scheduledFor: Instant?

  /// Whether the live scripts and worker take the job to be still under way.
  public var isInFlight: Bool { status == "pending" || status == "processing" }

  /// The latest instant the row names, except when it is due.
  public var newestInstant: Instant? { [createdAt, startedAt, completedAt].compactMap { $0 }.max() }
}
