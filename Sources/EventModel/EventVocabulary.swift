/// Numbers for the names that some reducer reads: event types, and members of `data` and `metadata`.
///
/// Everything else in an event is checked and hashed, but not stored, except in whole events.
public struct EventVocabulary: Sendable {
  public var types: FieldTable
  public var dataFields: FieldTable
  public var metadataFields: FieldTable
  /// The types whose events are kept whole, one bit for each number below 64.
  public var wholeTypes: UInt64

  public init(types: FieldTable, dataFields: FieldTable, metadataFields: FieldTable, wholeTypes: UInt64) {
    self.types = types
    self.dataFields = dataFields
    self.metadataFields = metadataFields
    self.wholeTypes = wholeTypes
  }

  /// Whether events of that type are kept whole. Numbers from 64 on are never.
  @inlinable @inline(__always)
  public func isWhole(_ type: Int) -> Bool { wholeTypes >> UInt64(truncatingIfNeeded: type) & 1 == 1 }
}
