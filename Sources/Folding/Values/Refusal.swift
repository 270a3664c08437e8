import EventModel

/// A value at which the live reducer raises: caught where the event is known, and then a ``Failure``.
public struct Refusal: Error {
  public var code: FailureCode
  /// Which value, in words, without the value.
  public var detail: StaticString

  public init(_ code: FailureCode, _ detail: StaticString) {
    self.code = code
    self.detail = detail
  }

  /// What the live JSON loader does not load.
  public static let tooLongInteger = Refusal(.numberTooLong, "an integer of more than 4,300 digits")
}

/// A refusal and the event whose value was refused, `nil` where no single one was.
public struct ReducerFailure: Sendable {
  public var code: FailureCode
  public var event: EventID?
  public var detail: String

  public init(_ refusal: Refusal, event: EventID?) {
    code = refusal.code
    self.event = event
    detail = refusal.detail.description
  }
}

extension ReducerFailure: Error {}
