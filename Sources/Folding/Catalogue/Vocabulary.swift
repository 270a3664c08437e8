import EventModel
import JSONTape

/// The names that a domain reads of its events. Everything else of an event is checked and left out when it is read.
public struct Vocabulary: Sendable {
  /// By number.
  public let eventTypes: [EventType]
  /// The fields, by number. All of them are read from `data`.
  public let fields: [Field]
  /// Those that are read from `metadata` too.
  public let metadataFields: [Field]
  /// How one event makes another invisible; `nil` where none does.
  public let retraction: Retraction?
  /// What of a payload is the platform's own, and not a person's.
  public let payload: PayloadWords

  /// Names → numbers.
  package let tables: EventVocabulary
  /// By name, by code point.
  package let typesByName: [EventType]

  /// An event of ``type`` makes the event invisible whose id its field ``target`` holds, as text, spelled as the live system
  /// prints ids: lower case, with hyphens. It does so whenever it happened, and retracting a retraction undoes nothing.
  public struct Retraction: Sendable {
    public let type: EventType
    public let target: Field

    public init(type: EventType, target: Field) {
      self.type = type
      self.target = target
    }
  }

  /// - Parameter memberNames: names of members inside of fields that events have over and over. An event keeps such a name as
  ///   one byte. They say nothing about a result.
  /// - Precondition: types and fields are numbered 1, 2, 3 … in the order given, below their limits, and have distinct names.
  public init(
    eventTypes: [EventType], fields: [Field], metadataFields: [Field] = [], retraction: Retraction? = nil,
    payload: PayloadWords = PayloadWords(), memberNames: [StaticString] = []
  ) {
    // A larger number would be in no set of types, or outside the slots of an object.
    precondition(eventTypes.count < EventTypeSet.limit, "more event types than a set of types holds")
    precondition(fields.count < Field.limit, "more fields than an object has slots for")
    precondition(eventTypes.enumerated().allSatisfy { $1.rawValue == $0 + 1 }, "event types are numbered from 1")
    precondition(fields.enumerated().allSatisfy { $1.rawValue == $0 + 1 }, "fields are numbered from 1")
    precondition(Set(eventTypes.map(\.name.description)).count == eventTypes.count, "two event types of one name")
    precondition(Set(fields.map(\.name.description)).count == fields.count, "two fields of one name")
    self.eventTypes = eventTypes
    self.fields = fields
    self.metadataFields = metadataFields
    self.retraction = retraction
    self.payload = payload
    tables = EventVocabulary(
      types: FieldTable(eventTypes.map(\.name)), dataFields: FieldTable(fields.map(\.name)),
      metadataFields: FieldTable(fields.map { metadataFields.contains($0) ? $0.name : "" }))
    typesByName = eventTypes.sorted { $0.name.description.utf8.lexicographicallyPrecedes($1.name.description.utf8) }
    KnownNames.add(memberNames)
  }

  /// The type of an event's number; `nil` for 0, which is the number of types that no reducer reads.
  public func eventType(_ number: UInt8) -> EventType? {
    number > 0 && number <= eventTypes.count ? eventTypes[Int(number) - 1] : nil
  }

  /// The type of that name; `nil` for one that no reducer reads.
  public func eventType(named name: String) -> EventType? { eventTypes.first { $0.name.description == name } }

  /// The field of a number, 1…; `nil` for another.
  public func field(_ number: UInt8) -> Field? {
    number > 0 && number <= fields.count ? fields[Int(number) - 1] : nil
  }

  /// The names of the types in a set.
  package func names(of types: EventTypeSet) -> Set<String> {
    Set(eventTypes.lazy.filter(types.contains).map(\.name.description))
  }
}

/// What of a payload is the platform's own: names and words that `witness` keeps, where any other text may be a person's.
public struct PayloadWords: Sendable {
  /// Names of members inside of fields, and words that decide something.
  public var words: Set<String> = []
  /// Members that hold the time something happened.
  public var instants: Set<String> = []
  /// Parts of a longer text that decide something.
  public var fragments: [String] = []
  /// Texts at which a look-up raises.
  public var refused: [String] = []

  public init() {}
}
