import Comparing
import EventLog
import EventModel
import Explaining
import Folding
import JSONTape
import Reconciliation

/// Folds exhibits of one projection and says how the live row differs. Shrinking asks this again and again.
///
/// Uses the reducers and the comparison of `refold diff` in process; no snapshot is written. One instance per thread.
final class WitnessTrial {
  let number: Int
  let name: ProjectionName
  let catalogue: Catalogue
  let schema: ProjectionSchema
  let words: KnownWords
  private let profile: any DomainProfile
  /// Replaced by ``rest()``, because they hold lists of a history's events.
  private lazy var folds = newFolds()
  /// Folds of the events that live did not leave out.
  private lazy var otherFolds = newFolds()
  /// The walk over the history's events, if they are in a file.
  private var walk: SpilledWalk?
  private let comparer: RowComparer
  private let packer: EventPacker
  private let arena = ByteArena(capacity: 1 << 14)
  private let reported = ReportedFields(nil)
  private let liveArena = ByteArena(capacity: 1 << 14)
  private let livePacker: DocumentPacker
  /// The number of questions asked so far.
  private(set) var count = 0
  /// The number of questions after which every answer is no.
  let limit: Int

  /// - Parameters:
  ///   - words: the vocabulary of the catalogue.
  ///   - ownWords: the words that the catalogue's reducers write.
  init(
    _ catalogue: Catalogue, number: Int, profile: any DomainProfile, words: KnownWords, ownWords: Redaction, limit: Int
  ) {
    self.catalogue = catalogue
    self.number = number
    self.limit = limit
    name = catalogue.names[number]
    schema = catalogue.schema(of: number)
    self.words = words
    self.ownWords = ownWords
    self.profile = profile
    packer = EventPacker(catalogue.vocabulary)
    comparer = RowComparer(
      number, of: catalogue, wordings: Wordings(profile, builtin: catalogue.profile), rules: FieldRules())
    livePacker = DocumentPacker(arena: liveArena)
  }

  private func newFolds() -> OwnFolds {
    OwnFolds(catalogue, profile: profile) { [unowned self] event in walk?.looked(at: event.base) }
  }

  /// Releases the memory used to answer. Call it when no question follows for some time.
  func rest() {
    folds = newFolds()
    otherFolds = newFolds()
    walk = nil
  }

  /// Why a program gave no valid answer. Every answer of this object is meaningless from then on.
  private(set) var fault: OutsideFault?

  /// Programs are told that the users export does not list the user: no witness holds that export.
  private static let user = FoldedUser(EventPacker.user, isExported: false)

  /// Keeps the fault of a program, and asks no program after it.
  private func whole<Value>(_ answer: () throws(OutsideFault) -> Value?) -> Value? {
    if fault != nil { return nil }
    do throws(OutsideFault) { return try answer() } catch {
      fault = error
      return nil
    }
  }

  /// The rebuilt row of the exhibit whose events were passed last.
  private func row(_ exhibit: Exhibit) -> JSONValue? { row(folds, number, asOf: exhibit.asOf) }

  private func row(
    _ folds: OwnFolds, _ number: Int, asOf: Instant, visibleAt: Instant? = nil, version: String? = nil
  ) -> JSONValue? {
    whole { () throws(OutsideFault) in
      try folds.row(number, asOf: asOf, visibleAt: visibleAt, version: version)
    }
  }

  var isExhausted: Bool { count >= limit }

  /// Whether the exhibit shows this difference. Always `false` once the limit is reached.
  func shows(_ signature: Signature, _ exhibit: Exhibit) -> Bool {
    if isExhausted { return false }
    count += 1
    return self.signature(of: exhibit) == signature
  }

  /// How the live row of an exhibit differs; `nil` when it does not, or when the exhibit is not valid.
  func signature(of exhibit: Exhibit) -> Signature? {
    guard begin(exhibit) else { return nil }
    let rebuilt = row(exhibit)
    guard let live = liveRow(of: exhibit) else {
      guard exhibit.live == .none, rebuilt != nil else { return nil }
      return Signature(causes: [.missing], note: reasonMissing(exhibit))
    }
    return signature(of: exhibit, rebuilt: rebuilt, live: live)
  }

  /// The same for a given live row.
  func signature(of exhibit: Exhibit, live bytes: [UInt8]) -> Signature? {
    guard begin(exhibit), let live = pack(bytes) else { return nil }
    return signature(of: exhibit, rebuilt: row(exhibit), live: live)
  }

