import EventModel

/// A value on which the live reducer raises. The error is caught where the event is known and becomes a
/// ``ReducerFailure``.
public struct Refusal: Error {
  public var code: FailureCode
  /// Describes in words which value it is, without the value itself.
  public var detail: StaticString

  public init(_ code: FailureCode, _ detail: StaticString) {
    self.code = code
    self.detail = detail
  }

  /// An integer that the live JSON loader does not load.
  public static let tooLongInteger = Refusal(.numberTooLong, "an integer of more than 4,300 digits")
}

/// A refusal, and the event whose value was refused; `nil` if there is no single one.
public struct ReducerFailure: Sendable {
  public var code: FailureCode
  public var event: EventID?
  public var detail: String

  public init(_ refusal: Refusal, event: EventID?) {
    code = refusal.code
    self.event = event
    detail = refusal.detail.description
  }

  package init(_ code: FailureCode, event: EventID?, detail: String) {
    self.code = code
    self.event = event
    self.detail = detail
  }
}

extension ReducerFailure: Error {}
