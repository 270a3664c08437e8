import EventLog
import EventModel
import Folding
import Formatting
import JSONTape
import Rebuilding
import Reconciliation
import SnapshotStore

/// The result of comparing a slice of users, in user order.
final class SliceOutcome: @unchecked Sendable {
  var tally: DiffTally
  var differences: [RowDifference] = []
  /// Users with a row that only the log can explain.
  var needLog: [UserID] = []
  /// Rows by `updated_at`, if they are counted.
  var updates = UpdateCounts()
  /// The votes on live's wordings, if they are counted.
  var votes = WordingVotes()
  /// Where it was asked for.
  var census: (any RowCensus)?

  init(_ catalogue: Catalogue) { tally = DiffTally(catalogue) }
}

/// Compares one slice of users after another. One per thread.
final class SliceDiff {
  private let context: DiffContext
  private let catalogue: Catalogue
  private let reader: SnapshotReader
  /// The live side, if it is a snapshot.
  private let other: SnapshotReader?
  /// The partition whose users are compared; `nil` for all users.
  private let partition: PartitionFilter?
  private let explainer: RowExplainer
  private let reported: ReportedFields
  /// `nil` if no fingerprints were asked for.
  private let fingerprints: Fingerprints?
  private let rebuiltArena = ByteArena(capacity: 1 << 14)
  private let rebuiltPacker: DocumentPacker
  private let liveArena = ByteArena(capacity: 1 << 14)
  private let livePacker: DocumentPacker
  private var outcome: SliceOutcome
  private var histories: UserMerger?
  private var hasHistory = false
  private var needsLog = false
  private var census: (any RowCounter)?

  init(_ context: DiffContext) throws(SnapshotError) {
    self.context = context
    catalogue = context.catalogue
    outcome = SliceOutcome(catalogue)
    reader = try SnapshotReader(context.plan.snapshot)
    if case .snapshot(let path) = context.live { other = try SnapshotReader(path) } else { other = nil }
    explainer = RowExplainer(context)
    reported = ReportedFields(context.redaction)
    fingerprints = context.fingerprints ? Fingerprints(catalogue) : nil
    partition = context.plan.partition.map { PartitionFilter($0) }
    rebuiltPacker = DocumentPacker(arena: rebuiltArena)
    livePacker = DocumentPacker(arena: liveArena)
  }

  func run(_ slice: UserSlice) throws -> SliceOutcome {
    outcome = SliceOutcome(catalogue)
    explainer.beginSlice()
    let rebuilt = try SnapshotSide(catalogue, reader, slice: slice)
    let live = try LiveRows(catalogue, context.live, open: other, slice: slice, bufferSize: context.bufferSize)
    var failures = try reader.failures(from: slice.lower, to: slice.upper)[...]
    var othersFailures = try other?.failures(from: slice.lower, to: slice.upper)[...] ?? []
    histories = try context.log.map { try UserMerger($0.runs, slice: slice, bufferSize: $0.bufferSize) }
    hasHistory = try histories?.next() ?? false
    census = try context.census?.counter(catalogue, reader, slice: slice, asOf: context.asOf)
    while let user = [rebuilt.nextUser, live.nextUser, failures.first?.user, othersFailures.first?.user]
      .compactMap({ $0 }).min()
    {
      let hasRebuilt = rebuilt.nextUser == user
      let hasLive = live.nextUser == user
      if hasRebuilt { try rebuilt.next() }
      repeats = Repeats()
      if hasLive { try live.next { try isWanted($0, beside: hasRebuilt ? rebuilt.rows : [], of: user) } }
      let failed = Failures(own: SliceDiff.take(user, &failures), others: SliceDiff.take(user, &othersFailures))
      if let partition, !partition.includes(user) { continue }
      guard context.scope.includes(user) else {
        if hasLive { outcome.tally.notSelected += live.rows.reduce(0) { $0 + $1.rowCount } }
        continue
      }
      if context.countsUpdates, hasLive { outcome.updates.note(live.rows) }
      try census?.note(user, rebuilt: hasRebuilt ? rebuilt.rows : [], live: hasLive ? live.rows : [])
      try compare(
        user, rebuilt: hasRebuilt ? rebuilt.rows : [], live: hasLive ? live.rows : [], failed: failed)
    }
    outcome.census = try census?.counts()
    outcome.tally.doubtedUpdates = explainer.doubted
    return outcome
  }