  /// The baseline that is nearest to the given live row; `nil` when the row is equal.
  func baseline(of exhibit: Exhibit, live bytes: [UInt8]) -> Baseline? {
    guard begin(exhibit), let live = pack(bytes), let rebuilt = row(exhibit),
      !comparer.isSame(rebuilt, live)
    else { return nil }
    return explain(exhibit, rebuilt, live)?.explanation.comparison.baseline
  }

  /// The reducer version under which the given live row is equal, or to which it is nearest; `nil` for the catalogue's
  /// own.
  func version(of exhibit: Exhibit, live bytes: [UInt8]) -> String? {
    guard begin(exhibit), let live = pack(bytes), let rebuilt = row(exhibit),
      !comparer.isSame(rebuilt, live)
    else { return nil }
    let explanation = explain(exhibit, rebuilt, live)?.explanation
    return explanation?.version ?? explanation?.nearestVersion
  }

  /// The events, stored shortly before the given live row, that it was computed without.
  func unseen(of exhibit: Exhibit, live bytes: [UInt8]) -> [EventID]? {
    guard begin(exhibit), let live = pack(bytes), let rebuilt = row(exhibit),
      !comparer.isSame(rebuilt, live)
    else { return nil }
    return explain(exhibit, rebuilt, live)?.unseen?.events.map(\.id)
  }

  /// Whether the exhibit's live row equals the given one, wording and clock drift included.
  func isSame(_ exhibit: Exhibit, as bytes: [UInt8]) -> Bool {
    count += 1
    guard begin(exhibit), let own = liveRow(of: exhibit).flatMap(tree)?.canonicalBytes, let live = pack(bytes),
      let row = WitnessTrial.pack(own, otherPacker, otherArena)
    else { return false }
    return comparer.compare(row, live, .ownVisibility).isEqual
  }

  /// The fields that differ, with values; empty if only one side has the row.
  func fields(of exhibit: Exhibit) -> [FieldDifference] {
    guard begin(exhibit), let rebuilt = row(exhibit), let live = liveRow(of: exhibit),
      !comparer.isSame(rebuilt, live)
    else { return [] }
    return reported.fields(explain(exhibit, rebuilt, live)?.explanation.comparison.found ?? [])
  }

  /// The rebuild's rows at the as-of, by position in the catalogue.
  func rows(of exhibit: Exhibit) -> [(number: Int, data: JSONTree)] {
    guard begin(exhibit) else { return [] }
    return catalogue.names.indices.compactMap { number in
      row(folds, number, asOf: exhibit.asOf).flatMap(tree).map { (number, $0) }
    }
  }

  /// The exhibit's row on a baseline.
  func row(of exhibit: Exhibit, _ baseline: Baseline) -> JSONTree? {
    guard begin(exhibit) else { return nil }
    return folded(exhibit, baseline).flatMap(tree)
  }

  /// The live row's data; `nil` when there is none.
  func live(of exhibit: Exhibit) -> JSONTree? {
    guard begin(exhibit) else { return nil }
    return liveRow(of: exhibit).flatMap(tree)
  }

  // MARK: One exhibit

  /// Passes the exhibit's events to the folds, where they stay valid as long as the exhibit exists. `false` if an event
  /// is not valid any more.
  private func begin(_ exhibit: Exhibit) -> Bool {
    var events: [Event] = []
    events.reserveCapacity(exhibit.events.count)
    if walk == nil { walk = exhibit.events.lazy.compactMap(\.memory).first.map(SpilledWalk.init) }
    for event in exhibit.events {
      guard let packed = event.packed(packer) else { return false }
      events.append(packed)
    }
    folds.begin(events, of: WitnessTrial.user)
    return true
  }

  private func signature(of exhibit: Exhibit, rebuilt: JSONValue?, live: JSONValue) -> Signature? {
    guard let rebuilt else {
      guard let failure = whole({ () throws(OutsideFault) in try folds.failure(number, asOf: exhibit.asOf) }) else {
        return Signature(causes: [.surplus] + repeated(exhibit))
      }
      return Signature(
        causes: [.failed] + repeated(exhibit), note: "\(failure.code.rawValue): \(failure.detail)")
    }
    if comparer.isSame(rebuilt, live) {
      let causes = repeated(exhibit)
      return causes.isEmpty ? nil : Signature(causes: causes)
    }
    guard let explanation = explain(exhibit, rebuilt, live)?.explanation else { return nil }
    return Signature(
      causes: explanation.causes + repeated(exhibit),
      places: Set(
        explanation.comparison.found.map { difference, status in
          Signature.Place(field: ownWords.path(difference.path).field, status: status)
        }), note: explanation.version ?? "")
  }

