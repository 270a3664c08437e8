/// Why a record is no event: the field and the reason, before anybody knows the place.
public struct RecordFault: Error, Hashable, Sendable {
  public var field: String?
  public var reason: String
  /// Whether nobody can go on without the record: it is never set aside.
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
