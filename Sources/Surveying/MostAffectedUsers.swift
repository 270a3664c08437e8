import EventModel
import Reporting

/// The users with the most rows that are not accepted, and the first of their rows. Memory: ``ReportLimits/users``
/// users.
struct MostAffectedUsers {
  struct User {
    var id: UserID
    var rows: [RowDifference] = []
    var rowCount = 0
    var unacceptable = 0
  }

  private(set) var users: [User] = []
  /// How many more users have rows that are not accepted.
  private(set) var others = 0
  private var current: User?

  mutating func note(_ difference: RowDifference, isAllowed: Bool) {
    if current?.id != difference.user {
      finish()
      current = User(id: difference.user)
    }
    current?.rowCount += difference.keyCount
    if !isAllowed { current?.unacceptable += difference.keyCount }
    if current?.rows.count ?? 0 < ReportLimits.rows {
      var kept = difference
      kept.fields = Array(kept.fields.prefix(ReportLimits.fields))
      current?.rows.append(kept)
    }
  }

  mutating func finish() {
    guard let user = current else { return }
    current = nil
    if user.unacceptable == 0 { return }
    if users.count == ReportLimits.users {
      others += 1
      if let last = users.last, !MostAffectedUsers.precedes(user, last) { return }
      users.removeLast()
    }
    users.insert(user, at: users.firstIndex { MostAffectedUsers.precedes(user, $0) } ?? users.count)
  }

  private static func precedes(_ a: User, _ b: User) -> Bool {
    if a.unacceptable != b.unacceptable { return a.unacceptable > b.unacceptable }
    return a.rowCount == b.rowCount ? a.id < b.id : a.rowCount > b.rowCount
  }
}
