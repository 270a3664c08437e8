/// Why a record cannot be decoded: the field and the reason. The position in the file is added later.
public struct RecordFault: Error, Hashable, Sendable {
  public var field: String?
  public var reason: String
  /// Whether the fault always stops the run: the record is never quarantined.
  public var stopsRun = false

  public init(field: String?, reason: String, stopsRun: Bool = false) {
    self.field = field
    self.reason = reason
    self.stopsRun = stopsRun
  }

  static func missing(_ field: String) -> RecordFault { RecordFault(field: field, reason: "missing") }
  static func null(_ field: String) -> RecordFault { RecordFault(field: field, reason: "null") }
  static func notText(_ field: String) -> RecordFault { RecordFault(field: field, reason: "not a string") }
}
