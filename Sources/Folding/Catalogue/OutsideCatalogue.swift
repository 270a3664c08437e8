import EventModel

extension OutsideReducers {
  /// The keys of a type that the reducers answer for.
  package func keys(of type: String) -> [String] { projections.first { $0.type == type }?.keys ?? [] }

  /// The event types that any of the projections is made of.
  package var sources: Set<String> { projections.reduce(into: []) { $0.formUnion($1.sources) } }

  /// The event types that the projections name.
  package var eventTypes: Set<String> { projections.reduce(into: sources) { $0.formUnion($1.triggers) } }
}

extension Vocabulary {
  /// The vocabulary with the event types that reducers outside of the process name. The events of their sources are
  /// kept whole.
  func extended(for outside: [any OutsideReducers]) -> Vocabulary {
    if outside.isEmpty { return self }
    let known = Set(eventTypes.map(\.name.description))
    let named = outside.reduce(into: Set<String>()) { $0.formUnion($1.eventTypes) }
    return extended(
      by: named.subtracting(known).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) },
      whole: outside.reduce(into: []) { $0.formUnion($1.sources) })
  }

  /// The type with a name that the vocabulary has.
  func eventType(known name: String) -> EventType {
    guard let type = eventType(named: name) else { preconditionFailure("the vocabulary has the type") }
    return type
  }
}

extension ProjectionSchema {
  /// The schema of a projection outside of the process.
  ///
  /// - Parameters:
  ///   - other: the schema of the reducers that answer for the other keys of the type; `nil` if there are none.
  ///   - own: the domain's schema of the type. Where the projection says nothing, it is assumed to be like that.
  init(
    _ projection: OutsideProjection, version: String, _ vocabulary: Vocabulary, beside other: ProjectionSchema?,
    like own: ProjectionSchema?
  ) {
    let known = Set(other?.keys.map(\.description) ?? [])
    // A program that answers for all keys replaces the domain's reducer: nothing of that is folded.
    let replaces = known.isSubset(of: projection.keys)
    let keys = known.union(projection.keys).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    let triggers = EventTypeSet(projection.triggers.map { vocabulary.eventType(known: $0) })
    let sources = EventTypeSet(projection.sources.map { vocabulary.eventType(known: $0) })
    self.init(
      type: projection.type, version: replaces ? version : (other?.version ?? version),
      keys: keys.map { key in
        (own?.keys ?? []).first { $0.description == key } ?? ConstantName(copying: key)
      },
      triggers: replaces ? triggers : triggers.union(other?.triggers ?? []),
      sources: replaces ? sources : sources.union(other?.sources ?? []),
      inferredFrom: own.map { sources.subtracting(sources.subtracting($0.inferredFrom)) } ?? [],
      clock: projection.clock.map { ConstantName(copying: $0) },
      stamp: projection.stamp.map { ConstantName(copying: $0) },
      requires: projection.requires,
      words: (own?.words ?? []).union(projection.words).union([projection.clock, projection.stamp].compactMap { $0 }),
      texts: own?.texts ?? [], drift: own?.drift ?? [],
      observations: own?.observations, quality: own?.quality, isObserved: false)
  }
}

extension Catalogue {
  /// Throws if reducers outside of the process do not fit the catalogue or each other.
  func check(_ reducers: [any OutsideReducers]) throws(OutsideFault) {
    var answered: [ProjectionName: String] = [:]
    var declared: [String: (name: String, projection: OutsideProjection)] = [:]
    var named: Set<String> = []
    for reducers in outside + reducers {
      for projection in reducers.projections {
        for key in projection.keys {
          let name = ProjectionName(type: projection.type, key: key)
          if let other = answered.updateValue(reducers.name, forKey: name) {
            throw OutsideFault("\(name) is answered for twice, by \(other) and by \(reducers.name)")
          }
        }
        try check(projection, of: reducers.name, beside: declared[projection.type])
        declared[projection.type] = (reducers.name, projection)
      }
      if !named.insert(reducers.name).inserted {
        throw OutsideFault("two programs are called \(reducers.name): a snapshot could not tell them apart")
      }
    }
    let types = Set(schemas.map(\.type)).union(declared.keys)
    for (name, projection) in declared.values.sorted(by: { $0.projection.type < $1.projection.type }) {
      guard let required = projection.requires else { continue }
      guard types.contains(required) else {
        throw OutsideFault("\(name): \(projection.type) requires \(required), which no reducer writes")
      }
      let others = declared[required].map(\.projection.requires) ?? self[type: required]?.requires
      if others != nil {
        throw OutsideFault("\(name): \(projection.type) requires \(required), which requires another type itself")
      }
    }
    for schema in schemas where declared[schema.type] == nil {
      guard let required = schema.requires, let (name, projection) = declared[required],
        let other = projection.requires
      else { continue }
      throw OutsideFault(
        "\(name): \(required) requires \(other), but \(schema.type), which requires \(required), cannot require both")
    }
    try checkLimits(outside + reducers)
  }

  /// Reducers that share a type must agree on what a diff asks of a whole type.
  private func check(
    _ projection: OutsideProjection, of name: String, beside other: (name: String, projection: OutsideProjection)?
  ) throws(OutsideFault) {
    func agree(_ member: String, _ mine: String?, _ theirs: String?, _ other: String) throws(OutsideFault) {
      if mine == theirs { return }
      let type = projection.type
      throw OutsideFault(
        "\(name) answers for some keys of \(type) and \(other) for others, but they differ in \(member)")
    }
    if let (name, other) = other {
      try agree("clock", projection.clock, other.clock, name)
      try agree("stamp", projection.stamp, other.stamp, name)
      try agree("requires", projection.requires, other.requires, name)
    }
    guard let own = schemas.first(where: { $0.type == projection.type }),
      !own.keys.allSatisfy({ projection.keys.contains($0.description) })
    else { return }
    try agree("clock", projection.clock, own.clock?.description, "refold")
    try agree("stamp", projection.stamp, own.stamp?.description, "refold")
    try agree("requires", projection.requires, own.requires, "refold")
    if schemas.contains(where: { $0.requires == own.type }) {
      throw OutsideFault(
        "\(name): answer for all keys of \(own.type) (\(own.keys.map(\.description).joined(separator: ", "))), because another projection requires it"
      )
    }
  }

  private func checkLimits(_ reducers: [any OutsideReducers]) throws(OutsideFault) {
    let events = reducers.reduce(into: Set(ownVocabulary.eventTypes.map(\.name.description))) {
      $0.formUnion($1.eventTypes)
    }
    if events.count >= EventTypeSet.limit {
      throw OutsideFault(
        "the reducers read \(events.count) event types, refold's own among them; at most \(EventTypeSet.limit - 1) are possible"
      )
    }
    let names = reducers.reduce(into: Set(names)) { names, reducers in
      for projection in reducers.projections {
        names.formUnion(projection.keys.map { ProjectionName(type: projection.type, key: $0) })
      }
    }
    if names.count > Catalogue.limit {
      throw OutsideFault("a user would have \(names.count) rows; at most \(Catalogue.limit) are possible")
    }
  }
}
