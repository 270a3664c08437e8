/// Rows of all users that lack events stored shortly before them.
package struct UnseenGroup: Hashable, Sendable {
  package var rows = 0
  package var users = 0
  /// The longest time between storing such an event and its row, in microseconds.
  package var longest: Int64 = 0
  private var lastUser: UserID?

  package init() {}

  /// Rows must come grouped by user.
  package mutating func note(_ difference: RowDifference) {
    for case .unseen(_, _, _, let microseconds) in difference.details {
      rows += 1
      longest = max(longest, microseconds)
      if lastUser != difference.user { users += 1 }
      lastUser = difference.user
    }
  }

  /// Adds rows of other users.
  package mutating func add(rows: Int, users: Int, longest: Int64) {
    self.rows += rows
    self.users += users
    self.longest = max(self.longest, longest)
  }
}
