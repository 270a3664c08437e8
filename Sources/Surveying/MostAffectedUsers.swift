import EventModel
import Reporting

/// The users with the most rows that are not accepted, and the first of their rows.
///
/// Memory: ``ReportLimits/users`` users or, if all are asked for, as many as a page of ``ReportLimits/page`` bytes could
/// hold.
struct MostAffectedUsers {
  struct User {
    var id: UserID
    /// Rows that are not accepted first.
    var rows: [ReportFacts.Row] = []
    /// All rows that differ.
    var rowCount = 0
    var unacceptable = 0
    /// Rows that are accepted, if these are listed.
    var accepted = 0
    /// Rows that ``rows`` leaves out.
    var cut = 0
    /// A lower bound of the bytes that ``rows`` takes on a page.
    fileprivate var size = 0
  }

  /// Which differences are listed.
  struct Listing {
    /// All of them, as far as a page can hold them.
    var isAll = false
    /// Those that are accepted, too.
    var showsAccepted = false
  }

  private(set) var users: [User] = []
  /// How many more users have rows to list.
  private(set) var others = 0
  /// How many differences are not listed because they are accepted.
  private(set) var hidden = 0
  let listing: Listing
  private let row: (RowDifference) -> ReportFacts.Row
  private var current: User?
  /// The rows of ``current``: those that are not accepted, and the others.
  private var rows: (open: Rows, accepted: Rows)
  /// The sum over ``users``.
  private var size = 0

  /// The rows of one user to list.
  private struct Rows {
    let limit: Int
    var kept: [RowDifference] = []
    var cut = 0

    mutating func note(_ difference: RowDifference) {
      guard kept.count < limit else {
        cut += 1
        return
      }
      var kept = difference
      kept.fields = Array(kept.fields.prefix(ReportLimits.fields))
      self.kept.append(kept)
    }
  }

  /// - Parameter row: the form in which a difference is listed.
  init(_ listing: Listing, row: @escaping (RowDifference) -> ReportFacts.Row) {
    self.listing = listing
    self.row = row
    let none = Rows(limit: listing.isAll ? ReportLimits.page / ReportLimits.leastRow : ReportLimits.rows)
    rows = (none, none)
  }

  mutating func note(_ difference: RowDifference, isAccepted: Bool) {
    if current?.id != difference.user {
      finish()
      current = User(id: difference.user)
    }
    current?.rowCount += difference.keyCount
    if !isAccepted {
      current?.unacceptable += difference.keyCount
      rows.open.note(difference)
    } else if listing.showsAccepted {
      current?.accepted += difference.keyCount
      rows.accepted.note(difference)
    } else {
      hidden += 1
    }
  }

  mutating func finish() {
    guard var user = current else { return }
    current = nil
    let (open, accepted) = rows
    rows = (Rows(limit: open.limit), Rows(limit: open.limit))
    if user.unacceptable + user.accepted == 0 { return }
    let place = place(of: user)
    if place == users.count, others > 0 || (!listing.isAll && place == ReportLimits.users) {
      others += 1
      return
    }
    let kept = (open.kept + accepted.kept).prefix(open.limit)
    user.rows = kept.map(row)
    user.cut = open.cut + accepted.cut + open.kept.count + accepted.kept.count - kept.count
    user.size = user.rows.reduce(0) { $0 + $1.leastSize }
    users.insert(user, at: place)
    size += user.size
    while listing.isAll ? size > ReportLimits.page : users.count > ReportLimits.users {
      size -= users.removeLast().size
      others += 1
    }
  }

  /// Where the user belongs. O(log n).
  private func place(of user: User) -> Int {
    var (low, high) = (0, users.count)
    while low < high {
      let middle = (low + high) / 2
      if MostAffectedUsers.precedes(users[middle], user) { low = middle + 1 } else { high = middle }
    }
    return low
  }

  private static func precedes(_ a: User, _ b: User) -> Bool {
    if a.unacceptable != b.unacceptable { return a.unacceptable > b.unacceptable }
    return a.rowCount == b.rowCount ? a.id < b.id : a.rowCount > b.rowCount
  }
}

extension ReportFacts.Row {
  /// A lower bound of the bytes that the row takes on a page.
  fileprivate var leastSize: Int {
    let texts = details + fields.flatMap { [$0.path, $0.rebuilt, $0.live].compactMap { $0 } }
    return texts.reduce(ReportLimits.leastRow) { $0 + $1.raw.utf8.count }
  }
}
