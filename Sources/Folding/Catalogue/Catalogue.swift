import EventModel

/// The projections of a domain, each in one or several versions. Commands carry a catalogue in their plans.
///
/// An immutable value. One version of each type is folded: the last one given, unless another is chosen.
public struct Catalogue: Sendable {
  /// The event types and fields that the reducers read.
  package let vocabulary: Vocabulary
  /// The domain's built-in profile.
  package let profile: any DomainProfile
  package let backfills: [Backfill]
  /// All versions, sorted by type. The versions of one type are in the order given.
  package let all: [ProjectionSchema]
  /// The folded version of each type, sorted by type.
  package let schemas: [ProjectionSchema]
  /// Makes the reducers of versions, which are identified by their indices in ``all``.
  private let maker: any FoldMaker
  /// All folded projections, sorted by type and key. The number of a projection is its index here.
  package let names: [ProjectionName]
  /// For each projection number, the index in ``schemas``.
  private let types: [Int]
  /// The indices of ``schemas`` in ``all``.
  private let chosen: [Int]

  /// - Precondition: the versions of a type differ and require the same type; keys ascend; a required type exists and
  ///   requires nothing itself; a user can have at most 127 rows.
  public init<D: Domain>(_ domain: D) {
    var types: [String: [Projection<D>]] = [:]
    for version in domain.projections { types[version.schema.type, default: []].append(version) }
    let versions = types.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }.flatMap(\.value)
    let all = versions.map(\.schema)
    self.init(
      domain.vocabulary, domain.profile, domain.backfills, all: all,
      chosen: all.indices.filter { $0 + 1 == all.count || all[$0 + 1].type != all[$0].type },
      DomainFoldMaker(domain: domain, versions: versions))
  }

  /// - Parameter chosen: indices in `all`, one for each folded type, ascending.
  private init(
    _ vocabulary: Vocabulary, _ profile: any DomainProfile, _ backfills: [Backfill], all: [ProjectionSchema],
    chosen: [Int],
    _ maker: any FoldMaker
  ) {
    self.vocabulary = vocabulary
    self.profile = profile
    self.backfills = backfills
    self.all = all
    self.chosen = chosen
    self.maker = maker
    schemas = chosen.map { all[$0] }
    var names: [ProjectionName] = []
    var types: [Int] = []
    for (place, schema) in schemas.enumerated() {
      for key in schema.keys {
        names.append(ProjectionName(type: schema.type, key: key.description))
        types.append(place)
      }
    }
    self.names = names
    self.types = types
    precondition(zip(names, names.dropFirst()).allSatisfy { $0 < $1 }, "the keys of a projection ascend")
    precondition(names.count <= Catalogue.limit, "more rows a user than a live row's number can tell apart")
    for schema in schemas {
      guard let required = schema.requires else { continue }
      guard let other = self[type: required] else { preconditionFailure("\(schema.type) requires \(required)") }
      precondition(other.requires == nil, "\(required), which \(schema.type) requires, requires another")
    }
    for (place, schema) in all.enumerated() {
      let twin = all[..<place].first { $0.type == schema.type && $0.version == schema.version }
      precondition(twin == nil, "two reducers of one type and version")
    }
  }

  /// The maximum number of rows of a user: a live row stores its number in seven bits.
  private static let limit = 127

  /// The schema of the projection with that number.
  package func schema(of number: Int) -> ProjectionSchema { schemas[types[number]] }

  /// The schema of a type; `nil` if no reducer writes the type.
  package subscript(type type: String) -> ProjectionSchema? {
    schemas.first { $0.type == type }
  }

  /// The number of a projection; `nil` if no reducer writes it.
  package func number(of name: ProjectionName) -> Int? { names.firstIndex(of: name) }

  /// The numbers of a type's projections; empty if no reducer writes the type.
  package func numbers(ofType type: String) -> Range<Int> {
    guard let first = names.firstIndex(where: { $0.type == type }) else { return 0..<0 }
    return first..<(first + names[first...].prefix { $0.type == type }.count)
  }

  /// The event types whose arrival makes live write a row of the projection, for a user who has rows of `types`.
  ///
  /// Live writes no row while the required row is missing. The result is then the triggers of the required type.
  package func triggers(of number: Int, besideRowsOf types: Set<String>) -> EventTypeSet {
    let schema = schema(of: number)
    guard let required = schema.requires, !types.contains(required) else { return schema.triggers }
    guard let other = self[type: required] else {
      preconditionFailure("a catalogue holds what its projections require")
    }
    return other.triggers
  }

  /// Whether a type requires another, or another requires it.
  package func isLinked(_ type: String) -> Bool {
    schemas.contains { $0.type == type && $0.requires != nil || $0.requires == type }
  }

  /// The keys and words that reducers themselves write, as opposed to user data.
  package var words: Set<String> { schemas.reduce(into: []) { $0.formUnion($1.words) } }

  /// The statuses that rows of any projection can have, each once.
  package var statuses: [String] {
    schemas.flatMap { $0.quality?.statuses ?? [] }.reduce(into: []) { known, status in
      if !known.contains(status) { known.append(status) }
    }
  }

  /// Parses `TYPE` or `TYPE/KEY`. Returns `nil` if the text names no folded projection.
  package func wanted(_ text: String) -> (type: String, key: String?)? {
    let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    guard names.contains(where: { $0.type == parts[0] && (parts.count == 1 || $0.key == parts[1]) }) else { return nil }
    return (parts[0], parts.count > 1 ? parts[1] : nil)
  }
}

