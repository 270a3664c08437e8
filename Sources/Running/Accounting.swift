/// Counts of the log's records. Each record is in exactly one bucket.
package struct Accounting: Sendable, Equatable {
  /// All records that were read.
  package var records = 0
  /// Distinct events of a type some reducer reads.
  package var folded = 0
  /// Distinct events of a type no reducer reads.
  package var unread = 0
  /// Distinct events of users that are not selected.
  package var notSelected = 0
  /// Records that repeat an event with equal content.
  package var duplicates = 0
  /// Records left out because they could not be read.
  package var malformed = 0
  /// Records left out because a record with their id is marked as deleted.
  package var deleted = 0
  /// Records left out because their users were dropped (`pack --drop-user`).
  package var erased = 0
  /// Records left out because a file of `pack --replace` has others with their ids.
  package var replaced = 0
  /// Records of the users export, and how many of these are malformed. They are not records of the log and not part of
  /// its sum.
  package var usersRecords = 0
  package var malformedUsers = 0

  /// Whether the buckets add up to ``records``.
  package var addsUp: Bool {
    records == folded + unread + notSelected + duplicates + malformed + deleted + erased + replaced
  }

  package init() {}

  /// Adds the counts of records that were read apart.
  package static func += (sum: inout Accounting, other: Accounting) {
    sum.records += other.records
    sum.folded += other.folded
    sum.unread += other.unread
    sum.notSelected += other.notSelected
    sum.duplicates += other.duplicates
    sum.malformed += other.malformed
    sum.deleted += other.deleted
    sum.usersRecords += other.usersRecords
    sum.malformedUsers += other.malformedUsers
    sum.erased += other.erased
    sum.replaced += other.replaced
  }
}
