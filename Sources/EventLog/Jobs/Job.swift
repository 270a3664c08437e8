import EventModel

/// A row of `background_jobs`. Of its payload, only the members that the runbooks use are kept.
public struct Job: Sendable {
  public var user: UserID
  public var jobType: String
  /// `pending`, `processing`, `completed`, `failed` or `dead`.
  public var status: String
  /// `payload->>'source'`, `payload->>'event_type'` and `payload->>'handler_name'`; `nil` if not a string.
  public var source: String?
  public var eventType: String?
  public var handler: String?
  public var error: String?
  public var createdAt: Instant?
  public var startedAt: Instant?
  public var completedAt: Instant?
  public var scheduledFor: Instant?

  /// Whether the live scripts and worker treat the job as still in progress.
  public var isInFlight: Bool { status == "pending" || status == "processing" }

  /// The latest of the row's instants, except ``scheduledFor``.
  public var newestInstant: Instant? { [createdAt, startedAt, completedAt].compactMap { $0 }.max() }
}
