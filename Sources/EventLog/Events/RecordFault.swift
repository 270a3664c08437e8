/// Why a record is no event: the field and the reason, before anybody knows the place.
public struct RecordFault: Error, Hashable, Sendable {
  public var field: String?
  public var reason: String

  public init(field: String?, reason: String) {
    self.field = field
    self.reason = reason
  }

  static func missing(_ field: String) -> RecordFault { RecordFault(field: field, reason: "missing") }
  static func null(_ field: String) -> RecordFault { RecordFault(field: field, reason: "null") }
  static func notText(_ field: String) -> RecordFault { RecordFault(field: field, reason: "not a string") }
}
