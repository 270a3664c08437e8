import EventModel

/// The projections of a domain, each in one or several versions: what plans carry.
///
/// A value. Of each type one version is folded: the one chosen, by default the last that was given.
public struct Catalogue: Sendable {
  /// The event types and fields that the reducers read.
  package let vocabulary: Vocabulary
  /// The domain's built-in profile.
  package let profile: any DomainProfile
  package let backfills: [Backfill]
  /// Every version, by type; those of one type in the order given.
  package let all: [ProjectionSchema]
  /// The version of each type that is folded, by type.
  package let schemas: [ProjectionSchema]
  /// Makes the reducers of versions, given by their places in ``all``.
  private let maker: any FoldMaker
  /// Every projection that is folded, by type and key: a projection's number is its place here.
  package let names: [ProjectionName]
  /// By number, the place in ``schemas``.
  private let types: [Int]
  /// The places of ``schemas`` in ``all``.
  private let chosen: [Int]

  /// - Precondition: of one type all versions differ and require the same; keys ascend; what is required is there, and requires
  ///   nothing itself; there are fewer rows than a live row's number can tell apart.
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

  /// - Parameter chosen: places in `all`, one of each type that is folded, ascending.
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

  /// Rows a user can have at most: a live row has its number in seven bits.
  private static let limit = 127

  /// What is known of the projection of that number.
  package func schema(of number: Int) -> ProjectionSchema { schemas[types[number]] }

  /// What is known of a type; `nil` for one that no reducer writes.
  package subscript(type type: String) -> ProjectionSchema? {
    schemas.first { $0.type == type }
  }

  /// The number of a projection; `nil` for one that no reducer writes.
  package func number(of name: ProjectionName) -> Int? { names.firstIndex(of: name) }

  /// The numbers of a type's projections; empty for one that no reducer writes.
  package func numbers(ofType type: String) -> Range<Int> {
    guard let first = names.firstIndex(where: { $0.type == type }) else { return 0..<0 }
    return first..<(first + names[first...].prefix { $0.type == type }.count)
  }

  /// The event types whose arrival makes live write a row of the projection, for a user that has the rows of `types`.
  ///
  /// Live writes no row without the row that it requires; only the events of that one write it.
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

  /// The keys and words that some reducer writes of its own.
  package var words: Set<String> { schemas.reduce(into: []) { $0.formUnion($1.words) } }

  /// The statuses that rows of all projections can have, each once.
  package var statuses: [String] {
    schemas.flatMap { $0.quality?.statuses ?? [] }.reduce(into: []) { known, status in
      if !known.contains(status) { known.append(status) }
    }
  }

  /// `TYPE` or `TYPE/KEY` of a projection; `nil` for anything else.
  package func wanted(_ text: String) -> (type: String, key: String?)? {
    let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    guard names.contains(where: { $0.type == parts[0] && (parts.count == 1 || $0.key == parts[1]) }) else { return nil }
    return (parts[0], parts.count > 1 ? parts[1] : nil)
  }
}

// MARK: Versions

extension Catalogue {
  /// Names of the reducers and the versions of their rules, as the manifest says them.
  package var versions: [(type: String, version: String)] { schemas.map { ($0.type, $0.version) } }

  /// The versions that are folded and are not the defaults, by type.
  package var choices: [(type: String, version: String)] {
    versions.filter { chosen in versions(of: chosen.type).last.map { $0.version != chosen.version } ?? false }
  }

  /// Every version of a type, in the order given.
  package func versions(of type: String) -> [ProjectionSchema] { all.filter { $0.type == type } }

  /// The same catalogue, that folds some of its types only.
  ///
  /// - Precondition: what one of them requires is among them.
  package func holding(_ types: Set<String>) -> Catalogue {
    folding(chosen.filter { types.contains(all[$0].type) })
  }

  /// The same catalogue, that folds other versions.
  ///
  /// - Parameter choices: versions by type, in full or without the type's name; a type that is not named keeps its version.
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
  ///   - order: places in ``schemas``, what is required before what requires it.
  ///   - requiring: by place, the place of the type that is required.
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
  /// Decides which events of a user have a part in the rows.
  package func makeJudge(_ events: FoldedEvents) -> any FactJudge { maker.makeJudge(events) }
}

/// A reducer to be made.
private struct FoldOrder {
  /// Place in ``Catalogue/all``.
  var version: Int
  /// Place in ``Catalogue/schemas``.
  var place: Int
  /// The place of the type that it requires.
  var required: Int?
}

/// Makes reducers; a catalogue does not show what its domain's types are.
private protocol FoldMaker: Sendable {
  func makeFolds(
    _ orders: [FoldOrder], profile: any DomainProfile, history: EventHistory, rememberedTerms: Int,
    observer: FoldObserver?
  ) -> (folds: [any ProjectionFold], shared: any UserShared)

  func makeJudge(_ events: FoldedEvents) -> any FactJudge
}

private struct DomainFoldMaker<D: Domain>: FoldMaker {
  let domain: D
  /// As in ``Catalogue/all``.
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

/// A version that this refold does not have.
package struct VersionError: Error, Sendable {
  package let type: String
  package let version: String
  /// The versions that there are of the type; empty where the type is not known.
  package let known: [String]
  /// The types that there are, where that one is not among them.
  package let types: [String]
}
