/// A number of minutes as the runbooks print it: two digits after the point, exact.
package struct Minutes: Hashable, Sendable, Comparable {
  /// Hundredths of a minute.
  package var hundredths: Int64

  package init(hundredths: Int64) { self.hundredths = hundredths }

  package static func < (a: Minutes, b: Minutes) -> Bool { a.hundredths < b.hundredths }
}

extension Minutes: CustomStringConvertible {
  /// `563746.29`, as PostgreSQL prints a `numeric` of that scale.
  package var description: String {
    let digits = String(hundredths.magnitude)
    let padded = String(repeating: "0", count: max(0, 3 - digits.count)) + digits
    return (hundredths < 0 ? "-" : "") + padded.dropLast(2) + "." + padded.suffix(2)
  }
}

/// The capability runbook's coverage, column by column.
package struct CapabilityCoverage: Hashable, Sendable {
  package var usersWithEvents = 0
  package var usersWithAllKeys = 0
  package var usersMissingProjection = 0

  package init() {}

  package var columns: [(name: String, count: Int)] {
    [
      ("users_with_capability_events", usersWithEvents), ("users_with_all_capability_keys", usersWithAllKeys),
      ("users_missing_capability_projection", usersMissingProjection),
    ]
  }
}

/// The objective runbook's coverage, column by column.
package struct ObjectiveCoverage: Hashable, Sendable {
  package var usersTotal = 0
  package var usersWithSignals = 0
  package var usersWithState = 0
  package var usersWithAdvisory = 0
  package var usersMissingAll = 0
  package var usersMissingSignal = 0

  package init() {}

  package var columns: [(name: String, count: Int)] {
    [
      ("users_total", usersTotal), ("users_with_objective_signals", usersWithSignals),
      ("users_with_objective_state", usersWithState), ("users_with_objective_advisory", usersWithAdvisory),
      ("users_missing_objective_surfaces_all_users", usersMissingAll),
      ("users_missing_objective_surfaces_signal_users", usersMissingSignal),
    ]
  }
}

/// Both runbooks' lag check, with what it leaves out: the spread.
package struct LagFigures: Hashable, Sendable {
  package var usersConsidered = 0
  package var usersWithoutProjection = 0
  /// `nil`, PostgreSQL's NULL, when no considered user has a projection.
  package var averageMinusSignal: Minutes?
  package var averageAge: Minutes?
  package var maximumAge: Minutes?
  /// Users whose newest signal is newer than their projection.
  package var usersLagging = 0
  /// How far the newest signal is ahead of the projection, for the user where it is furthest; `nil` when for none.
  package var maximumLag: Minutes?
  /// `percentile_disc` of projection_minus_signal_minutes, by name.
  package var percentiles: [Percentile] = []

  package struct Percentile: Hashable, Sendable {
    package var name: String
    package var minutes: Minutes

    package init(name: String, minutes: Minutes) {
      self.name = name
      self.minutes = minutes
    }
  }

  package init() {}
}