  // MARK: Rows of one key

  /// The rebuilt row with which repeated rows of a key are compared.
  private struct Repeats {
    /// The projection's number in the catalogue.
    var number: Int?
    var rebuilt: JSONValue?
    var isFound = false
  }

  private var repeats = Repeats()

  /// Whether to keep a row after the first of its key: if it is the first of these that equals the rebuilt row. The
  /// others are only counted.
  private func isWanted(_ row: SideRow, beside rebuilt: [SideRow], of user: UserID) throws -> Bool {
    guard let number = row.number, context.scope.includes(user), context.scope.includes(number) else { return false }
    if let partition, !partition.includes(user) { return false }
    if repeats.number != number {
      repeats = Repeats(number: number, rebuilt: try rebuilt.first { $0.number == number }.map(packedRebuilt))
    }
    if !repeats.isFound, let rebuilt = repeats.rebuilt, context.comparers[number].isSame(rebuilt, try packedLive(row)) {
      repeats.isFound = true
      return true
    }
    try census?.note(number, live: row)
    return false
  }

  // MARK: One user

  /// The failures of a user's projections: in the snapshot, and in the live side if that is a snapshot too.
  private struct Failures {
    var own: [Failure]
    var others: [Failure]
  }

  private static func take(_ user: UserID, _ failures: inout ArraySlice<Failure>) -> [Failure] {
    let count = failures.prefix { $0.user == user }.count
    defer { failures.removeFirst(count) }
    return Array(failures.prefix(count))
  }

  private func compare(_ user: UserID, rebuilt: [SideRow], live: [SideRow], failed: Failures) throws {
    let before = outcome.differences.count
    needsLog = false
    let history = try history(of: user)
    let isExported = history == nil ? false : try reader.isExported(user)
    explainer.begin(live: live, history: history, of: FoldedUser(user, isExported: isExported))
    let liveRows = live
    var live = live[...]
    var inCommon = false
    var counts = (rebuilt: 0, live: 0)
    for number in catalogue.names.indices {
      let name = catalogue.names[number]
      let mine = rebuilt.first { $0.number == number }
      let theirs = live.filter { $0.number == number }
      live.removeAll { $0.number == number }
      guard context.scope.includes(number) else {
        outcome.tally.notSelected += theirs.reduce(0) { $0 + $1.copies }
        continue
      }
      let copies = theirs.reduce(0) { $0 + $1.copies }
      counts.live += copies
      outcome.tally.rows[number].live += copies
      if mine != nil {
        counts.rebuilt += 1
        outcome.tally.rows[number].rebuilt += 1
      }
      let failure = failed.own.first { $0.projectionType == name.type }
      let othersFailure = failed.others.first { $0.projectionType == name.type }
      if let mine, !theirs.isEmpty {
        inCommon = true
        outcome.tally.rows[number].compared += 1
        try compareRows(user, number, mine, theirs)
      } else if let mine {
        try census?.note(number, rebuilt: mine)
        try noteMissing(user, number, mine, othersFailure, beside: liveRows)
      } else if !theirs.isEmpty {
        for row in theirs { try census?.note(number, live: row) }
        try noteSurplus(user, number, theirs, failure)
      } else if other != nil, !isSame(failure, othersFailure) {
        try noteFailures(user, number, failure, othersFailure)
      } else if failure != nil {
        outcome.tally.failedOnBothSides += 1
      }
    }
    try noteUnknownKeys(user, live, &counts.live)
    if inCommon { outcome.tally.usersCompared += 1 }
    if counts.rebuilt > 0, counts.live == 0 { outcome.tally.usersOnlyRebuilt += 1 }
    if counts.live > 0, counts.rebuilt == 0 { outcome.tally.usersOnlyLive += 1 }
    if outcome.differences.count > before { outcome.tally.usersDifferent += 1 }
    if needsLog { outcome.needLog.append(user) }
  }