// MARK: Versions

extension Catalogue {
  /// The folded types and their versions, as in the manifest.
  package var versions: [(type: String, version: String)] { schemas.map { ($0.type, $0.version) } }

  /// The folded versions that are not the default of their type, sorted by type.
  package var choices: [(type: String, version: String)] {
    versions.filter { chosen in versions(of: chosen.type).last.map { $0.version != chosen.version } ?? false }
  }

  /// Every version of a type, in the order given.
  package func versions(of type: String) -> [ProjectionSchema] { all.filter { $0.type == type } }

  /// Returns a catalogue that folds only these types.
  ///
  /// - Precondition: a type that one of them requires is among them.
  package func holding(_ types: Set<String>) -> Catalogue {
    folding(chosen.filter { types.contains(all[$0].type) })
  }

  /// Returns a catalogue that folds other versions.
  ///
  /// - Parameter choices: versions by type, in full or without the type's name. A type that is not named keeps its
  ///   version.
  package func choosing(_ choices: [String: String]) throws(VersionError) -> Catalogue {
    var chosen = chosen
    for (type, version) in choices.sorted(by: { $0.key < $1.key }) {
      guard let place = chosen.firstIndex(where: { all[$0].type == type }) else {
        throw VersionError(type: type, version: version, known: [], types: schemas.map(\.type))
      }
      let found = all.firstIndex { $0.type == type && ($0.version == version || $0.shortVersion == version) }
      guard let found else {
        throw VersionError(type: type, version: version, known: versions(of: type).map(\.version), types: [])
      }
      chosen[place] = found
    }
    return folding(chosen)
  }

  private func folding(_ chosen: [Int]) -> Catalogue {
    Catalogue(vocabulary, profile, backfills, all: all, chosen: chosen, maker)
  }
}

// MARK: Reducers

extension Catalogue {
  /// Makes the reducers of one thread.
  ///
  /// - Parameters:
  ///   - order: indices in ``schemas``; a required type comes before the types that require it.
  ///   - requiring: for each index in ``schemas``, the index of the type that it requires.
  func makeFolds(
    _ order: [Int], requiring: [Int?], profile: any DomainProfile, history: EventHistory, rememberedTerms: Int,
    observer: FoldObserver?
  ) -> (folds: [any ProjectionFold], shared: any UserShared) {
    maker.makeFolds(
      order.map { FoldOrder(version: chosen[$0], place: $0, required: requiring[$0]) }, profile: profile,
      history: history, rememberedTerms: rememberedTerms, observer: observer)
  }
}

extension Catalogue {
  /// Makes the judge that decides which of a user's events affect the rows.
  package func makeJudge(_ events: FoldedEvents) -> any FactJudge { maker.makeJudge(events) }
}

/// A request to make one reducer.
private struct FoldOrder {
  /// Index in ``Catalogue/all``.
  var version: Int
  /// Index in ``Catalogue/schemas``.
  var place: Int
  /// The index, in ``Catalogue/schemas``, of the type that it requires.
  var required: Int?
}

/// Makes reducers. The protocol hides the domain's types, so that a catalogue is not generic.
private protocol FoldMaker: Sendable {
  func makeFolds(
    _ orders: [FoldOrder], profile: any DomainProfile, history: EventHistory, rememberedTerms: Int,
    observer: FoldObserver?
  ) -> (folds: [any ProjectionFold], shared: any UserShared)

  func makeJudge(_ events: FoldedEvents) -> any FactJudge
}

private struct DomainFoldMaker<D: Domain>: FoldMaker {
  let domain: D
  /// The versions in the order of ``Catalogue/all``.
  let versions: [Projection<D>]

  func makeJudge(_ events: FoldedEvents) -> any FactJudge {
    (domain as? any ObservedDomain)?.makeJudge(events) ?? NoJudge()
  }

  func makeFolds(
    _ orders: [FoldOrder], profile: any DomainProfile, history: EventHistory, rememberedTerms: Int,
    observer: FoldObserver?
  ) -> (folds: [any ProjectionFold], shared: any UserShared) {
    guard let profile = profile as? D.Profile else { preconditionFailure("a profile of another domain") }
    let shared = domain.makeShared(
      SharedSetting(profile: profile, history: history, rememberedTerms: rememberedTerms, observer: observer))
    var folds: [Int: any ProjectionFold] = [:]
    for order in orders {
      folds[order.place] = versions[order.version].makeFold(
        FoldSetting(profile: profile, shared: shared, required: order.required.flatMap { folds[$0] }))
    }
    return (folds.sorted { $0.key < $1.key }.map(\.value), shared)
  }
}

/// A chosen version that the catalogue does not have.
package struct VersionError: Error, Sendable {
  package let type: String
  package let version: String
  /// The known versions of the type; empty if the type is unknown.
  package let known: [String]
  /// The known types if the type is unknown, otherwise empty.
  package let types: [String]
}