  /// The words that reducers write. Signatures leave out all other keys: they come from people and get pseudonyms.
  private let ownWords: Redaction

  private func repeated(_ exhibit: Exhibit) -> [Cause] { exhibit.copies > 1 ? [.surplus] : [] }

  private func explain(
    _ exhibit: Exhibit, _ rebuilt: JSONValue, _ live: JSONValue
  ) -> (explanation: Explanation, unseen: UnseenSearch.Finding?)? {
    let pair = RowPair(
      number: number, rebuilt: rebuilt, live: live, updatedAt: exhibit.updatedAt, asOf: exhibit.asOf,
      comparer: comparer)
    let versions = RowVersions(live, beside: rebuilt, number, catalogue)
    let search = RowSearch(pair, versions, folds, catalogue, within: UnseenSearch.usual)
    // No exhibit says which event a live row was computed from.
    let explanation = whole { () throws(OutsideFault) -> Explanation? in
      do {
        return try pair.explain(
          folds: folds, hasLog: true, versions: versions.tried, isAhead: { false }, search: search)
      } catch let fault as OutsideFault {
        throw fault
      } catch {
        preconditionFailure("only reducers outside of the process throw: \(error)")
      }
    }
    return explanation.map { ($0, search.unseen.found) }
  }

  private func reasonMissing(_ exhibit: Exhibit) -> String {
    let types: Set<String> = exhibit.hasRequiredRow ? Set([schema.requires].compactMap { $0 }) : []
    let triggers = catalogue.triggers(of: number, besideRowsOf: types)
    return folds.events.contains { triggers.contains($0.type) } ? "never computed" : "needs seeding"
  }

  // MARK: The live row

  private func liveRow(of exhibit: Exhibit) -> JSONValue? {
    switch exhibit.live {
    case .none: return nil
    case .unread: return .emptyObject
    case .folded(let baseline, let patch):
      guard let row = folded(exhibit, baseline) else { return nil }
      if patch == nil, baseline != .asOf { return row }
      guard var data = tree(row) else { return nil }
      if let patch {
        guard let patched = patch.applied(to: data) else { return nil }
        data = patched
      }
      if let clock = schema.clock { data.set(clock.description, exhibit.generatedAt) }
      return pack(data.canonicalBytes)
    case .foldedWithout(let omission, let baseline):
      let rest = exhibit.events.walked { !omission.includes($0) }
      if rest.count == exhibit.events.count { return nil }
      otherFolds.begin(rest.compactMap { $0.packed(packer) }, of: WitnessTrial.user)
      return folded(exhibit, baseline, otherFolds)
    }
  }

  private func folded(_ exhibit: Exhibit, _ baseline: Baseline) -> JSONValue? { folded(exhibit, baseline, folds) }

  private func folded(_ exhibit: Exhibit, _ baseline: Baseline, _ folds: OwnFolds) -> JSONValue? {
    let own = schema.clock == nil ? exhibit.asOf : exhibit.generatedAt
    switch baseline {
    case .asOf: return row(folds, number, asOf: exhibit.asOf, version: exhibit.version)
    case .ownInstant: return own.flatMap { row(folds, number, asOf: $0, version: exhibit.version) }
    case .ownVisibility:
      guard let own, let updatedAt = exhibit.updatedAt else { return nil }
      return row(folds, number, asOf: own, visibleAt: updatedAt, version: exhibit.version)
    }
  }

  private func pack(_ bytes: [UInt8]) -> JSONValue? { WitnessTrial.pack(bytes, livePacker, liveArena) }

  private static func pack(_ bytes: [UInt8], _ packer: DocumentPacker, _ arena: ByteArena) -> JSONValue? {
    arena.count = 0
    return bytes.withUnsafeBytes { bytes in
      do throws(JSONFault) {
        let offset = try packer.pack(bytes)
        return JSONValue(arena.base + offset)
      } catch {
        return nil
      }
    }
  }

  private let otherArena = ByteArena(capacity: 1 << 14)
  private lazy var otherPacker = DocumentPacker(arena: otherArena)

  private func tree(_ value: JSONValue) -> JSONTree? {
    arena.count = 0
    var writer = CanonicalWriter(output: arena)
    writer.value(value)
    do throws(JSONFault) { return try JSONTree(parsing: Array(arena.bytes)) } catch { return nil }
  }
}

extension JSONTree {
  /// Sets or removes a top-level member.
  fileprivate mutating func set(_ clock: String, _ instant: Instant?) {
    guard case .object(var members) = self else { return }
    members.removeAll { $0.key == clock }
    if let instant { members.append(Member(clock, .string(instant.description))) }
    self = .object(members)
  }
}
