/// Special traits of a record, counted over the whole log: only the totals show what they mean.
public struct RecordTraits: OptionSet, Sendable {
  public let rawValue: UInt8
  public init(rawValue: UInt8) { self.rawValue = rawValue }

  /// `data` is null.
  public static let dataNull = RecordTraits(rawValue: 1)
  /// `data` is a string that holds a JSON object.
  public static let dataText = RecordTraits(rawValue: 2)
  public static let metadataNull = RecordTraits(rawValue: 4)
  public static let metadataText = RecordTraits(rawValue: 8)
  /// The record has no `metadata` at all.
  public static let metadataMissing = RecordTraits(rawValue: 16)
  /// The record has no `created_at`, or null there: its `timestamp` is used instead.
  public static let createdAtMissing = RecordTraits(rawValue: 32)
}

/// The JSON columns of an event.
public struct PayloadColumns: OptionSet, Sendable, Hashable {
  public let rawValue: UInt8
  public init(rawValue: UInt8) { self.rawValue = rawValue }

  public static let data = PayloadColumns(rawValue: 1)
  public static let metadata = PayloadColumns(rawValue: 2)

  /// The names of the columns in the set, `data` first.
  public var names: [String] {
    (contains(.data) ? ["data"] : []) + (contains(.metadata) ? ["metadata"] : [])
  }

  /// The columns with these names. Other names are ignored.
  public init(names: [String]) {
    self = names.contains("data") ? .data : []
    if names.contains("metadata") { insert(.metadata) }
  }
}
