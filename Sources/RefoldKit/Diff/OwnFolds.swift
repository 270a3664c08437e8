import EventModel
import JSONTape
import Projections

/// Folds one user again as live did: at a live row's own instant, of the events it could see. One per thread.
final class OwnFolds {
  private struct Fold {
    var type: String
    var asOf: Instant
    var visible: Int
    /// Offsets of the packed rows by place in the catalogue; empty when the reducer failed.
    var rows: [(number: Int, offset: Int)]
    var failure: ReducerFailure?
    var storage: Storage
  }

  /// Where one fold's rows are: they stay while others are folded.
  private final class Storage {
    let arena = ByteArena(capacity: 1 << 14)
    let packer: DocumentPacker
    init() { packer = DocumentPacker(arena: arena) }
  }

  private let folds: [String: UserFold]
  private let look: ((Event) -> Void)?
  private var free: [Storage] = []
  private var history: [Event] = []
  private var done: [Fold] = []

  /// - Parameter look: is told of the events that are looked at, pass by pass.
  init(profile: Profile, look: ((Event) -> Void)? = nil) {
    var folds: [String: UserFold] = [:]
    for type in Set(ProjectionCatalog.names.map(\.type)) {
      var filter = ProjectionFilter()
      filter.wanted = [(type, nil)]
      let observer = look.map { FoldObserver(wantsRow: { _ in false }, wantsSteps: false, look: $0) { _, _ in } }
      folds[type] = UserFold(profile: profile, filter: filter, observer: observer)
    }
    self.folds = folds
    self.look = look
  }

  /// Begins a user; the events must stay until the next one is begun.
  func begin(_ history: [Event]) {
    self.history = history
    free += done.map(\.storage)
    done.removeAll(keepingCapacity: true)
  }

  var events: [Event] { history }

  /// Number of events that were stored by then.
  func visibleCount(at instant: Instant) -> Int { history.count { isStored($0, by: instant) } }

  private func isStored(_ event: Event, by instant: Instant) -> Bool {
    look?(event)
    return event.createdAt <= instant
  }

  /// The row as folded at `asOf` of the events stored until `visibleAt`, all of them without one; `nil` when the
  /// reducer fails or writes no such row. Valid until the next user is begun.
  func row(_ number: Int, asOf: Instant, visibleAt: Instant? = nil) -> JSONValue? {
    let fold = fold(number, asOf: asOf, visibleAt: visibleAt)
    return fold.rows.first { $0.number == number }.map { JSONValue(fold.storage.arena.base + $0.offset) }
  }

  /// Why the reducer fails at `asOf` on all events; `nil` when it does not.
  func failure(_ number: Int, asOf: Instant) -> ReducerFailure? { fold(number, asOf: asOf, visibleAt: nil).failure }

  private func fold(_ number: Int, asOf: Instant, visibleAt: Instant?) -> Fold {
    let type = ProjectionCatalog.names[number].type
    let visible = visibleAt.map { visibleCount(at: $0) } ?? history.count
    if let known = done.first(where: { $0.type == type && $0.asOf == asOf && $0.visible == visible }) { return known }
    let events = visible == history.count ? history : history.filter { isStored($0, by: visibleAt!) }
    let storage = free.popLast() ?? Storage()
    storage.arena.count = 0
    var sink = PackingSink(packer: storage.packer)
    folds[type]?.fold(events, asOf: asOf, into: &sink)
    let fold = Fold(
      type: type, asOf: asOf, visible: visible, rows: sink.rows, failure: sink.failure, storage: storage)
    done.append(fold)
    return fold
  }
}

/// Packs the rows of a fold.
private struct PackingSink: FoldSink {
  let packer: DocumentPacker
  var rows: [(number: Int, offset: Int)] = []
  var failure: ReducerFailure?

  mutating func row(type: String, key: StaticString, data: UnsafeRawBufferPointer, lastEvent: EventID?) {
    guard let number = PackingSink.names.firstIndex(where: { $0.key == key.description && $0.type == type }) else {
      return
    }
    do throws(JSONFault) { rows.append((number, try packer.pack(data))) } catch {
      preconditionFailure("a reducer writes JSON")
    }
  }

  mutating func failed(type: String, _ failure: ReducerFailure) { self.failure = failure }

  private static let names = ProjectionCatalog.names
}
