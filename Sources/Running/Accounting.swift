/// Every record of the log in exactly one bucket.
package struct Accounting: Sendable, Equatable {
  /// Records met.
  package var records = 0
  /// Distinct events of a type some reducer reads.
  package var folded = 0
  /// Distinct events of a type no reducer reads.
  package var unread = 0
  /// Distinct events of users that were not asked for.
  package var notSelected = 0
  /// Records that repeat an event with equal content.
  package var duplicates = 0
  /// Records left out because they could not be read.
  package var malformed = 0
  /// Records left out with all others that have the id of one that is marked as deleted.
  package var deleted = 0
  /// Records of the users export, and those of them left out. In no sum: they are no records of the log.
  package var usersRecords = 0
  package var malformedUsers = 0

  /// Whether the buckets add up to the records met.
  package var addsUp: Bool { records == folded + unread + notSelected + duplicates + malformed + deleted }

  package init() {}
}
