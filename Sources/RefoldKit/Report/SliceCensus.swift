import EventLog
import EventModel
import Glibc
import Projections
import Reporting
import SnapshotStore

/// Takes the census of one slice of users while their rows go by, and of the users without any. O(users + rows + signals).
final class SliceCensus {
  private let path: String
  private let users: RowCursor<StoredUser>
  private let signals: RowCursor<StoredSignal>
  private var pendingUser: StoredUser?
  private var pendingSignal: StoredSignal?
  private let everybodyIsListed: Bool
  private let asOf: Instant
  private var census = Census()
  /// Of users whose rows are the same on both sides.
  private var alike = CoverageSum()
  private var types = SignalTypes()
  private let packer = SidePacker()

  init(_ reader: SnapshotReader, slice: UserSlice, asOf: Instant) throws {
    path = reader.path
    users = try reader.users(from: slice.lower, to: slice.upper)
    signals = try reader.storedSignals(from: slice.lower, to: slice.upper)
    everybodyIsListed = reader.manifestValue("users.exported") == "no export"
    self.asOf = asOf
    pendingUser = try users.next()
    pendingSignal = try signals.next()
  }

  /// Takes in which rows a user has; users come in ascending order.
  func note(_ user: UserID, rebuilt: [SideRow], live: [SideRow]) throws {
    while let known = pendingUser, known.id < user {
      try count(known.id, listed(known), SideFacts(), SideFacts())
      pendingUser = try users.next()
    }
    var isListed = false
    if let known = pendingUser, known.id == user {
      isListed = listed(known)
      pendingUser = try users.next()
    }
    var (mine, theirs) = (SideFacts(), SideFacts())
    // Rows are large: only what is needed of them is read.
    for place in rebuilt.indices {
      if let number = rebuilt[place].number {
        mine.note(number, updatedAt: asOf)
      } else {
        mine.note(rebuilt[place].name, updatedAt: asOf)
      }
    }
    for place in live.indices {
      let updatedAt = live[place].bookkeeping.updatedAt
      if let number = live[place].number {
        theirs.note(number, updatedAt: updatedAt)
      } else {
        theirs.note(live[place].name, updatedAt: updatedAt)
      }
      if updatedAt == nil { census.lacksInstants = true }
    }
    if !live.isEmpty { census.hasLive = true }
    try count(user, isListed, mine, theirs)
  }

  /// Takes in what a row of either side says.
  func note(_ number: Int, rebuilt row: SideRow) throws {
    if RowQuality.isCounted(number) { census.rebuilt[number].note(try quality(of: row, number)) }
  }

  func note(_ number: Int, live row: SideRow) throws {
    if RowQuality.isCounted(number) { census.live[number].note(try quality(of: row, number)) }
  }

  /// Takes in what a row says that is the same on both sides.
  func note(_ number: Int, both row: SideRow) throws {
    guard RowQuality.isCounted(number) else { return }
    let quality = try quality(of: row, number)
    census.rebuilt[number].note(quality)
    census.live[number].note(quality)
  }

  private func quality(of row: SideRow, _ number: Int) throws -> RowQuality {
    if let data = row.packed { return RowQuality(data, number) }
    if let text = row.text {
      if let quality = RowQuality(text: text, number) { return quality }
      if let data = packer.pack(text) { return RowQuality(data, number) }
    }
    throw SnapshotError(.damaged, path: path, reason: "a row holds what is no JSON", advice: "rebuild it")
  }

  /// Takes in the users behind the last one with rows.
  func finish() throws -> Census {
    while let known = pendingUser {
      try count(known.id, listed(known), SideFacts(), SideFacts())
      pendingUser = try users.next()
    }
    census.rebuiltUsers.add(alike)
    census.liveUsers.add(alike)
    types.add(to: &census)
    return census
  }

  private func listed(_ user: StoredUser) -> Bool { everybodyIsListed || user.source != .events }

  private func count(_ user: UserID, _ isListed: Bool, _ rebuilt: SideFacts, _ live: SideFacts) throws {
    var facts = UserFacts(user: user, isListed: isListed)
    while let signal = pendingSignal, signal.user <= user {
      if signal.user == user { types.note(signal, &facts) }
      pendingSignal = try signals.next()
    }
    if rebuilt == live { return alike.note(facts, rebuilt, now: asOf) }
    census.rebuiltUsers.note(facts, rebuilt, now: asOf)
    census.liveUsers.note(facts, live, now: asOf)
  }
}
