import EventModel
import Folding
import JSONTape

/// Folds one user again as live did: at a live row's own instant, with the events that were visible to it. One per
/// thread.
package final class OwnFolds {
  private struct Fold {
    var type: String
    /// `nil`: the catalogue's own.
    var version: String?
    var asOf: Instant
    var visible: Int
    /// Offsets of the packed rows, by number in the catalogue; empty if the reducer failed.
    var rows: [(number: Int, offset: Int)]
    var failure: ReducerFailure?
    var storage: Storage
  }

  /// Holds the rows of one fold, which stay valid during other folds.
  private final class Storage {
    let arena = ByteArena(capacity: 1 << 14)
    let packer: DocumentPacker
    init() { packer = DocumentPacker(arena: arena) }
  }

  private let catalogue: Catalogue
  private let profile: any DomainProfile
  private let folds: [String: UserFold]
  /// Folds of other versions, by type and version.
  private var others: [String: (catalogue: Catalogue, fold: UserFold)] = [:]
  private let look: ((Event) -> Void)?
  private var free: [Storage] = []
  private var history: [Event] = []
  private var user = FoldedUser(UserID(high: 0, low: 0), isExported: false)
  private var done: [Fold] = []
  /// Folds of some of the events, for one search.
  private var searched = Searched()

  private struct Searched {
    struct Place: Equatable {
      var type: String
      var version: String?
      var asOf: Instant
    }
    enum Events: Hashable {
      case stored(by: Instant)
      case without([EventID], storedBy: Instant)
    }
    var place: Place?
    var folds: [Events: Fold] = [:]
    /// Holds the rows of all these folds: a search has hundreds of them.
    let storage = Storage()
  }

  /// - Parameter look: is called with each event that is looked at, pass by pass.
  package init(_ catalogue: Catalogue, profile: any DomainProfile, look: ((Event) -> Void)? = nil) {
    self.catalogue = catalogue
    self.profile = profile
    var folds: [String: UserFold] = [:]
    for schema in catalogue.schemas {
      folds[schema.type] = OwnFolds.fold(catalogue, schema.type, profile, look)
    }
    self.folds = folds
    self.look = look
  }

  /// Creates the fold of one type. It has an observer only if the caller wants the examined events.
  private static func fold(
    _ catalogue: Catalogue, _ type: String, _ profile: any DomainProfile, _ look: ((Event) -> Void)?
  ) -> UserFold {
    let observer = look.map { FoldObserver(wantsRow: { _ in false }, wantsSteps: false, look: $0) { _, _ in } }
    return UserFold(catalogue, profile: profile, filter: ProjectionFilter(type: type), observer: observer)
  }

  /// Begins a user. The events must stay valid until the next user is begun.
  package func begin(_ history: [Event], of user: FoldedUser) {
    self.history = history
    self.user = user
    free += done.map(\.storage)
    done.removeAll(keepingCapacity: true)
    forgetSearched()
  }

  private func forgetSearched() {
    searched.place = nil
    searched.folds.removeAll(keepingCapacity: true)
    searched.storage.arena.count = 0
  }

  package var events: [Event] { history }

  /// Number of events stored by an instant.
  func visibleCount(at instant: Instant) -> Int { history.count { isStored($0, by: instant) } }

  /// The events stored by an instant, in history order.
  func stored(by instant: Instant) -> [Event] { history.filter { isStored($0, by: instant) } }

  /// When the events of some types were stored, in microseconds, newest first, each instant once. O(n log n).
  func instants(of types: EventTypeSet) -> [Int64] {
    var instants: Set<Int64> = []
    for event in history {
      look?(event)
      if types.contains(event.type) { instants.insert(event.createdAt.microseconds) }
    }
    return instants.sorted(by: >)
  }

  private func isStored(_ event: Event, by instant: Instant) -> Bool {
    look?(event)
    return event.createdAt.isVisible(at: instant)
  }

  /// The row, folded at `asOf` from the events stored until `visibleAt`, or from all events without that instant.
  /// Returns `nil` if the reducer fails or writes no such row. The result is valid until the next user is begun.
  ///
  /// - Parameter version: another version of the type; `nil`: the catalogue's own.
  package func row(_ number: Int, asOf: Instant, visibleAt: Instant? = nil, version: String? = nil) throws(OutsideFault)
    -> JSONValue?
  {
    let fold = try fold(number, asOf: asOf, visibleAt: visibleAt, version)
    return fold.rows.first { $0.number == number }.map { JSONValue(fold.storage.arena.base + $0.offset) }
  }

  /// The same without some of the events. The result is valid until the next call of a method for a search, or until
  /// the next user is begun.
  func searchedRow(
    _ number: Int, asOf: Instant, storedBy: Instant, without left: [EventID], version: String?
  ) throws(OutsideFault) -> JSONValue? {
    try searchedRow(number, asOf: asOf, version, of: .without(left, storedBy: storedBy)) {
      let out = Set(left)
      return stored(by: storedBy).filter { !out.contains($0.id) }
    }
  }

  /// The same with the events stored by an instant, for one of many instants that are tried.
  func searchedRow(
    _ number: Int, asOf: Instant, storedBy: Instant, version: String?
  ) throws(OutsideFault) -> JSONValue? {
    try searchedRow(number, asOf: asOf, version, of: .stored(by: storedBy)) { stored(by: storedBy) }
  }

  private func searchedRow(
    _ number: Int, asOf: Instant, _ version: String?, of events: Searched.Events, _ choose: () -> [Event]
  ) throws(OutsideFault) -> JSONValue? {
    let type = catalogue.names[number].type
    let place = Searched.Place(type: type, version: version, asOf: asOf)
    if searched.place != place {
      forgetSearched()
      searched.place = place
    }
    let fold: Fold
    if let known = searched.folds[events] {
      fold = known
    } else {
      fold = try folded(type, choose(), asOf: asOf, version, into: searched.storage)
      searched.folds[events] = fold
    }
    return fold.rows.first { $0.number == number }.map { JSONValue(fold.storage.arena.base + $0.offset) }
  }

  /// The rows of a type, folded from some events of the user, which are in history order. Nothing is kept for later
  /// calls.
  package func rows(ofType type: String, from events: [Event], asOf: Instant) throws(OutsideFault) -> TypeRows {
    let fold = try folded(type, events, asOf: asOf, nil, into: Storage())
    return TypeRows(
      rows: fold.rows.map { ($0.number, JSONValue(fold.storage.arena.base + $0.offset)) }, failure: fold.failure,
      owner: fold.storage)
  }

  /// Why the reducer fails at `asOf` with all events; `nil` if it does not fail.
  package func failure(_ number: Int, asOf: Instant) throws(OutsideFault) -> ReducerFailure? {
    try fold(number, asOf: asOf, visibleAt: nil, nil).failure
  }

  /// A catalogue that folds another version of the projection's type.
  func catalogue(of number: Int, version: String) -> Catalogue {
    other(catalogue.names[number].type, version).catalogue
  }

  private func other(_ type: String, _ version: String) -> (catalogue: Catalogue, fold: UserFold) {
    if let known = others[type + "\0" + version] { return known }
    do throws(VersionError) {
      let catalogue = try catalogue.choosing([type: version])
      let fold = OwnFolds.fold(catalogue, type, profile, look)
      others[type + "\0" + version] = (catalogue, fold)
      return (catalogue, fold)
    } catch {
      preconditionFailure("a version of the catalogue: \(type) \(version)")
    }
  }

  private func fold(_ number: Int, asOf: Instant, visibleAt: Instant?, _ version: String?) throws(OutsideFault) -> Fold
  {
    let type = catalogue.names[number].type
    let visible = visibleAt.map { visibleCount(at: $0) } ?? history.count
    if let known = done.first(where: {
      $0.type == type && $0.version == version && $0.asOf == asOf && $0.visible == visible
    }) {
      return known
    }
    let events = visible == history.count ? history : visibleAt.map { stored(by: $0) } ?? history
    let storage = free.popLast() ?? Storage()
    storage.arena.count = 0
    done.append(try folded(type, events, asOf: asOf, version, into: storage))
    return done[done.count - 1]
  }

  private func folded(
    _ type: String, _ events: [Event], asOf: Instant, _ version: String?, into storage: Storage
  ) throws(OutsideFault) -> Fold {
    var sink = PackingSink(packer: storage.packer)
    // Keep this catalogue's numbers, whatever keys the other version has.
    if let version {
      let other = other(type, version).catalogue
      sink.numbers = other.names.map(catalogue.number)
    }
    guard let fold = version.map({ other(type, $0).fold }) ?? folds[type] else {
      preconditionFailure("a fold for every type of the catalogue")
    }
    try fold.fold(events, of: user, asOf: asOf, into: &sink)
    return Fold(
      type: type, version: version, asOf: asOf, visible: events.count, rows: sink.rows, failure: sink.failure,
      storage: storage)
  }
}

/// Packs the rows of a fold.
private struct PackingSink: FoldSink {
  let packer: DocumentPacker
  /// Maps the numbers of the fold to the numbers under which rows are kept; `nil`: they are the same.
  var numbers: [Int?]?
  var rows: [(number: Int, offset: Int)] = []
  var failure: ReducerFailure?

  mutating func row(_ number: Int, data: UnsafeRawBufferPointer, lastEvent: EventID?) {
    guard let number = numbers.map({ $0[number] }) ?? number else { return }
    do throws(JSONFault) { rows.append((number, try packer.pack(data))) } catch {
      preconditionFailure("a reducer writes JSON")
    }
  }

  mutating func failed(type: String, _ failure: ReducerFailure) { self.failure = failure }
}
