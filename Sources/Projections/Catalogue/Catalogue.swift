import EventModel

/// The projections of a domain, each in one or several versions: what plans carry.
///
/// A value. Of each type one version is folded: the one chosen, by default the last that was given.
package struct Catalogue: Sendable {
  /// Every version, by type; those of one type in the order given.
  package let all: [Projection]
  /// The version of each type that is folded, by type.
  package let projections: [Projection]
  /// Every projection that is folded, by type and key: a projection's number is its place here.
  package let names: [ProjectionName]
  /// By number, the place in ``projections``.
  private let types: [Int]

  /// - Precondition: of one type all versions differ and require the same; keys ascend; what is required is there, and requires
  ///   nothing itself; there are fewer rows than a live row's number can tell apart.
  package init(_ versions: [Projection]) {
    var types: [String: [Projection]] = [:]
    for version in versions { types[version.schema.type, default: []].append(version) }
    let sorted = types.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }.map(\.value)
    self.init(all: sorted.flatMap { $0 }, chosen: sorted.compactMap(\.last))
  }

  private init(all: [Projection], chosen: [Projection]) {
    self.all = all
    projections = chosen
    var names: [ProjectionName] = []
    var types: [Int] = []
    for (place, projection) in chosen.enumerated() {
      let schema = projection.schema
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
    for (place, projection) in all.enumerated() {
      let twin = all[..<place].first {
        $0.schema.type == projection.schema.type && $0.schema.version == projection.schema.version
      }
      precondition(twin == nil, "two reducers of one type and version")
    }
  }

  /// Rows a user can have at most: a live row has its number in seven bits.
  private static let limit = 127

  package var schemas: [ProjectionSchema] { projections.map(\.schema) }

  /// What is known of the projection of that number.
  package func schema(of number: Int) -> ProjectionSchema { projections[types[number]].schema }

  /// What is known of a type; `nil` for one that no reducer writes.
  package subscript(type type: String) -> ProjectionSchema? {
    projections.first { $0.schema.type == type }?.schema
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
    versions.filter { chosen in versions(of: chosen.type).last.map { $0.schema.version != chosen.version } ?? false }
  }

  /// Every version of a type, in the order given.
  package func versions(of type: String) -> [Projection] { all.filter { $0.schema.type == type } }

  /// The same catalogue, that folds some of its types only.
  ///
  /// - Precondition: what one of them requires is among them.
  package func holding(_ types: Set<String>) -> Catalogue {
    Catalogue(all: all, chosen: projections.filter { types.contains($0.schema.type) })
  }

  /// The same catalogue, that folds other versions.
  ///
  /// - Parameter choices: versions by type, in full or without the type's name; a type that is not named keeps its version.
  package func choosing(_ choices: [String: String]) throws(VersionError) -> Catalogue {
    var chosen = projections
    for (type, version) in choices.sorted(by: { $0.key < $1.key }) {
      guard let place = chosen.firstIndex(where: { $0.schema.type == type }) else {
        throw VersionError(type: type, version: version, known: [], types: schemas.map(\.type))
      }
      let known = versions(of: type)
      guard let found = known.first(where: { $0.schema.version == version || $0.schema.shortVersion == version }) else {
        throw VersionError(type: type, version: version, known: known.map(\.schema.version), types: [])
      }
      chosen[place] = found
    }
    return Catalogue(all: all, chosen: chosen)
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
