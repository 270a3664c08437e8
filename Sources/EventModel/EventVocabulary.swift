/// Numbers for the names that some reducer reads: event types, and members of `data` and `metadata`.
///
/// Everything else in an event is checked and hashed, but not stored.
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
