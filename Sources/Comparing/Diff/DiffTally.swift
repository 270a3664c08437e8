import EventModel
import Folding

/// All counts of a diff, by projection where that makes sense. Tallies are added count by count.
package struct DiffTally: Sendable, Equatable {
  package struct Row: Sendable, Equatable {
    /// Rows of the snapshot.
    package var rebuilt = 0
    /// Rows of the live side.
    package var live = 0
    /// Keys that both sides have.
    package var compared = 0
    package var equal = 0
    /// Rows for each cause, by index in ``Cause/allCases``. A row with two causes is counted under both.
    package var causes = [Int](repeating: 0, count: Cause.allCases.count)
    /// Keys that differ, each counted once.
    package var different = 0
  }

  /// By projection number. The last element is for keys that no reducer writes.
  package var rows: [Row]
  /// Live rows of projection types that no reducer writes, by type.
  package var otherTypes = TypeCounts()
  /// Live rows of users or projections that were not requested or not rebuilt.
  package var notSelected = 0
  /// Live lines that hold a failure instead of a row.
  package var liveFailures = 0
  /// Failures of the rebuild for which live has no row either.
  package var failedOnBothSides = 0
  /// Users for which only one side has rows.
  package var usersOnlyRebuilt = 0
  package var usersOnlyLive = 0
  package var usersCompared = 0
  package var usersDifferent = 0
  package var unseen = UnseenGroup()
  /// Differing rows whose `updated_at` was not trusted, because very many rows have it.
  package var doubtedUpdates = 0
  /// Differing rows that name a version that this refold does not have, by type and version with a blank between them.
  package var unknownVersions = TypeCounts()
  /// Compared rows whose bookkeeping columns differ, by index in ``bookkeepingColumns``.
  package var bookkeeping = [Int](repeating: 0, count: DiffTally.bookkeepingColumns.count)

  /// Compared rows that lack the column on the live side, by index in ``bookkeepingColumns``.
  package var bookkeepingAbsent = [Int](repeating: 0, count: DiffTally.bookkeepingColumns.count)

  package static let bookkeepingColumns = ["id", "version", "last_event_id", "created_at", "updated_at"]

  package init(_ catalogue: Catalogue) { rows = [Row](repeating: Row(), count: catalogue.names.count + 1) }

  package var rebuilt: Int { rows.reduce(0) { $0 + $1.rebuilt } }
  package var live: Int { rows.reduce(0) { $0 + $1.live } }
  package var compared: Int { rows.reduce(0) { $0 + $1.compared } }
  package var equal: Int { rows.reduce(0) { $0 + $1.equal } }
  package var different: Int { rows.reduce(0) { $0 + $1.different } }
  package func count(_ cause: Cause) -> Int { rows.reduce(0) { $0 + $1.causes[cause.number] } }

  mutating func add(_ other: DiffTally) {
    for index in rows.indices {
      rows[index].rebuilt += other.rows[index].rebuilt
      rows[index].live += other.rows[index].live
      rows[index].compared += other.rows[index].compared
      rows[index].equal += other.rows[index].equal
      rows[index].different += other.rows[index].different
      for cause in rows[index].causes.indices { rows[index].causes[cause] += other.rows[index].causes[cause] }
    }
    otherTypes.add(other.otherTypes)
    unknownVersions.add(other.unknownVersions)
    notSelected += other.notSelected
    liveFailures += other.liveFailures
    failedOnBothSides += other.failedOnBothSides
    usersOnlyRebuilt += other.usersOnlyRebuilt
    usersOnlyLive += other.usersOnlyLive
    usersCompared += other.usersCompared
    usersDifferent += other.usersDifferent
    doubtedUpdates += other.doubtedUpdates
    unseen.add(rows: other.unseen.rows, users: other.unseen.users, longest: other.unseen.longest)
    for index in bookkeeping.indices {
      bookkeeping[index] += other.bookkeeping[index]
      bookkeepingAbsent[index] += other.bookkeepingAbsent[index]
    }
  }
}
