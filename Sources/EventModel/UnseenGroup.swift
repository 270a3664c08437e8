/// Rows that lack events stored shortly before them, of all users.
package struct UnseenGroup: Hashable, Sendable {
  package var rows = 0
  package var users = 0
  /// The longest that one of those events was stored before its row, microseconds.
  package var longest: Int64 = 0
  private var lastUser: UserID?

  package init() {}

  /// Rows come by user.
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
