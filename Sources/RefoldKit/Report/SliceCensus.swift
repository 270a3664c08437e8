import EventLog
import EventModel
import Glibc
import JSONTape
import Projections
import Reporting
import SnapshotStore

/// Takes the census of one slice of users while their rows go by, and of the users without any. O(users + rows + signals).
final class SliceCensus {
  private let users: RowCursor<StoredUser>
  private let signals: RowCursor<StoredSignal>
  private var pendingUser: StoredUser?
  private var pendingSignal: StoredSignal?
  private let everybodyIsListed: Bool
  private let asOf: Instant
  private var census = Census()
  /// Counts of the types met lately, found by their bytes.
  private var types: [(name: [UInt8], role: UInt8, count: Census.TypeCount)] = []

  init(_ reader: SnapshotReader, slice: UserSlice, asOf: Instant) throws {
    users = try reader.users(from: slice.lower, to: slice.upper)
    signals = try reader.storedSignals(from: slice.lower, to: slice.upper)
    everybodyIsListed = reader.manifestValue("users.exported") == "no export"
    self.asOf = asOf
    pendingUser = try users.next()
    pendingSignal = try signals.next()
  }

  /// Takes in a user's rows; users come in ascending order.
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
    for row in rebuilt { mine.note(row.name, updatedAt: asOf) }
    for row in live {
      theirs.note(row.name, updatedAt: row.bookkeeping.updatedAt)
      if row.bookkeeping.updatedAt == nil { census.lacksInstants = true }
    }
    if !live.isEmpty { census.hasLive = true }
    try count(user, isListed, mine, theirs)
  }

  func note(_ number: Int, rebuilt data: JSONValue) { SliceCensus.note(data, number, &census.rebuilt[number]) }
  func note(_ number: Int, live data: JSONValue) { SliceCensus.note(data, number, &census.live[number]) }

  /// Takes in the users behind the last one with rows.
  func finish() throws -> Census {
    while let known = pendingUser {
      try count(known.id, listed(known), SideFacts(), SideFacts())
      pendingUser = try users.next()
    }
    for type in types { census.add(String(decoding: type.name, as: UTF8.self), type.count) }
    return census
  }

  private func listed(_ user: StoredUser) -> Bool { everybodyIsListed || user.source != .events }

  private func count(_ user: UserID, _ isListed: Bool, _ rebuilt: SideFacts, _ live: SideFacts) throws {
    var facts = UserFacts(user: user, isListed: isListed)
    while let signal = pendingSignal, signal.user <= user {
      if signal.user == user { note(signal, &facts) }
      pendingSignal = try signals.next()
    }
    census.rebuiltUsers.note(facts, rebuilt, now: asOf)
    census.liveUsers.note(facts, live, now: asOf)
  }

  // MARK: Signals

  private func note(_ signal: StoredSignal, _ facts: inout UserFacts) {
    let place = types.firstIndex { isSame($0.name, signal.eventType) } ?? newType(signal.eventType)
    types[place].count.events += signal.count
    types[place].count.users += 1
    if types[place].count.first.isEmpty || precedes(signal.first, types[place].count.first) {
      types[place].count.first = Array(signal.first)
    }
    if !precedes(signal.last, types[place].count.last), !isSame(types[place].count.last, signal.last) {
      types[place].count.last = Array(signal.last)
    }
    if types[place].role != 0, let last = Instant(storedText: signal.last) {
      facts.note(last, capability: types[place].role & 1 != 0, objective: types[place].role & 2 != 0)
    }
  }

  private func newType(_ name: UnsafeRawBufferPointer) -> Int {
    if types.count >= Census.typeLimit,
      let rest = types.firstIndex(where: { $0.name.elementsEqual(Census.otherTypes.utf8) })
    {
      return rest
    }
    let isFull = types.count >= Census.typeLimit
    let kept = isFull ? Array(Census.otherTypes.utf8) : Array(name)
    let type = String(decoding: kept, as: UTF8.self)
    let role: UInt8 = (SliceCensus.capability.contains(type) ? 1 : 0) | (SliceCensus.objective.contains(type) ? 2 : 0)
    types.append((kept, role, Census.TypeCount()))
    return types.count - 1
  }

  private static let capability = Set(EventType.capability.map(\.name.description))
  private static let objective = Set(EventType.objective.map(\.name.description))

  private func isSame(_ a: [UInt8], _ b: UnsafeRawBufferPointer) -> Bool {
    a.count == b.count && (b.isEmpty || a.withUnsafeBytes { memcmp($0.baseAddress!, b.baseAddress!, b.count) == 0 })
  }

  private func precedes(_ a: UnsafeRawBufferPointer, _ b: [UInt8]) -> Bool { a.lexicographicallyPrecedes(b) }

  // MARK: Rows

  private static func note(_ data: JSONValue, _ number: Int, _ mix: inout ReportFacts.Mix) {
    mix.rows += 1
    let hasStatus = statusIsKept[number]
    if hasStatus {
      var place = ReportFacts.Mix.statuses.count - 1
      if let status = data.member("status"), status.isString {
        place = statuses.firstIndex { isEqual($0, status.text) } ?? place
      }
      mix.statuses[place] += 1
    }
    switch (hasStatus ? data.member("confidence") : data.member("inferred_confidence")).flatMap(double) {
    case .some(let confidence) where confidence >= 0 && confidence <= 1:
      mix.confidence[min(ReportFacts.Mix.confidenceBins - 1, bin(confidence))] += 1
    default: mix.withoutConfidence += 1
    }
  }

  /// The twentieth a confidence lies in: 0.15 is in the one that begins with it, whatever its double.
  private static func bin(_ confidence: Double) -> Int {
    Int((confidence * Double(ReportFacts.Mix.confidenceBins) + 1e-9).rounded(.down))
  }

  private static let statusIsKept = ProjectionCatalog.names.map { $0.type == Surface.capability }
  private static let statuses = ReportFacts.Mix.statuses.dropLast().map { Array($0.utf8) }

  private static func isEqual(_ a: [UInt8], _ b: UnsafeRawBufferPointer) -> Bool {
    a.count == b.count && a.withUnsafeBytes { memcmp($0.baseAddress!, b.baseAddress!, b.count) == 0 }
  }

  private static func double(_ value: JSONValue) -> Double? {
    switch value.kind {
    case .double: value.double
    case .smallInteger, .mediumInteger, .integer: Double(value.integer)
    default: nil
    }
  }
}
