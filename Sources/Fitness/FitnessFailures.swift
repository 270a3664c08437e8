import EventModel
import Folding

/// Conditions, specific to this platform, under which the live reducers raise.
extension FailureCode {
  package static let countNotFinite = FailureCode("count_not_finite")
  package static let invalidTimeZoneKey = FailureCode("invalid_time_zone_key")
  package static let instantOutOfRange = FailureCode("instant_out_of_range")
  package static let expansionLimit = FailureCode("expansion_limit")
  /// The row that another projection requires was written by a program and is not as that projection needs it.
  package static let requiredRowUnreadable = FailureCode("required_row_unreadable")
}
