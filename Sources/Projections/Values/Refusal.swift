import EventModel

/// A value at which the live reducer raises: caught where the event is known, and then a ``Failure``.
package struct Refusal: Error {
  package var code: FailureCode
  /// Which value, in words, without the value.
  package var detail: StaticString

  package init(_ code: FailureCode, _ detail: StaticString) {
    self.code = code
    self.detail = detail
  }

  /// What the live JSON loader does not load.
  static let tooLongInteger = Refusal(.numberTooLong, "an integer of more than 4,300 digits")
}

/// A refusal and the event whose value was refused, `nil` where no single one was.
package struct ReducerFailure: Sendable {
  package var code: FailureCode
  package var event: EventID?
  package var detail: String

  package init(_ refusal: Refusal, event: EventID?) {
    code = refusal.code
    self.event = event
    detail = refusal.detail.description
  }
}
