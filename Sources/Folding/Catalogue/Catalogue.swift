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
  /// What is folded of each type, sorted by type: a version of the domain's, or reducers outside of the process.
  package let schemas: [ProjectionSchema]
  /// The reducers outside of the process, in the order given. They take the place of the domain's for their keys.
  package let outside: [any OutsideReducers]
  /// Makes the reducers of versions, which are identified by their indices in ``all``.
  private let maker: any FoldMaker
  /// All folded projections, sorted by type and key. The number of a projection is its index here.
  package let names: [ProjectionName]
  /// For each projection number, the index in ``schemas``.
  private let types: [Int]
  /// For each of ``schemas``, what folds it.
  private let sources: [Source]
  /// The domain's own vocabulary.
  let ownVocabulary: Vocabulary

  /// What folds a type: a version of the domain's reducer, reducers outside of the process, or both for different keys.
  private struct Source {
    /// Index in ``all``.
    var version: Int?
    /// Indices in ``outside``.
    var outside: [Int] = []
  }
  /// The types to fold; `nil` for all.
  private let held: Set<String>?
  /// Reducers outside of the process that another catalogue for the same events has. Both then number event types
  /// alike.
  private let guests: [any OutsideReducers]

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
      outside: [], held: nil, DomainFoldMaker(domain: domain, versions: versions))
  }

  /// - Parameter chosen: indices in `all`, one for each folded type of the domain, ascending.
  private init(
    _ ownVocabulary: Vocabulary, _ profile: any DomainProfile, _ backfills: [Backfill], all: [ProjectionSchema],
    chosen: [Int], outside: [any OutsideReducers], guests: [any OutsideReducers] = [], held: Set<String>?,
    _ maker: any FoldMaker
  ) {
    self.ownVocabulary = ownVocabulary
    vocabulary = ownVocabulary.extended(for: outside + guests)
    self.profile = profile
    self.backfills = backfills
    self.all = all
    self.outside = outside
    self.held = held
    self.guests = guests
    self.maker = maker
    var sources = chosen.map { (schema: all[$0], source: Source(version: $0)) }
    for (place, reducers) in outside.enumerated() {
      for projection in reducers.projections where held?.contains(projection.type) ?? true {
        let known = sources.firstIndex { $0.schema.type == projection.type }.map { sources.remove(at: $0) }
        let schema = ProjectionSchema(
          projection, version: reducers.version, vocabulary, beside: known?.schema,
          like: all.last { $0.type == projection.type })
        sources.append(
          (schema, Source(version: known?.source.version, outside: (known?.source.outside ?? []) + [place])))
      }
    }
    // A version none of whose keys is left is not folded.
    for place in sources.indices {
      let answered = sources[place].source.outside.flatMap { outside[$0].keys(of: sources[place].schema.type) }
      if sources[place].schema.keys.allSatisfy({ answered.contains($0.description) }) {
        sources[place].source.version = nil
      }
    }
    sources.sort { $0.schema.type.utf8.lexicographicallyPrecedes($1.schema.type.utf8) }
    schemas = sources.map(\.schema)
    self.sources = sources.map(\.source)
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
  static let limit = 127

  /// The schema of the projection with that number.
  package func schema(of number: Int) -> ProjectionSchema { schemas[types[number]] }

  /// The schema of a type; `nil` if no reducer writes the type.
  package subscript(type type: String) -> ProjectionSchema? {
    schemas.first { $0.type == type }
  }

  /// The number of a projection; `nil` if no reducer writes it.
  package func number(of name: ProjectionName) -> Int? { names.firstIndex(of: name) }

  /// Whether the rows of a projection come from outside of the process.
  package func isOutside(_ number: Int) -> Bool {
    let (type, key) = (names[number].type, names[number].key)
    return sources[types[number]].outside.contains { outside[$0].keys(of: type).contains(key) }
  }

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
    guard names.contains(where: { $0.type == parts[0] && (parts.count == 1 || $0.key == parts[1]) }) else {
      let named = names.filter { $0.key == text }
      return named.count == 1 ? (named[0].type, text) : nil
    }
    return (parts[0], parts.count > 1 ? parts[1] : nil)
  }
}

// MARK: Versions

extension Catalogue {
  /// The folded types and their versions.
  package var versions: [(type: String, version: String)] { schemas.map { ($0.type, $0.version) } }

  /// What computes the rows, for a reader: the folded versions by type, and the reducers outside of the process.
  package var computedBy: [(name: String, version: String)] {
    ownVersions.map { ($0.type, $0.version) }
      + outside.map { ($0.name, "\($0.name) \($0.version) (\($0.digest.prefix(8)))") }
  }

  /// The folded versions of the domain's own reducers, as in the manifest.
  package var ownVersions: [(type: String, version: String)] {
    sources.compactMap(\.version).map { (all[$0].type, all[$0].version) }
  }

  /// The folded versions that are not the default of their type, sorted by type.
  package var choices: [(type: String, version: String)] {
    ownVersions.filter { chosen in versions(of: chosen.type).last.map { $0.version != chosen.version } ?? false }
  }

  /// Every version of a type that the domain has, in the order given.
  package func versions(of type: String) -> [ProjectionSchema] { all.filter { $0.type == type } }

  /// Returns a catalogue that folds only these types.
  ///
  /// - Precondition: a type that one of them requires is among them.
  package func holding(_ types: Set<String>) -> Catalogue {
    with(
      chosen: chosen.filter { types.contains(all[$0].type) },
      outside: outside.filter { $0.projections.contains { types.contains($0.type) } }, held: types)
  }

