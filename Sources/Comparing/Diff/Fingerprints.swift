import EventModel
import Folding
import Hashing
import JSONTape
import Reconciliation
import Running

/// Computes the fingerprints of differences: digests that do not change from night to night as long as the live row does
/// not, although the log grows. One per thread.
///
/// A fingerprint is the first 32 hex digits of the SHA-256 of the JSON array `["refold:difference:1", user, type, key,
/// causes, paths, copies, keys, data]`. The user's id is in it, so that nobody can find out the data of a redacted
/// record by trying.
final class Fingerprints {
  private let catalogue: Catalogue
  private let arena = ByteArena(capacity: 1 << 12)
  /// Members of `data` that depend on the clock, as keys from the top down, by type.
  private var clocks: [String: Clocks] = [:]

  private struct Clocks {
    /// Top-level members with an instant.
    var instants: Set<String> = []
    /// Paths that drift, by the projection's key.
    var drifts: [String: [[String]]] = [:]
  }

  init(_ catalogue: Catalogue) { self.catalogue = catalogue }

  /// - Parameters:
  ///   - name: the name of the projection, not redacted.
  ///   - paths: see ``RowExplainer/ownPaths(_:_:_:of:)``.
  ///   - live: the data of the live row; `nil` if there is none, or if it is not known.
  func fingerprint(
    of difference: RowDifference, named name: ProjectionName, paths: [String], live: JSONValue?
  ) -> String {
    digest { json in
      json.literal("refold:difference:1")
      json.uuid(difference.user)
      json.string(name.type)
      json.string(name.key)
      write(Fingerprints.lasting(difference.causes).map(\.rawValue), &json)
      write(paths, &json)
      json.integer(difference.copies)
      json.integer(difference.keyCount)
      if let live { write(live, of: name, &json) } else { json.null() }
    }
  }

  /// The fingerprint of a difference from a recording, which is compared exactly: it changes with every value of either
  /// row, with `last_event_id` where that differs, and with the causes.
  ///
  /// It is made as above, of `["refold:exact-difference:1", user, type, key, causes, fields, copies, keys, rebuilt,
  /// live]`. A field is `[path, rebuilt, live]`, the values as texts.
  func fingerprint(
    ofExact difference: RowDifference, named name: ProjectionName, rebuilt: JSONValue?, live: JSONValue?
  ) -> String {
    digest { json in
      json.literal("refold:exact-difference:1")
      json.uuid(difference.user)
      json.string(name.type)
      json.string(name.key)
      write(Cause.allCases.filter(difference.causes.contains).map(\.rawValue), &json)
      json.beginArray()
      for field in difference.fields {
        json.beginArray()
        for text in [field.path, field.rebuilt, field.live] {
          if let text { json.string(text.raw) } else { json.null() }
        }
        json.endArray()
      }
      json.endArray()
      json.integer(difference.copies)
      json.integer(difference.keyCount)
      for data in [rebuilt, live] {
        if let data { json.value(data) } else { json.null() }
      }
    }
  }

  /// - Parameter write: writes the elements of the array.
  private func digest(_ write: (inout CanonicalWriter) -> Void) -> String {
    arena.count = 0
    var json = CanonicalWriter(output: arena)
    json.beginArray()
    write(&json)
    json.endArray()
    return String(hex(SHA256.hash(data: arena.bytes)).prefix(Fingerprints.digits))
  }

  static let digits = 32

  /// The causes in their fixed order, without `clock` beside others: whether it applies depends on the time that has
  /// passed since the row was computed.
  private static func lasting(_ causes: [Cause]) -> [Cause] {
    let all = Cause.allCases.filter { causes.contains($0) }
    return all == [.clock] ? all : all.filter { $0 != .clock }
  }

  private func write(_ texts: [String], _ json: inout CanonicalWriter) {
    json.beginArray()
    for text in texts { json.string(text) }
    json.endArray()
  }

  /// Writes the data without the members that depend on the clock.
  private func write(_ data: JSONValue, of name: ProjectionName, _ json: inout CanonicalWriter) {
    guard data.kind == .object else { return json.value(data) }
    let clocks = clocks(of: name.type)
    let drifts = clocks.drifts[name.key] ?? []
    json.beginObject()
    for (key, value) in data.members {
      let text = String(decoding: key, as: UTF8.self)
      if clocks.instants.contains(text), value.instant != nil { continue }
      write(member: text, key, value, without: drifts, &json)
    }
    json.endObject()
  }

  /// - Parameter drifts: paths to leave out, from the object that has the member.
  private func write(
    member text: String, _ key: UnsafeRawBufferPointer, _ value: JSONValue, without drifts: [[String]],
    _ json: inout CanonicalWriter
  ) {
    if drifts.contains([text]) { return }
    let below = drifts.filter { $0.first == text }.map { Array($0.dropFirst()) }
    json.key(key)
    guard !below.isEmpty, value.kind == .object else { return json.value(value) }
    json.beginObject()
    for (key, value) in value.members {
      write(member: String(decoding: key, as: UTF8.self), key, value, without: below, &json)
    }
    json.endObject()
  }

  /// Those of all versions of the type: a live row may be of any of them.
  private func clocks(of type: String) -> Clocks {
    if let known = clocks[type] { return known }
    var found = Clocks()
    for schema in catalogue.versions(of: type) + [catalogue[type: type]].compactMap({ $0 }) {
      if let clock = schema.clock { found.instants.insert(clock.description) }
      for place in schema.drift {
        let path = place.path.split(separator: ".").map(String.init)
        if !found.drifts[place.key, default: []].contains(path) { found.drifts[place.key, default: []].append(path) }
      }
    }
    clocks[type] = found
    return found
  }
}

extension RowDifference {
  /// How often the export holds the row.
  fileprivate var copies: Int {
    for case .repeated(let copies) in details { return copies }
    return 1
  }
}

extension RowExplainer {
  /// The paths at which the live row differs from the row folded at its own instant, from the events that were stored by
  /// then; sorted, without texts and without what the rules cover. They do not change while the log grows.
  ///
  /// Without the log, or if the rows are not what the log gives, the paths at which it differs from the snapshot's row.
  func ownPaths(_ number: Int, _ rebuilt: JSONValue, _ live: JSONValue, of row: SideRow) throws -> [String] {
    let comparer = context.comparers[number]
    var comparison = comparer.compare(rebuilt, live, .asOf)
    if isRefolded, try !context.isExpected || isOfLog(number, rebuilt) {
      let pair = RowPair(
        number: number, rebuilt: rebuilt, live: live, updatedAt: row.bookkeeping.updatedAt, asOf: context.asOf,
        comparer: comparer)
      // A row without updated_at was stored about when it was computed.
      if let asOf = pair.ownInstant, let visibleAt = pair.updatedAt ?? pair.generatedAt {
        guard let own = try folds.row(number, asOf: asOf, visibleAt: visibleAt) else { return [Self.noRow] }
        comparison = comparer.compare(own, live, .ownVisibility)
      }
    }
    return comparison.found.filter { $0.status == .different }.map(\.difference.path.text).sorted {
      $0.utf8.lexicographicallyPrecedes($1.utf8)
    }
  }

  /// In place of paths, if there was no row to compare with at the live row's own instant.
  private static let noRow = "(no row)"
}
