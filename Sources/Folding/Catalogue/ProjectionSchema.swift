import EventModel

/// What everybody must know of a projection without running it: one value for each type and version.
///
/// No member has a default. Whoever adds a projection says all of it, and every command asks here.
public struct ProjectionSchema: Sendable {
  /// `projections.projection_type`.
  public let type: String
  /// Names the rules that its rows are computed by: what ``stamp`` holds, and what `--reducers TYPE=VERSION` and the
  /// manifest say.
  public let version: String
  /// `projections.key` of the rows that a user can have, by code point.
  public let keys: [StaticString]
  /// The event types whose arrival makes live compute it.
  public let triggers: EventTypeSet
  /// The event types that it is made of: no event of another type changes a row.
  public let sources: EventTypeSet
  /// Those of ``sources`` that matter only where a user has no event of the others: what is inferred from them. A row is
  /// behind by them only when it is by no other, and `explain` shows only those of them that decided something.
  public let inferredFrom: EventTypeSet
  /// The member, at the top of `data`, that holds the instant it was computed at; `nil` where no row depends on the clock.
  public let clock: StaticString?
  /// The member, at the top of `data`, that holds the version that wrote the row; `nil` without one.
  public let stamp: StaticString?
  /// Another type without whose row live does not write this one. Its reducer gets that type's fold, and fails with it.
  public let requires: String?
  /// The keys and words that the reducer writes of its own. Whatever else is in a row can be somebody's text.
  public let words: Set<String>
  /// Where the deployment's texts are in its rows.
  public let texts: [TextPlace]
  /// Where the clock readings inside one computation show beside ``clock``.
  public let drift: [DriftPlace]
  /// Where a row says of how many observations it is made: keys from `data` down, joined with dots; `nil` where it does not.
  public let observations: String?
  /// What a report counts of its rows; `nil` where it counts nothing but rows.
  public let quality: QualityPlaces?
  /// Whether the reducer tells an observer what becomes of each event. Where it does not, `explain` takes each visible event
  /// of ``sources`` for one that has a part in the rows.
  public let isObserved: Bool

  public init(
    type: String, version: String, keys: [StaticString], triggers: EventTypeSet, sources: EventTypeSet,
    inferredFrom: EventTypeSet, clock: StaticString?, stamp: StaticString?, requires: String?, words: Set<String>,
    texts: [TextPlace],
    drift: [DriftPlace], observations: String?, quality: QualityPlaces?, isObserved: Bool
  ) {
    self.type = type
    self.version = version
    self.keys = keys
    self.triggers = triggers
    self.sources = sources
    self.inferredFrom = inferredFrom
    self.clock = clock
    self.stamp = stamp
    self.requires = requires
    self.words = words
    self.texts = texts
    self.drift = drift
    self.observations = observations
    self.quality = quality
    self.isObserved = isObserved
  }

  /// The sources that matter whatever else a user has.
  public var directSources: EventTypeSet { sources.subtracting(inferredFrom) }

  /// The part of the version after the type's name and a dot: what `--reducers` takes too. `nil` where the version begins with
  /// something else.
  public var shortVersion: String? { version.hasPrefix(type + ".") ? String(version.dropFirst(type.count + 1)) : nil }
}

/// The members at the top of a row that a report counts.
public struct QualityPlaces: Sendable, Equatable {
  /// A text, one of ``statuses``.
  public let status: StaticString?
  /// The statuses that rows can have, in the order in which a report shows them.
  public let statuses: [String]
  /// A number within 0…1.
  public let confidence: StaticString?

  public init(status: StaticString?, statuses: [String], confidence: StaticString?) {
    self.status = status
    self.statuses = statuses
    self.confidence = confidence
  }

  public static func == (a: QualityPlaces, b: QualityPlaces) -> Bool {
    a.status?.description == b.status?.description && a.statuses == b.statuses
      && a.confidence?.description == b.confidence?.description
  }
}

extension ProjectionSchema {
  /// Words separated by blanks.
  public static func words(_ text: String) -> Set<String> { Set(text.split(separator: " ").map(String.init)) }
}