  /// A copy with other members.
  private func with(
    chosen: [Int]? = nil, outside: [any OutsideReducers]? = nil, guests: [any OutsideReducers]? = nil,
    held: Set<String>? = nil
  ) -> Catalogue {
    Catalogue(
      ownVocabulary, profile, backfills, all: all, chosen: chosen ?? self.chosen, outside: outside ?? self.outside,
      guests: guests ?? self.guests, held: held ?? self.held, maker)
  }

  /// The indices in ``all`` of the domain's versions that are folded.
  private var chosen: [Int] { sources.compactMap(\.version) }

  /// Returns a catalogue in which reducers outside of the process take the place of the domain's for their keys.
  package func replacing(_ reducers: [any OutsideReducers]) throws(OutsideFault) -> Catalogue {
    try check(reducers)
    return with(outside: outside + reducers)
  }

  /// Returns a catalogue that numbers event types as `other`'s does when that knows this one: both can fold the same
  /// events.
  package func knowing(_ other: Catalogue) -> Catalogue {
    with(guests: guests + other.outside)
  }

  /// The catalogue without reducers outside of the process: the newest version of each type that they replace.
  package var own: Catalogue {
    if outside.isEmpty { return self }
    let replaced = sources.indices.filter { sources[$0].version == nil }.compactMap { place in
      all.lastIndex { $0.type == schemas[place].type }
    }
    return with(chosen: (chosen + replaced).sorted(), outside: [])
  }

  /// Returns a catalogue that folds other versions.
  ///
  /// - Parameter choices: versions by type, in full or without the type's name. A type that is not named keeps its
  ///   version. A version takes the place of reducers outside of the process.
  package func choosing(_ choices: [String: String]) throws(VersionError) -> Catalogue {
    if !outside.isEmpty { return try choosingOwn(choices) }
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
    return with(chosen: chosen)
  }

  /// The same, beside reducers outside of the process: those that answer for a chosen type are left out.
  private func choosingOwn(_ choices: [String: String]) throws(VersionError) -> Catalogue {
    let own = try own.choosing(choices)
    let kept = outside.filter { reducers in !reducers.projections.contains { choices[$0.type] != nil } }
    let types = Set(schemas.map(\.type)).intersection(own.schemas.map(\.type))
    let catalogue = own.holding(types.union(own.schemas.filter { types.contains($0.type) }.compactMap(\.requires)))
    return with(chosen: catalogue.chosen, outside: kept, guests: guests + outside)
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
  ) -> CatalogueFolds {
    let outsideFolds = outside.map { OutsideFold($0, vocabulary) }
    // A reducer of the domain that requires rows from outside gets them as an object.
    var given: [Int: GivenRows] = [:]
    for place in schemas.indices where sources[place].version == nil && requiring.contains(place) {
      given[place] = GivenRows()
    }
    let made = maker.makeFolds(
      order.compactMap { place in
        sources[place].version.map { FoldOrder(version: $0, place: place, required: requiring[place]) }
      }, given: given, profile: profile, history: history, rememberedTerms: rememberedTerms, observer: observer)
    let parts = schemas.indices.map { place in
      let schema = schemas[place]
      let numbers = numbers(ofType: schema.type)
      let answered = Set(sources[place].outside.flatMap { outside[$0].keys(of: schema.type) })
      var parts: [FoldPart] = []
      if let version = sources[place].version, let fold = made.folds[place] {
        // The reducer counts its keys as its own schema does.
        let own = all[version].keys.map { key in
          answered.contains(key.description)
            ? nil : schema.keys.firstIndex(of: key).map { numbers.lowerBound + $0 }
        }
        parts.append(FoldPart(fold: .own(fold), numbers: own))
      }
      for index in sources[place].outside {
        let keys = Set(outside[index].keys(of: schema.type))
        parts.append(
          FoldPart(
            fold: .outside(outsideFolds[index]),
            numbers: schema.keys.enumerated().map {
              keys.contains($1.description) ? numbers.lowerBound + $0 : nil
            }))
      }
      return parts
    }
    return CatalogueFolds(parts: parts, given: given, outside: outsideFolds, shared: made.shared)
  }
}

/// The reducers of one thread.
struct CatalogueFolds {
  /// For each of ``Catalogue/schemas``, what folds it.
  var parts: [[FoldPart]]
  /// The rows that a reducer of the domain requires from outside, by index in ``Catalogue/schemas``.
  var given: [Int: GivenRows]
  var outside: [OutsideFold]
  var shared: any UserShared
}

/// A reducer of some keys of a type.
struct FoldPart {
  enum Fold {
    case own(any ProjectionFold)
    case outside(OutsideFold)
  }

  var fold: Fold
  /// The number of each key that the reducer writes; `nil` for keys for which another reducer answers.
  var numbers: [Int?]
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
    _ orders: [FoldOrder], given: [Int: GivenRows], profile: any DomainProfile, history: EventHistory,
    rememberedTerms: Int, observer: FoldObserver?
  ) -> (folds: [Int: any ProjectionFold], shared: any UserShared)

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
    _ orders: [FoldOrder], given: [Int: GivenRows], profile: any DomainProfile, history: EventHistory,
    rememberedTerms: Int, observer: FoldObserver?
  ) -> (folds: [Int: any ProjectionFold], shared: any UserShared) {
    guard let profile = profile as? D.Profile else { preconditionFailure("a profile of another domain") }
    let shared = domain.makeShared(
      SharedSetting(profile: profile, history: history, rememberedTerms: rememberedTerms, observer: observer))
    var folds: [Int: any ProjectionFold] = [:]
    for order in orders {
      folds[order.place] = versions[order.version].makeFold(
        FoldSetting(profile: profile, shared: shared, required: order.required.flatMap { folds[$0] ?? given[$0] }))
    }
    return (folds, shared)
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
