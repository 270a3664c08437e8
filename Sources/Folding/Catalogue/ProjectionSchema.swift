import EventModel

/// Everything that commands must know about a projection without running its reducer: one value for each type and
/// version.
///
/// No member has a default, so whoever adds a projection must decide on each.
public struct ProjectionSchema: Sendable {
  /// `projections.projection_type`.
  public let type: String
  /// The name of the rules by which the rows are computed. Rows contain it in the member ``stamp``;
  /// `--reducers TYPE=VERSION` and the manifest use it too.
  public let version: String
  /// `projections.key` of the rows that a user can have, sorted by code point.
  public let keys: [ConstantName]
  /// The event types whose arrival makes live compute it.
  public let triggers: EventTypeSet
  /// The event types that rows depend on: no event of another type changes a row.
  public let sources: EventTypeSet
  /// The types among ``sources`` that matter only for a user who has no event of the other types; the reducer then
  /// infers something from them. When a row has not seen some events, `diff` counts events of these types only if there
  /// are none of the other types. `explain` shows only events of these types that decided something.
  public let inferredFrom: EventTypeSet
  /// The top-level member of `data` that contains the instant of the computation; `nil` if no row depends on the clock.
  public let clock: ConstantName?
  /// The top-level member of `data` that contains the version that wrote the row; `nil` if there is none.
  public let stamp: ConstantName?
  /// Another type. Live writes this row only if a row of that type exists. The reducer receives the reducer of that
  /// type and fails if that one fails.
  public let requires: String?
  /// The keys and words that the reducer itself writes. All other text in a row may be a user's.
  public let words: Set<String>
  /// The places of the deployment's texts in the rows.
  public let texts: [TextPlace]
  /// The places, besides ``clock``, that depend on clock readings within one computation.
  public let drift: [DriftPlace]
  /// The path of the number of observations from which a row is computed: keys from `data` down, joined with dots.
  /// `nil` if rows do not contain that number.
  public let observations: String?
  /// The members that a report counts; `nil` if it counts only the rows.
  public let quality: QualityPlaces?
  /// Whether the reducer reports to an observer what happens to each event. If it does not, `explain` assumes that
  /// every visible event of ``sources`` affects the rows.
  public let isObserved: Bool

  public init(
    type: String, version: String, keys: [ConstantName], triggers: EventTypeSet, sources: EventTypeSet,
    inferredFrom: EventTypeSet, clock: ConstantName?, stamp: ConstantName?, requires: String?, words: Set<String>,
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

  /// The sources that matter regardless of the user's other events.
  public var directSources: EventTypeSet { sources.subtracting(inferredFrom) }

  /// The part of the version after the type's name and a dot, which `--reducers` also accepts. `nil` if the version
  /// does not begin with the type's name and a dot.
  public var shortVersion: String? { version.hasPrefix(type + ".") ? String(version.dropFirst(type.count + 1)) : nil }
}

/// The top-level members of a row that a report counts.
public struct QualityPlaces: Sendable, Equatable {
  /// A text, one of ``statuses``.
  public let status: ConstantName?
  /// The statuses that rows can have, in the order in which a report shows them.
  public let statuses: [String]
  /// A number within 0…1.
  public let confidence: ConstantName?

  public init(status: ConstantName?, statuses: [String], confidence: ConstantName?) {
    self.status = status
    self.statuses = statuses
    self.confidence = confidence
  }

  public static func == (a: QualityPlaces, b: QualityPlaces) -> Bool {
    a.status == b.status && a.statuses == b.statuses && a.confidence == b.confidence
  }
}

extension ProjectionSchema {
  /// Splits a text into words at its blanks.
  public static func words(_ text: String) -> Set<String> { Set(text.split(separator: " ").map(String.init)) }
}
