/// Why a live row differs from the rebuilt one. Several can hold of one row.
package enum Cause: String, Sendable, CaseIterable {
  /// Equal once evaluated at the live row's own instant.
  case clock
  /// Equal once also restricted to the events the live row could see.
  case behind
  /// Equal under another version of the reducer, at the live row's own instant and of the events it could see.
  case version
  /// Only human-readable texts differ, possibly on top of another cause.
  case texts
  /// Live had events that the log does not hold: the log is short.
  case ahead
  /// Equal without events that were stored shortly before it: live did not see them yet.
  case unseen
  /// Nothing else explains it.
  case changed
  /// A complete rebuild has the row, live does not.
  case missing
  /// Live has the row, the log gives no reason for it.
  case surplus
  /// The rebuild fails there and an older live row survives.
  case failed
  /// Telling the cause would need the log.
  case unexplained
  /// What differs is covered by the operator's rules.
  case tolerated

  /// Whether the cause says why; `changed` and `unexplained` say that nothing does.
  package var isExplained: Bool { self != .changed && self != .unexplained }

  /// Place among all causes.
  package var number: Int {
    guard let number = Cause.allCases.firstIndex(of: self) else { preconditionFailure("every cause is one of all") }
    return number
  }
}

/// The rebuilt row a live row was held against.
package enum Baseline: String, Sendable, CaseIterable {
  /// The snapshot's own.
  case asOf = "as_of"
  /// Folded again at the instant the live row was computed.
  case ownInstant = "own_instant"
  /// The same, of the events that were visible then.
  case ownVisibility = "own_visibility"
}

/// One place in `data` where the sides differ.
package struct FieldDifference: Hashable, Sendable {
  package enum Status: String, Sendable { case different, text, tolerated }

  /// The keys from `data` down, joined with dots; an array element is `[3]`.
  package var path: Foreign
  /// ``path`` with every `[3]` as `[]`: the same for all rows.
  package var field: Foreign
  /// Canonical JSON; `nil` when the side has no such member.
  package var rebuilt: Foreign?
  package var live: Foreign?
  package var status: Status

  package init(path: String, field: String, rebuilt: String?, live: String?, status: Status) {
    self.path = Foreign(path)
    self.field = Foreign(field)
    self.rebuilt = rebuilt.map { Foreign($0) }
    self.live = live.map { Foreign($0) }
    self.status = status
  }
}

/// What is known of a cause beyond its name.
package enum CauseDetail: Hashable, Sendable {
  /// `behind`: events the row has not seen, the first of them, and since when (its created_at) until the as-of.
  case behind(events: Int, firstEvent: EventID, since: Instant, microseconds: Int64)
  /// `version`: the one under which the row is equal, and whether the row says that it was written by it.
  case version(String, isStamped: Bool)
  /// Not equal under that version either, but nearest to it: what ``RowDifference/fields`` compare the live row with.
  case nearestVersion(String, isStamped: Bool)
  /// The row says that it was written by a version that this refold does not have.
  case unknownStamp(Foreign)
  /// `ahead`: an event that the row names as its last, or that another live row of the user names, and that is not in the log.
  case ahead(event: EventID, isOwn: Bool)
  /// `unseen`: the events that the row lacks, the first ones by name, in the order in which they were stored; whether they are
  /// all that was stored from some instant on; how long before the row the first of them was stored.
  case unseen(events: [EventID], count: Int, isSuffix: Bool, microseconds: Int64)
  /// `changed`: the row was computed after the newest event of the whole log was stored.
  case afterLog(newest: Instant, computed: Instant)
  /// `changed`: the row is made of more observations than the log gives it; the log holds that many events of the user that
  /// were stored until then.
  case moreObserved(live: Int, rebuilt: Int, events: Int, until: Instant)
  /// `changed`: the row is equal without an event that was stored too long before it to be out of its sight.
  case equalWithout(event: EventID, microseconds: Int64)
  /// `changed`: the search for events that the row lacks ended after that many folds, before all was tried.
  case searchCut(tries: Int)
  /// `changed`: no event that the row is equal without was looked for, because very many rows are changed.
  case notSearched
  case failed(code: Foreign, event: EventID?, detail: Foreign)
  /// `missing`: the user had events that trigger the reducer, and live never computed the row.
  case neverComputed(triggeringEvents: Int, newest: EventID)
  /// `missing`: no event ever triggered the reducer; only the backfill seeds such rows.
  case needsSeeding
  /// `missing`: the export holds failures too, and says so of this row.
  case failedThere(code: Foreign)
  /// `changed`, of a row that neither of two snapshots has: the other one's failure, which is not this one's; `nil` where it
  /// has none.
  case otherFailure(code: Foreign?, event: EventID?)
  /// `surplus`: no input of the rebuild names the user.
  case unknownUser
  /// `surplus`: the user has no event of the kind.
  case noEventOfTheKind
  /// `surplus`: no reducer writes that key.
  case unknownKey
  /// `surplus`: the export holds the row that many times.
  case repeated(copies: Int)
  /// `surplus`: further keys of the type that no reducer writes and that are counted with this one, and their rows.
  case moreUnknownKeys(keys: Int, rows: Int)
}

extension CauseDetail {
  package static func failed(_ failure: Failure) -> CauseDetail {
    .failed(code: Foreign(failure.code.rawValue), event: failure.event, detail: Foreign(failure.detail))
  }
}

/// Reason, caveat and warning codes that only one side of a row has, ascending.
package struct CodeSets: Hashable, Sendable {
  package var onlyRebuilt: [Foreign]
  package var onlyLive: [Foreign]

  package init(onlyRebuilt: [String], onlyLive: [String]) {
    self.onlyRebuilt = onlyRebuilt.map { Foreign($0) }
    self.onlyLive = onlyLive.map { Foreign($0) }
  }
}

/// A row that differs, or that only one side has.
package struct RowDifference: Hashable, Sendable {
  package var user: UserID
  package var name: ProjectionName
  package var causes: [Cause]
  package var details: [CauseDetail]
  /// What ``fields`` compare the live row with.
  package var baseline: Baseline
  package var fields: [FieldDifference]
  /// Fields that differ; more than ``fields`` when those were cut.
  package var fieldCount: Int
  /// Of rows that nothing explains.
  package var codes: CodeSets?
  package var generatedAt: Instant?
  package var updatedAt: Instant?

  /// Keys that it counts for: its own, and those that are counted with it.
  package var keyCount: Int {
    details.reduce(1) { if case .moreUnknownKeys(let keys, _) = $1 { $0 + keys } else { $0 } }
  }

  package init(
    user: UserID, name: ProjectionName, causes: [Cause], details: [CauseDetail] = [], baseline: Baseline = .asOf,
    fields: [FieldDifference] = [], fieldCount: Int = 0, generatedAt: Instant? = nil, updatedAt: Instant? = nil
  ) {
    self.user = user
    self.name = name
    self.causes = causes
    self.details = details
    self.baseline = baseline
    self.fields = fields
    self.fieldCount = fieldCount
    self.generatedAt = generatedAt
    self.updatedAt = updatedAt
  }
}
