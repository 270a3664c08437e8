import EventLog
import EventModel
import Folding
import Formatting
import JSONTape
import Reconciliation
import Reporting

/// A projection that at least one side has.
struct ComparedProjection: Sendable {
  var name: ProjectionName
  /// The number of the projection before and after; `nil` if that side does not have it.
  var before: Int?
  var after: Int?
  /// The members that hold a row's status before and after; `nil` if that side has none.
  var statuses: (before: ConstantName?, after: ConstantName?)
  /// The places of the version stamps in a row.
  var stamps: [ValuePath]

  /// The selected projections of both sides, by type and key.
  static func all(_ plan: ComparePlan) -> [ComparedProjection] {
    let names = Set(plan.before.catalogue.names).union(plan.after.catalogue.names)
    return names.sorted().filter { plan.filter.includes($0.type, $0.key) }.map { name in
      let (before, after) = (plan.before.catalogue, plan.after.catalogue)
      let numbers = (before.number(of: name), after.number(of: name))
      return ComparedProjection(
        name: name, before: numbers.0, after: numbers.1,
        statuses: (
          numbers.0.flatMap { before.schema(of: $0).quality?.status },
          numbers.1.flatMap { after.schema(of: $0).quality?.status }
        ),
        stamps: [before, after].compactMap { $0[type: name.type]?.stamp }.map { ValuePath([.key($0.description)]) })
    }
  }
}

/// The result of comparing a slice of users, in user order.
struct ComparedSlice: Sendable {
  var rows: [CompareReport.Row]
  var users = 0
  var usersAffected = 0
  var transitions: [CompareReport.Transition: Int] = [:]
  var changes: [RowChange] = []
}

/// Folds one slice of users after another with both sides and compares the rows. One per thread.
final class SliceCompare {
  private let plan: ComparePlan
  private let projections: [ComparedProjection]
  private let before: SideFold
  private let after: SideFold
  private let comparers: [RowComparer?]
  private let reported: ReportedFields
  private let arenas = (ByteArena(capacity: 1 << 14), ByteArena(capacity: 1 << 14))
  private let packers: (DocumentPacker, DocumentPacker)
  /// `nil` unless fingerprints were asked for.
  private let fingerprints: Fingerprints?

  init(_ plan: ComparePlan, _ projections: [ComparedProjection], asOf: Instant) {
    self.plan = plan
    self.projections = projections
    before = SideFold(plan.before, plan.filter, asOf: asOf)
    after = SideFold(plan.after, plan.filter, asOf: asOf)
    packers = (DocumentPacker(arena: arenas.0), DocumentPacker(arena: arenas.1))
    let wordings = Wordings(own: plan.before.profile.wordings, others: plan.after.profile.wordings)
    comparers = projections.map { projection in
      projection.before.map {
        RowComparer($0, of: plan.before.catalogue, wordings: wordings, rules: plan.rules)
      }
    }
    fingerprints = plan.register.map { _ in Fingerprints(plan.before.catalogue) }
    reported = ReportedFields(
      plan.isRedacted ? Redaction(words: plan.before.catalogue.words.union(plan.after.catalogue.words)) : nil)
  }

  func run(_ merger: UserMerger) throws -> ComparedSlice {
    var slice = ComparedSlice(rows: projections.map { CompareReport.Row(name: $0.name) })
    while try merger.next() {
      let user = FoldedUser(merger.history.user, isExported: merger.history.isExported)
      try before.fold(merger.history.events, of: user)
      try after.fold(merger.history.events, of: user)
      let count = slice.changes.count
      for place in projections.indices { compare(place, merger.history.user, &slice) }
      slice.users += 1
      if slice.changes.count > count { slice.usersAffected += 1 }
    }
    return slice
  }

  private func compare(_ place: Int, _ user: UserID, _ slice: inout ComparedSlice) {
    let projection = projections[place]
    let (one, other) = (projection.before.flatMap(before.row), projection.after.flatMap(after.row))
    let failures = (before.failures[projection.name.type], after.failures[projection.name.type])
    if one != nil { slice.rows[place].before += 1 }
    if other != nil { slice.rows[place].after += 1 }
    if projection.before != nil, failures.0 != nil { slice.rows[place].failedBefore += 1 }
    if projection.after != nil, failures.1 != nil { slice.rows[place].failedAfter += 1 }
    if let one, let other, one.count > 0, one.equals(other) {
      slice.rows[place].same += 1
      return
    }
    var change = RowChange(user: user, name: projection.name, kind: .changed)
    if projection.before != nil { change.failedBefore = failures.0.map(failed) }
    if projection.after != nil { change.failedAfter = failures.1.map(failed) }
    let packed = (pack(one, packers.0, arenas.0), pack(other, packers.1, arenas.1))
    switch packed {
    case (nil, nil):
      if change.failedBefore == change.failedAfter { return }
      change.kind = .failure
    case (_?, nil): change.kind = .onlyBefore
    case (nil, _?): change.kind = .onlyAfter
    case (let one?, let other?):
      guard let kind = compare(one, other, place, &change) else {
        slice.rows[place].same += 1
        return
      }
      change.kind = kind
    }
    change.fingerprint = fingerprints?.fingerprint(
      of: RowDifference(user: user, name: projection.name, causes: [change.kind.cause]), named: projection.name,
      paths: change.ownPaths, live: packed.1)
    slice.rows[place][change.kind] += 1
    note(packed, place, &slice)
    slice.changes.append(change)
  }