  /// The events of a user that is folded again; `nil` for other users.
  private func history(of user: UserID) throws(StorageFault) -> [Event]? {
    guard let log = context.log, let histories, log.users.sortedContains(user) else { return nil }
    while hasHistory, histories.history.user < user { hasHistory = try histories.next() }
    return hasHistory && histories.history.user == user ? histories.history.events : []
  }

  // MARK: A row both sides have

  private func compareRows(_ user: UserID, _ number: Int, _ mine: SideRow, _ theirs: [SideRow]) throws {
    var difference: RowDifference?
    var paths: [String] = []
    // Of several rows with one key, compare the equal one, else the first. The others are surplus.
    var row = theirs[0]
    var isEqual = isEqualText(mine, row)
    if isEqual { try census?.note(number, both: mine) }
    if !isEqual {
      try census?.note(number, rebuilt: mine)
      for row in theirs { try census?.note(number, live: row) }
      let rebuilt = try packedRebuilt(mine)
      for other in theirs where context.comparers[number].isSame(rebuilt, try packedLive(other)) {
        row = other
        isEqual = true
        break
      }
      if !isEqual {
        let (found, comparison) = try explainer.explain(user, number, rebuilt, try packedLive(row), of: row)
        if found.causes.contains(.unexplained) { needsLog = true }
        if context.takesVotes, comparison.wordings.count > 1 { outcome.votes.note(comparison.wordings) }
        difference = found
        if fingerprints != nil { paths = try explainer.ownPaths(number, rebuilt, try packedLive(row), of: row) }
      }
    }
    compareBookkeeping(mine.bookkeeping, row.bookkeeping)
    if context.plan.isExact { try addUncompared(user, mine, row, &difference) }
    let copies = theirs.reduce(0) { $0 + $1.copies }
    if copies > 1 {
      if difference == nil {
        difference = RowDifference(
          user: user, name: mine.name(catalogue), causes: [], updatedAt: row.bookkeeping.updatedAt)
      }
      difference?.causes.append(.surplus)
      difference?.details.append(.repeated(copies: copies))
    }
    if let difference {
      try note(difference, number, of: row, beside: mine, paths: paths)
    } else {
      outcome.tally.rows[number].equal += 1
    }
  }

  /// Whether both rows are of snapshots and have the same bytes.
  private func isEqualText(_ mine: SideRow, _ theirs: SideRow) -> Bool {
    guard let a = mine.text, let b = theirs.text else { return false }
    return a.equals(b)
  }

  private func packedRebuilt(_ row: SideRow) throws(SnapshotError) -> JSONValue {
    guard let text = row.text else { preconditionFailure("a snapshot's row is text") }
    return try SliceDiff.pack(text, rebuiltPacker, rebuiltArena, context.plan.snapshot)
  }

  private func packedLive(_ row: SideRow) throws(SnapshotError) -> JSONValue {
    if let packed = row.packed { return packed }
    guard let text = row.text else { preconditionFailure("a row is packed or text") }
    return try SliceDiff.pack(text, livePacker, liveArena, context.plan.live.first ?? "")
  }

  private static func pack(
    _ text: UnsafeRawBufferPointer, _ packer: DocumentPacker, _ arena: ByteArena, _ path: String
  ) throws(SnapshotError) -> JSONValue {
    arena.count = 0
    do throws(JSONFault) {
      let offset = try packer.pack(text)
      return JSONValue(arena.base + offset)
    } catch {
      throw SnapshotError(.damaged, path: path, reason: "a row holds invalid JSON", advice: "rebuild it")
    }
  }

