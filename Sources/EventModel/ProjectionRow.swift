/// Which projection of a user: `projections.projection_type` and `projections.key`.
package struct ProjectionName: Hashable, Sendable, Comparable {
  package var type: String
  package var key: String

  package init(type: String, key: String) {
    self.type = type
    self.key = key
  }

  /// By type, then key, each by code point.
  package static func < (a: ProjectionName, b: ProjectionName) -> Bool {
    a.type == b.type ? a.key.utf8.lexicographicallyPrecedes(b.key.utf8) : a.type.utf8.lexicographicallyPrecedes(b.type.utf8)
  }
}

extension ProjectionName: CustomStringConvertible {
  /// `capability_estimation/jump_height`.
  package var description: String { "\(type)/\(key)" }
}

/// A row of the projections table as a rebuild writes it; the columns it leaves out
/// (`id`, `version`, `created_at`, `updated_at`) follow from these and the as-of.
package struct ProjectionRow: Hashable, Sendable {
  package var user: UserID
  package var name: ProjectionName
  /// Canonical JSON, UTF-8: keys by UTF-16 code unit, numbers as RFC 8785 writes them, integers exact.
  package var data: [UInt8]
  package var lastEvent: EventID?

  package init(user: UserID, name: ProjectionName, data: [UInt8], lastEvent: EventID?) {
    self.user = user
    self.name = name
    self.data = data
    self.lastEvent = lastEvent
  }
}

/// A condition under which the live reducer raises, so that its row is not written.
package enum FailureCode: String, Sendable, CaseIterable {
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
package struct Failure: Hashable, Sendable {
  package var user: UserID
  package var projectionType: String
  package var code: FailureCode
  /// The event whose value was refused, `nil` where no single one was.
  package var event: EventID?
  /// Which field and why, without its value.
  package var detail: String

  package init(user: UserID, projectionType: String, code: FailureCode, event: EventID?, detail: String) {
    self.user = user
    self.projectionType = projectionType
    self.code = code
    self.event = event
    self.detail = detail
  }
}

/// What the runbooks' coverage and lag checks need to know of a user's events of one type,
/// retracted ones included.
package struct SignalSummary: Hashable, Sendable {
  package var user: UserID
  package var eventType: String
  package var count: Int
  package var first: Instant
  package var last: Instant
  /// The newest by (timestamp, id).
  package var newestEvent: EventID

  package init(user: UserID, eventType: String, count: Int, first: Instant, last: Instant, newestEvent: EventID) {
    self.user = user
    self.eventType = eventType
    self.count = count
    self.first = first
    self.last = last
    self.newestEvent = newestEvent
  }
}