  /// How two rows differ; `nil` if only the version stamp differs.
  private func compare(
    _ one: JSONValue, _ other: JSONValue, _ place: Int, _ change: inout RowChange
  ) -> RowChange.Kind? {
    guard let comparer = comparers[place] else { preconditionFailure("a row before of a projection before") }
    let found = comparer.compare(one, other, .asOf).found.filter { found in
      !projections[place].stamps.contains(found.difference.path)
    }
    if found.isEmpty { return nil }
    change.fieldCount = found.count
    change.fields = reported.fields(found.prefix(ReportedFields.limit))
    if fingerprints != nil {
      change.ownPaths = found.filter { $0.status == .different }.map(\.difference.path.text).sorted {
        $0.utf8.lexicographicallyPrecedes($1.utf8)
      }
    }
    if found.contains(where: { $0.status == .different }) { return .changed }
    return found.contains { $0.status == .text } ? .texts : .tolerated
  }

  /// Counts a change of a row's status.
  private func note(_ packed: (JSONValue?, JSONValue?), _ place: Int, _ slice: inout ComparedSlice) {
    let projection = projections[place]
    func status(_ row: JSONValue?, _ member: ConstantName?) -> Foreign? {
      guard let member, let value = row?.member(named: member), value.isString else { return nil }
      return Foreign(String(decoding: value.text, as: UTF8.self))
    }
    let one = status(packed.0, projection.statuses.before)
    let other = status(packed.1, projection.statuses.after)
    if one == other { return }
    slice.transitions[CompareReport.Transition(name: projection.name, before: one, after: other), default: 0] += 1
  }

  private func failed(_ failure: ReducerFailure) -> RowChange.Failed {
    RowChange.Failed(code: failure.code.rawValue, event: failure.event, detail: failure.detail)
  }

  private func pack(_ row: UnsafeRawBufferPointer?, _ packer: DocumentPacker, _ arena: ByteArena) -> JSONValue? {
    guard let row else { return nil }
    arena.count = 0
    do throws(JSONFault) {
      let offset = try packer.pack(row)
      return JSONValue(arena.base + offset)
    } catch {
      preconditionFailure("a reducer writes JSON")
    }
  }
}

/// One side's fold of the current user.
private final class SideFold {
  private let fold: UserFold
  private let asOf: Instant
  private var sink: Sink

  init(_ side: ComparePlan.Side, _ filter: ProjectionFilter, asOf: Instant) {
    fold = UserFold(side.catalogue, profile: side.profile, filter: filter)
    self.asOf = asOf
    sink = Sink(count: side.catalogue.names.count)
  }

  func fold(_ events: [Event], of user: FoldedUser) throws(OutsideFault) {
    sink.begin()
    try fold.fold(events, of: user, asOf: asOf, into: &sink)
  }

  /// Valid until the next user.
  func row(_ number: Int) -> UnsafeRawBufferPointer? {
    sink.rows[number].map { UnsafeRawBufferPointer(rebasing: sink.arena.bytes[$0]) }
  }

  /// Failures by projection type.
  var failures: [String: ReducerFailure] { sink.failures }

  private struct Sink: FoldSink {
    let arena = ByteArena(capacity: 1 << 14)
    var rows: [Range<Int>?]
    var failures: [String: ReducerFailure] = [:]

    init(count: Int) { rows = [Range<Int>?](repeating: nil, count: count) }

    mutating func begin() {
      arena.count = 0
      for place in rows.indices { rows[place] = nil }
      if !failures.isEmpty { failures = [:] }
    }

    mutating func row(_ number: Int, data: UnsafeRawBufferPointer, lastEvent: EventID?) {
      let start = arena.count
      arena.append(data)
      rows[number] = start..<arena.count
    }

    mutating func failed(type: String, _ failure: ReducerFailure) { failures[type] = failure }
  }
}