  private func compareBookkeeping(_ mine: Bookkeeping, _ theirs: Bookkeeping) {
    func count<Value: Equatable>(_ column: Int, _ mine: Value?, _ theirs: Value?) {
      if theirs == nil {
        outcome.tally.bookkeepingAbsent[column] += 1
      } else if mine != theirs {
        outcome.tally.bookkeeping[column] += 1
      }
    }
    count(0, mine.id, theirs.id)
    count(1, mine.version, theirs.version)
    // Null is a value of this column.
    count(2, mine.lastEvent, theirs.lastEvent)
    count(3, mine.createdAt, theirs.createdAt)
    count(4, mine.updatedAt, theirs.updatedAt)
  }

  /// Adds the differences that a diff ignores, but not a comparison with a recording.
  private func addUncompared(
    _ user: UserID, _ mine: SideRow, _ row: SideRow, _ difference: inout RowDifference?
  ) throws {
    var fields: [FieldDifference] = []
    func add(_ path: String, _ rebuilt: String?, _ live: String?, isTolerated: Bool = false) {
      if rebuilt == live { return }
      fields.append(
        FieldDifference(
          path: path, field: path, rebuilt: rebuilt, live: live, status: isTolerated ? .tolerated : .different))
    }
    // A value that is not an instant is already a difference.
    if let clock = mine.number.flatMap({ catalogue.schema(of: $0).clock }),
      difference?.fields.contains(where: { $0.path.raw == clock.description }) != true
    {
      let generated = (try packedRebuilt(mine).member(named: clock), try packedLive(row).member(named: clock))
      let found = ValueDifference(
        path: ValuePath([.key(clock.description)]), rebuilt: generated.0, live: generated.1)
      add(
        clock.description, generated.0.map(reported.text), generated.1.map(reported.text),
        isTolerated: context.plan.rules.covers(found, of: mine.name(catalogue)))
    }
    if case .some(let event) = row.bookkeeping.lastEvent {
      func written(_ event: EventID?) -> String { event.map { "\"\($0)\"" } ?? "null" }
      add("last_event_id", written(mine.bookkeeping.lastEvent ?? nil), written(event))
    }
    if fields.isEmpty { return }
    let cause = fields.allSatisfy { $0.status == .tolerated } ? Cause.tolerated : .changed
    // Rules that cover the rest of the row do not cover what they do not name.
    if difference?.causes == [.tolerated] { difference?.causes = [cause] }
    if difference == nil { difference = RowDifference(user: user, name: mine.name(catalogue), causes: [cause]) }
    difference?.fields += fields
    difference?.fieldCount += fields.count
  }

  // MARK: A row one side has

  private func isSame(_ one: Failure?, _ other: Failure?) -> Bool {
    one?.code == other?.code && one?.event == other?.event && one?.detail == other?.detail
  }

  /// Notes a row that neither of two snapshots has, for different reasons.
  private func noteFailures(
    _ user: UserID, _ number: Int, _ failure: Failure?, _ othersFailure: Failure?
  ) throws {
    var details: [CauseDetail] = []
    if let failure {
      details.append(.failed(failure))
    }
    details.append(.otherFailure(code: (othersFailure?.code.rawValue).map { Foreign($0) }, event: othersFailure?.event))
    try note(
      RowDifference(user: user, name: catalogue.names[number], causes: [.changed], details: details), number)
  }

  private func noteMissing(
    _ user: UserID, _ number: Int, _ mine: SideRow, _ othersFailure: Failure?, beside live: [SideRow]
  ) throws {
    let name = catalogue.names[number]
    func note(_ difference: RowDifference) throws { try self.note(difference, number, beside: mine) }
    if other != nil {
      let details = othersFailure.map { [CauseDetail.failedThere(code: Foreign($0.code.rawValue))] } ?? []
      return try note(RowDifference(user: user, name: name, causes: [.missing], details: details))
    }
    // Without the log's events nobody knows why there is no row.
    if !reader.knowsEvents { return try note(RowDifference(user: user, name: name, causes: [.missing])) }
    let types = Set(live.map { $0.name(catalogue).type })
    let names = catalogue.vocabulary.names(of: catalogue.triggers(of: number, besideRowsOf: types))
    let signals = try reader.signals(of: user).all().filter { names.contains($0.eventType) }
    var detail = CauseDetail.needsSeeding
    if let newest = signals.max(by: { ($0.last, $0.newestEvent) < ($1.last, $1.newestEvent) }) {
      detail = .neverComputed(triggeringEvents: signals.reduce(0) { $0 + $1.count }, newest: newest.newestEvent)
    }
    try note(RowDifference(user: user, name: name, causes: [.missing], details: [detail]))
  }

