/// An `updated_at` that very many live rows have in common: a restore or a migration wrote it, so it does not say when
/// the rows were computed.
package struct SharedUpdate: Sendable, Hashable {
  package var instant: Instant
  /// Number of live rows that have it.
  package var rows: Int
  /// Number of all live rows.
  package var of: Int
  /// Number of users with a row that has it.
  package var users: Int

  /// The fewest users of which an instant is shared.
  package static let fewestUsers = 20

  package init(instant: Instant, rows: Int, of: Int, users: Int) {
    self.instant = instant
    self.rows = rows
    self.of = of
    self.users = users
  }
}

/// Which events of a log say when they were stored, in `created_at`.
package enum StoredInstants: String, Sendable, CaseIterable {
  case all, some, none
}
