import EventModel
import JSONTape

/// The names that a domain reads from its events. Everything else in an event is checked and dropped when it is
/// decoded.
public struct Vocabulary: Sendable {
  /// The event types, in the order of their numbers.
  public let eventTypes: [EventType]
  /// The fields, in the order of their numbers. All of them are read from `data`.
  public let fields: [Field]
  /// The fields that are also read from `metadata`.
  public let metadataFields: [Field]
  /// How an event makes another invisible; `nil` if no event does.
  public let retraction: Retraction?
  /// The words in payloads that belong to the platform and not to a person.
  public let payload: PayloadWords

  /// The types whose events are kept whole, because a reducer outside of the process reads them.
  package let wholeTypes: EventTypeSet
  /// Maps names to numbers.
  package let tables: EventVocabulary
  /// The event types, sorted by the code points of their names.
  package let typesByName: [EventType]

  /// An event of ``type`` makes another event invisible: its field ``target`` contains the id of that event, as text,
  /// spelled as the live system prints ids (lower case, with hyphens). The order of the two events does not matter.
  /// Retracting a retraction has no effect.
  public struct Retraction: Sendable {
    public let type: EventType
    public let target: Field

    public init(type: EventType, target: Field) {
      self.type = type
      self.target = target
    }
  }

  /// - Parameters:
  ///   - eventTypes: the types that reducers read.
  ///   - fields: the members of `data` that reducers read.
  ///   - metadataFields: those of them that are also read from `metadata`.
  ///   - retraction: how an event makes another invisible; `nil` if no event does.
  ///   - payload: the words in payloads that belong to the platform and not to a person.
  ///   - memberNames: names of nested members that are frequent in events. An event stores such a name as one byte. The
  ///     names do not affect results.
  /// - Precondition: types and fields are numbered 1, 2, 3 … in the order given, below their limits, and have distinct
  ///   names.
  public init(
    eventTypes: [EventType], fields: [Field], metadataFields: [Field] = [], retraction: Retraction? = nil,
    payload: PayloadWords = PayloadWords(), memberNames: [StaticString] = []
  ) {
    self.init(
      eventTypes, fields, metadataFields, retraction, payload, memberNames: memberNames, whole: EventTypeSet())
  }

  private init(
    _ eventTypes: [EventType], _ fields: [Field], _ metadataFields: [Field], _ retraction: Retraction?,
    _ payload: PayloadWords, memberNames: [StaticString], whole: EventTypeSet
  ) {
    // A larger number would not fit into a set of types or into the slots of an object.
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
    wholeTypes = whole
    tables = EventVocabulary(
      types: FieldTable(eventTypes.map(\.name)), dataFields: FieldTable(fields.map(\.name)),
      metadataFields: FieldTable(fields.map { metadataFields.contains($0) ? $0.name : "" }), wholeTypes: whole.bits)
    typesByName = eventTypes.sorted { $0.name.description.utf8.lexicographicallyPrecedes($1.name.description.utf8) }
    KnownNames.add(memberNames)
  }

  /// Returns the vocabulary with more event types, numbered after its own, and with the events of some types kept whole.
  ///
  /// - Precondition: there are fewer than ``EventTypeSet/limit`` types.
  package func extended(by names: [String], whole: Set<String>) -> Vocabulary {
    let types =
      eventTypes
      + names.enumerated().map { EventType(UInt8(eventTypes.count + $0 + 1), ConstantName(copying: $1)) }
    return Vocabulary(
      types, fields, metadataFields, retraction, payload, memberNames: [],
      whole: wholeTypes.union(EventTypeSet(types.filter { whole.contains($0.name.description) })))
  }

  /// The type with that number; `nil` for 0, which is the number of all types that no reducer reads.
  public func eventType(_ number: UInt8) -> EventType? {
    number > 0 && number <= eventTypes.count ? eventTypes[Int(number) - 1] : nil
  }

  /// The type with that name; `nil` if no reducer reads the type.
  public func eventType(named name: String) -> EventType? { eventTypes.first { $0.name.description == name } }

  /// The field with that number; `nil` if there is none. Numbers start at 1.
  public func field(_ number: UInt8) -> Field? {
    number > 0 && number <= fields.count ? fields[Int(number) - 1] : nil
  }

  /// The names of the types in a set.
  package func names(of types: EventTypeSet) -> Set<String> {
    Set(eventTypes.lazy.filter(types.contains).map(\.name.description))
  }
}

/// The names and words in payloads that belong to the platform. `witness` keeps them; any other text may be a person's.
public struct PayloadWords: Sendable {
  /// Names of nested members, and words that affect results.
  public var words: Set<String> = []
  /// Members that contain the time at which something happened.
  public var instants: Set<String> = []
  /// Parts of longer texts that affect results.
  public var fragments: [String] = []
  /// Texts for which a look-up raises.
  public var refused: [String] = []

  public init() {}
}