  private func noteSurplus(_ user: UserID, _ number: Int, _ rows: [SideRow], _ failure: Failure?) throws {
    let copies = rows.reduce(0) { $0 + $1.copies }
    var difference = RowDifference(
      user: user, name: catalogue.names[number], causes: [.surplus],
      generatedAt: context.comparers[number].instant(of: try packedLive(rows[0])),
      updatedAt: rows[0].bookkeeping.updatedAt)
    if let failure {
      difference.causes = [.failed]
      difference.details = [.failed(failure)]
      if copies > 1 { difference.causes.append(.surplus) }
    } else if reader.knowsEvents {
      difference.details = [try reader.knows(user) ? .noEventOfTheKind : .unknownUser]
    }
    if copies > 1 { difference.details.append(.repeated(copies: copies)) }
    try note(difference, number, of: rows[0])
  }

  /// Notes rows of a known projection type with a key that no reducer writes.
  private func noteUnknownKeys(_ user: UserID, _ rows: ArraySlice<SideRow>, _ count: inout Int) throws {
    let other = catalogue.names.count
    for row in rows.sorted(by: { $0.name(catalogue) < $1.name(catalogue) }) {
      var name = row.name(catalogue)
      guard context.scope.includesAll(ofType: name.type) else {
        outcome.tally.notSelected += row.rowCount
        continue
      }
      count += row.rowCount
      outcome.tally.rows[other].live += row.rowCount
      if let redaction = context.redaction { name.key = redaction.word(name.key) }
      var difference = RowDifference(
        user: user, name: name, causes: [.surplus], details: [.unknownKey], updatedAt: row.bookkeeping.updatedAt)
      if row.copies > 1 { difference.details.append(.repeated(copies: row.copies)) }
      if row.others.keys > 0 {
        difference.details.append(.moreUnknownKeys(keys: row.others.keys, rows: row.others.rows))
      }
      try note(difference, other, of: row)
    }
  }

  /// - Parameters:
  ///   - row: the live row; `nil` if there is none.
  ///   - rebuilt: the rebuilt row; `nil` if there is none.
  ///   - paths: see ``RowExplainer/ownPaths(_:_:_:of:)``.
  private func note(
    _ difference: RowDifference, _ number: Int, of row: SideRow? = nil, beside rebuilt: SideRow? = nil,
    paths: [String] = []
  ) throws {
    var difference = difference
    if let fingerprints {
      // The rows of keys that no reducer writes may have no data here.
      let live = try row.flatMap { $0.packed == nil && $0.text == nil ? nil : try packedLive($0) }
      let name = row?.name(catalogue) ?? difference.name
      difference.marks.fingerprint =
        context.plan.isExact
        ? fingerprints.fingerprint(
          ofExact: difference, named: name, rebuilt: try rebuilt.map(packedRebuilt), live: live)
        : fingerprints.fingerprint(of: difference, named: name, paths: paths, live: live)
    }
    outcome.differences.append(difference)
    outcome.tally.unseen.note(difference)
    if let version = difference.unknownVersion {
      outcome.tally.unknownVersions.add("\(difference.name.type) \(version.raw)")
    }
    outcome.tally.rows[number].different += difference.keyCount
    for cause in difference.causes { outcome.tally.rows[number].causes[cause.number] += difference.keyCount }
  }
}

extension Array where Element == UserID {
  /// Whether the array, which must be ascending, contains the user. O(log n).
  package func sortedContains(_ user: UserID) -> Bool {
    var low = 0
    var high = count
    while low < high {
      let middle = (low + high) / 2
      if self[middle] < user { low = middle + 1 } else { high = middle }
    }
    return low < count && self[low] == user
  }
}
