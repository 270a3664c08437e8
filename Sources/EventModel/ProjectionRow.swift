/// Which projection of a user: `projections.projection_type` and `projections.key`.
public struct ProjectionName: Hashable, Sendable, Comparable {
  public var type: String
  public var key: String

  public init(type: String, key: String) {
    self.type = type
    self.key = key
  }

  /// By type, then key, each by code point.
  public static func < (a: ProjectionName, b: ProjectionName) -> Bool {
    a.type == b.type
      ? a.key.utf8.lexicographicallyPrecedes(b.key.utf8) : a.type.utf8.lexicographicallyPrecedes(b.type.utf8)
  }
}

extension ProjectionName: CustomStringConvertible {
  /// `capability_estimation/jump_height`.
  public var description: String { "\(type)/\(key)" }
}

/// A row of the projections table as a rebuild writes it; the columns it leaves out
/// (`id`, `version`, `created_at`, `updated_at`) follow from these and the as-of.
public struct ProjectionRow: Hashable, Sendable {
  public var user: UserID
  public var name: ProjectionName
  /// Canonical JSON, UTF-8: keys by UTF-16 code unit, numbers as RFC 8785 writes them, integers exact.
  public var data: [UInt8]
  public var lastEvent: EventID?

  public init(user: UserID, name: ProjectionName, data: [UInt8], lastEvent: EventID?) {
    self.user = user
    self.name = name
    self.data = data
    self.lastEvent = lastEvent
  }
}

/// A condition under which the live reducer raises, so that its row is not written.
public enum FailureCode: String, Sendable, CaseIterable {
  case numberOverflow = "number_overflow"
  case notFinite = "not_finite"
  case countNotFinite = "count_not_finite"
  case invalidTimeZoneKey = "invalid_time_zone_key"
  case instantOutOfRange = "instant_out_of_range"
  case invalidDigits = "invalid_digits"
  case numberTooLong = "number_too_long"
  case dataNotObject = "data_not_object"
  case expansionLimit = "expansion_limit"
}

/// A projection that could not be computed for a user: a fact about the data, not about refold.
public struct Failure: Hashable, Sendable {
  public var user: UserID
  public var projectionType: String
  public var code: FailureCode
  /// The event whose value was refused, `nil` where no single one was.
  public var event: EventID?
  /// Which field and why, without its value.
  public var detail: String

  public init(user: UserID, projectionType: String, code: FailureCode, event: EventID?, detail: String) {
    self.user = user
    self.projectionType = projectionType
    self.code = code
    self.event = event
    self.detail = detail
  }
}

/// What the runbooks' coverage and lag checks need to know of a user's events of one type,
/// retracted ones included.
public struct SignalSummary: Hashable, Sendable {
  public var user: UserID
  public var eventType: String
  public var count: Int
  public var first: Instant
  public var last: Instant
  /// The newest by (timestamp, id).
  public var newestEvent: EventID

  public init(user: UserID, eventType: String, count: Int, first: Instant, last: Instant, newestEvent: EventID) {
    self.user = user
    self.eventType = eventType
    self.count = count
    self.first = first
    self.last = last
    self.newestEvent = newestEvent
  }
}
