/// Why a live row differs from the rebuilt one. Several causes can apply to one row.
package enum Cause: String, Sendable, CaseIterable {
  /// Equal once evaluated at the live row's own instant.
  case clock
  /// Equal once also restricted to the events the live row could see.
  case behind
  /// Equal under another version of the reducer, at the live row's own instant and with the events it could see.
  case version
  /// Only human-readable texts differ, possibly on top of another cause.
  case texts
  /// Live had events that the log does not hold: the log is incomplete.
  case ahead
  /// Equal without events that were stored shortly before the row: live did not see them yet.
  case unseen
  /// Nothing else explains it.
  case changed
  /// A complete rebuild has the row, live does not.
  case missing
  /// Live has the row, the log gives no reason for it.
  case surplus
  /// The rebuild fails there and an older live row survives.
  case failed
  /// The cause cannot be determined without the log.
  case unexplained
  /// The operator's rules cover what differs.
  case tolerated

  /// Whether the cause gives a reason; `changed` and `unexplained` mean that there is none.
  package var isExplained: Bool { self != .changed && self != .unexplained }

  /// Index among all causes.
  package var number: Int {
    guard let number = Cause.allCases.firstIndex(of: self) else { preconditionFailure("every cause is one of all") }
    return number
  }
}

/// The rebuilt row that a live row was compared with.
package enum Baseline: String, Sendable, CaseIterable {
  /// The snapshot's own row.
  case asOf = "as_of"
  /// Folded again at the instant the live row was computed.
  case ownInstant = "own_instant"
  /// The same, with only the events that were visible then.
  case ownVisibility = "own_visibility"
}

/// What shows until when a live row could see events.
package enum Evidence: String, Sendable, CaseIterable {
  case updatedAt = "updated_at"
  /// The instant in the row, because `updated_at` does not say when the row was computed.
  case generatedAt = "generated_at"
  /// Neither says it: the newest cut of the user's events, in the order in which they were stored, that gives the row.
  case cut
}

/// One place in `data` where the sides differ.
package struct FieldDifference: Hashable, Sendable {
  package enum Status: String, Sendable { case different, text, tolerated }

  /// The keys from `data` down, joined with dots; an array element is `[3]`.
  package var path: Foreign
  /// ``path`` with every `[3]` as `[]`: the same for all rows.
  package var field: Foreign
  /// Canonical JSON; `nil` if the side has no such member.
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
  /// `behind`: number of events the row has not seen, the first of them, its created_at, the time from then to the
  /// as-of, and what shows it.
  case behind(events: Int, firstEvent: EventID, since: Instant, microseconds: Int64, evidence: Evidence)
  /// `version`: the version under which the row is equal, and whether the row says that this version wrote it.
  case version(String, isStamped: Bool)
  /// The version under which the row is nearest without being equal, and whether the row says that this version wrote
  /// it. ``RowDifference/fields`` compare the live row with that version's.
  case nearestVersion(String, isStamped: Bool)
  /// The row says that it was written by a version that this refold does not have.
  case unknownStamp(Foreign)
  /// `ahead`: an event that is not in the log, but that the row (`isOwn`) or another live row of the user names as its
  /// last.
  case ahead(event: EventID, isOwn: Bool)
  /// `unseen`: the first of the events that the row lacks, in the order in which they were stored; the number of all of
  /// them; whether they are everything stored from some instant on; how long before the row the first was stored.
  case unseen(events: [EventID], count: Int, isSuffix: Bool, microseconds: Int64)
  /// `changed`: the row was computed after the newest event of the whole log was stored.
  case afterLog(newest: Instant, computed: Instant)
  /// `changed`: the row counts more observations than the log gives; `events` of the user in the log were stored up to
  /// `until`.
  case moreObserved(live: Int, rebuilt: Int, events: Int, until: Instant)
  /// `changed`: the row is equal without an event that was stored so long before it that the row should have seen it.
  case equalWithout(event: EventID, microseconds: Int64)
  /// `changed`: the search for events that the row lacks ended after `tries` folds, before everything was tried.
  case searchCut(tries: Int)
  /// `changed`: no search was made for an event without which the row is equal, because very many rows are changed.
  case notSearched
  case failed(code: Foreign, event: EventID?, detail: Foreign)
  /// `missing`: the user had events that trigger the reducer, but live never computed the row.
  case neverComputed(triggeringEvents: Int, newest: EventID)
  /// `missing`: no event ever triggered the reducer; only the backfill seeds such rows.
  case needsSeeding
  /// `missing`: the export also holds failures, one of them for this row.
  case failedThere(code: Foreign)
  /// `changed`, for a row that neither of two snapshots has: the failure in the other snapshot, which differs from this
  /// one's; `nil` if it has none.
  case otherFailure(code: Foreign?, event: EventID?)
  /// `surplus`: no input of the rebuild names the user.
  case unknownUser
  /// `surplus`: the user has no event of the kind.
  case noEventOfTheKind
  /// `surplus`: no reducer writes that key.
  case unknownKey
  /// `surplus`: the export holds the row `copies` times.
  case repeated(copies: Int)
  /// `surplus`: number of further keys of the type that no reducer writes and that are counted with this one, and of
  /// their rows.
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
  /// The rebuilt row that ``fields`` compare the live row with.
  package var baseline: Baseline
  package var fields: [FieldDifference]
  /// Number of fields that differ; larger than the count of ``fields`` if those were cut.
  package var fieldCount: Int
  /// Set for rows that nothing explains.
  package var codes: CodeSets?
  package var generatedAt: Instant?
  package var updatedAt: Instant?
  package var marks = DifferenceMarks()

  /// Number of keys that the difference counts for: its own, and those counted with it.
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

extension RowDifference {
  /// The version that the live row names, if refold does not have it and nothing explains the row.
  public var unknownVersion: Foreign? {
    for case .unknownStamp(let version) in details { return version }
    return nil
  }
}
