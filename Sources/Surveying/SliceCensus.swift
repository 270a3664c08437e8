import Comparing
import EventLog
import EventModel
import Folding
import Reporting
import Runbooks
import SnapshotStore

/// Takes the census of one slice of users while their rows go by, and of the users without any. O(users + rows + signals).
final class SliceCensus: RowCounter {
  private let reader: SnapshotReader
  private let slice: UserSlice
  private let asOf: Instant
  private let signals: RowCursor<StoredSignal>
  private var pendingSignal: StoredSignal?
  /// Users that the users export does not list; `nil` if there was no export.
  private let unlisted: RowCursor<UserID>?
  private var pendingUnlisted: UserID?
  /// How many listed users were counted so far.
  private var listedUsers = 0
  private let catalogue: Catalogue
  /// By the projection's number.
  private let roles: [[SideFacts.Role]]
  private let backfills: BackfillTable
  private let qualities: [QualityReader?]
  private var census: Census
  private let rebuiltRows: QualityCounts
  private let liveRows: QualityCounts
  /// Of users whose rows are the same on both sides.
  private var alike: CoverageSum
  private var types: SignalTypes
  private let packer = SidePacker()

  init(_ catalogue: Catalogue, _ reader: SnapshotReader, slice: UserSlice, asOf: Instant) throws {
    self.catalogue = catalogue
    let backfills = BackfillTable(catalogue)
    self.backfills = backfills
    roles = catalogue.names.map { backfills.roles($0) }
    alike = CoverageSum(backfills)
    types = SignalTypes(backfills)
    qualities = catalogue.names.indices.map { catalogue.schema(of: $0).quality.map { QualityReader($0, catalogue) } }
    census = Census(catalogue)
    rebuiltRows = QualityCounts(catalogue)
    liveRows = QualityCounts(catalogue)
    self.reader = reader
    self.slice = slice
    self.asOf = asOf
    signals = try reader.storedSignals(from: slice.lower, to: slice.upper)
    let hasExport = reader.manifestValue("users.exported") != "no export"
    unlisted = hasExport ? try reader.usersOfEventsAlone(from: slice.lower, to: slice.upper) : nil
    pendingSignal = try signals.next()
    pendingUnlisted = try unlisted?.next()
  }

  /// Counts which rows a user has. Call it with users in ascending order.
  func note(_ user: UserID, rebuilt: [SideRow], live: [SideRow]) throws {
    try noteUsersWithoutRows(before: user)
    // Every user with events or rebuilt rows is among the snapshot's users.
    let isKnown = try !rebuilt.isEmpty || pendingSignal?.user == user || reader.knows(user)
    var (mine, theirs) = (SideFacts(backfills), SideFacts(backfills))
    // Rows are large: read only what is needed of them.
    for place in rebuilt.indices {
      if let number = rebuilt[place].number {
        mine.note(roles[number], updatedAt: asOf)
      } else {
        mine.note(backfills.roles(rebuilt[place].name(catalogue)), updatedAt: asOf)
      }
    }
    for place in live.indices {
      let updatedAt = live[place].newestUpdate
      if let number = live[place].number {
        theirs.note(roles[number], updatedAt: updatedAt)
      } else {
        theirs.note(backfills.roles(live[place].name(catalogue)), updatedAt: updatedAt)
      }
      if live[place].lacksUpdate || live[place].others.lackingUpdate > 0 { census.lacksInstants = true }
    }
    if !live.isEmpty { census.hasLive = true }
    try count(user, isKnown: isKnown, mine, theirs)
  }

  /// Counts the quality of a row on one side.
  func note(_ number: Int, rebuilt row: SideRow) throws {
    if let places = qualities[number] { rebuiltRows.note(try quality(of: row, places), number) }
  }

  func note(_ number: Int, live row: SideRow) throws {
    if let places = qualities[number] { liveRows.note(try quality(of: row, places), number) }
  }

  /// Counts the quality of a row that is the same on both sides.
  func note(_ number: Int, both row: SideRow) throws {
    guard let places = qualities[number] else { return }
    let quality = try quality(of: row, places)
    rebuiltRows.note(quality, number)
    liveRows.note(quality, number)
  }

  private func quality(of row: SideRow, _ places: QualityReader) throws -> RowQuality {
    if let data = row.packed { return places.quality(of: data) }
    if let text = row.text {
      if let quality = places.quality(ofText: text) { return quality }
      if let data = packer.pack(text) { return places.quality(of: data) }
    }
    throw SnapshotError(.damaged, path: reader.path, reason: "a row holds invalid JSON", advice: "rebuild it")
  }

  /// Counts the users after the last one with rows.
  func finish() throws -> Census {
    try noteUsersWithoutRows(before: nil)
    let listed = try reader.userCount(from: slice.lower, to: slice.upper, exported: unlisted != nil)
    alike.noteListed(listed - listedUsers)
    census.rebuiltUsers.add(alike)
    census.liveUsers.add(alike)
    types.add(to: &census)
    census.rebuilt = rebuiltRows.mixes
    census.live = liveRows.mixes
    return census
  }

  func counts() throws -> any RowCensus { try finish() }

  private func noteUsersWithoutRows(before user: UserID?) throws {
    while let next = pendingSignal?.user, user.map({ next < $0 }) ?? true {
      try count(next, isKnown: true, SideFacts(backfills), SideFacts(backfills))
    }
  }

  private func count(_ user: UserID, isKnown: Bool, _ rebuilt: SideFacts, _ live: SideFacts) throws {
    while let known = pendingUnlisted, known < user { pendingUnlisted = try unlisted?.next() }
    var facts = UserFacts(user: user, isListed: isKnown && pendingUnlisted != user, backfills)
    if facts.isListed { listedUsers += 1 }
    while let signal = pendingSignal, signal.user == user {
      types.note(signal, &facts)
      pendingSignal = try signals.next()
    }
    if rebuilt == live { return alike.note(facts, rebuilt, now: asOf) }
    census.rebuiltUsers.note(facts, rebuilt, now: asOf)
    census.liveUsers.note(facts, live, now: asOf)
  }
}
