import Comparing
import EventLog
import EventModel
import Folding
import Rebuilding
import Running
import SnapshotStore

/// The facts of all users, sorted by id: the users of the snapshot, and users for whom only live has rows.
struct FactTable {
  private(set) var users: [UserFacts] = []
  let backfills: BackfillTable
  /// Failures of the rebuild, by user and projection type.
  private(set) var failures: [UserID: [Failure]] = [:]
  let asOf: Instant
  /// Whether a users export lists the users. Without an export, everybody seen in the events counts as a user.
  let hasUsersExport: Bool

  /// Reads users, signals and row keys of a snapshot. O(rows); memory O(users).
  ///
  /// - Parameter usersTable: the ids of the users table; `nil`: the users table as the snapshot has it.
  init(_ reader: SnapshotReader, _ catalogue: Catalogue, usersTable: [UserID]? = nil) throws {
    try reader.refuseSelection(ofProjections: true)
    backfills = BackfillTable(catalogue)
    asOf = try reader.asOf()
    hasUsersExport = usersTable != nil || reader.manifestValue("users.exported") != "no export"
    let stored = try reader.users()
    while let user = try stored.next() {
      users.append(UserFacts(user: user.id, isListed: !hasUsersExport || user.source != .events, backfills))
    }
    var at = 0
    let signals = try reader.signals()
    while let signal = try signals.next(), seek(signal.user, &at) {
      users[at].note(signal.last, signalOf: backfills.signals(signal.eventType))
    }
    at = 0
    let keys = try reader.projectionKeys()
    while let row = try keys.next(), seek(row.user, &at) {
      users[at].rebuilt.note(backfills.roles(row.name), updatedAt: asOf)
    }
    if let usersTable { setListed(usersTable) }
    for failure in try reader.failures().all() { failures[failure.user, default: []].append(failure) }
  }

  /// Adds the live rows; the export may be in any order. Returns how many rows have no updated_at.
  mutating func addLive(_ plan: DiffPlan, _ progress: ProgressMeter) throws -> Int {
    let side = try readLiveSide(plan, progress)
    var bufferSize = 1 << 16
    if case .export(let export) = side { bufferSize = plan.resources.readBufferSize(runs: export.runs.count) }
    let rows = try LiveRows(plan.catalogue, side, slice: UserSlice(lower: nil, upper: nil), bufferSize: bufferSize)
    var at = 0
    var withoutInstant = 0
    var strangers: [UserFacts] = []
    while let user = rows.nextUser {
      try rows.next()
      var facts = SideFacts(backfills)
      for row in rows.rows {
        facts.note(backfills.roles(row.name(plan.catalogue)), updatedAt: row.newestUpdate)
        withoutInstant += (row.lacksUpdate ? 1 : 0) + row.others.lackingUpdate
      }
      if seek(user, &at) {
        users[at].live = facts
      } else {
        var stranger = UserFacts(user: user, isListed: false, backfills)
        stranger.live = facts
        strangers.append(stranger)
      }
    }
    if !strangers.isEmpty {
      users += strangers
      users.sort { $0.user < $1.user }
    }
    return withoutInstant
  }

  /// The number of users that the checks cover.
  var usersToCheck: Int {
    users.count { $0.isListed || $0.hasSignals }
  }

  private mutating func setListed(_ ids: [UserID]) {
    let listed = Set(ids)
    for index in users.indices { users[index].isListed = listed.contains(users[index].user) }
    let known = Set(users.map(\.user))
    users += ids.filter { !known.contains($0) }.map { UserFacts(user: $0, isListed: true, backfills) }
    users.sort { $0.user < $1.user }
  }

  /// Advances to a user; `false` if the table does not have the user. Call it with users in ascending order.
  private func seek(_ user: UserID, _ at: inout Int) -> Bool {
    while at < users.count, users[at].user < user { at += 1 }
    return at < users.count && users[at].user == user
  }
}
