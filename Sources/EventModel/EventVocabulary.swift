/// The names of event types and of members of `data` and `metadata` that some reducer reads, by number.
///
/// Everything else of an event is checked and hashed, and not kept.
public struct EventVocabulary: Sendable {
  public var types: FieldTable
  public var dataFields: FieldTable
  public var metadataFields: FieldTable

  public init(types: FieldTable, dataFields: FieldTable, metadataFields: FieldTable) {
    self.types = types
    self.dataFields = dataFields
    self.metadataFields = metadataFields
  }
}
