import EventModel
import Folding
import JSONTape

/// Where a user's projections come from: every record of the log with its disposition, and how the numbers are
/// computed.
package struct Provenance: Sendable {
  package var user: UserID
  package var asOf: Instant
  package var asOfSource: AsOfSource
  /// Only events stored by this instant take part; `nil`: all.
  package var storedBy: Instant?
  /// Whether a users export names the user; `nil` without one.
  package var isExported: Bool?
  /// The `type` or `type/key` to which the explanation is limited.
  package var wanted: Foreign?
  /// The records of the user that are shown, in fold order. A repeated record follows the record that it repeats.
  package var records: [Record]
  /// All records of the user, shown or not, counted by disposition, in the order of ``Disposition/names``.
  package var counts: [Int]
  package var projections: [Projection]
  /// How each projection came to what it is; `nil` if that was not asked for.
  package var overTime: [OverTime]?
  /// What each projection would be without each event; `nil` if that was not asked for.
  package var influence: [Influence]?
  /// The live row at whose instant all of this is; `nil` if none was given.
  package var live: LiveStanding?

  package init(
    user: UserID, asOf: Instant, asOfSource: AsOfSource, storedBy: Instant?, isExported: Bool?, wanted: String?,
    records: [Record], counts: [Int], projections: [Projection]
  ) {
    self.user = user
    self.asOf = asOf
    self.asOfSource = asOfSource
    self.storedBy = storedBy
    self.isExported = isExported
    self.wanted = wanted.map { Foreign($0) }
    self.records = records
    self.counts = counts
    self.projections = projections
  }

  /// The number of all records of the user.
  package var total: Int { counts.reduce(0, +) }

  /// What became of a record. Exactly one case applies.
  package enum Disposition: Sendable, Equatable {
    /// A projection contains something from it.
    case folded
    /// Reducers read it, but no projection contains anything from it.
    case withoutEffect
    /// Retracted by these events, and therefore invisible.
    case retracted(by: [EventID])
    /// A session that was logged later represents it.
    case represented(by: EventID?)
    /// The live reducer raises at it.
    case refused
    /// It counts only in projections that failed at another event.
    case projectionFailed
    /// Equal to the record at that position.
    case repeated(of: LogPosition?)
    /// Stored after ``Provenance/storedBy``.
    case notStored
    /// No reducer reads its type.
    case unread
    /// It is not a valid event; a rebuild stops at it or sets it aside.
    case malformed(field: Foreign?, reason: Foreign)

    package static let names = [
      "folded", "without_effect", "retracted", "represented", "refused", "projection_failed", "repeated", "not_stored",
      "unread", "malformed",
    ]

    /// Index in ``names``.
    package var number: Int {
      switch self {
      case .folded: 0
      case .withoutEffect: 1
      case .retracted: 2
      case .represented: 3
      case .refused: 4
      case .projectionFailed: 5
      case .repeated: 6
      case .notStored: 7
      case .unread: 8
      case .malformed: 9
      }
    }

    package var name: String { Disposition.names[number] }
  }

  /// One of the user's records in the log.
  package struct Record: Sendable {
    /// `nil` if the history was not read from a file.
    package var position: LogPosition?
    /// `nil` for a malformed record.
    package var event: Head?
    package var disposition: Disposition
    package var facts: [any EventFact]
    /// An earlier event of the user with the same idempotency key.
    package var sameKey: EventID?
    /// The number of records that repeat this one and are not listed, beyond those that are.
    package var unlistedRepeats: Int

    package init(
      position: LogPosition?, event: Head?, disposition: Disposition, facts: [any EventFact] = [],
      sameKey: EventID? = nil,
      unlistedRepeats: Int = 0
    ) {
      self.position = position
      self.event = event
      self.disposition = disposition
      self.facts = facts
      self.sameKey = sameKey
      self.unlistedRepeats = unlistedRepeats
    }
  }

  /// The plain columns of an event.
  package struct Head: Sendable, Equatable {
    package var id: EventID
    package var timestamp: Instant
    package var createdAt: Instant
    package var type: Foreign

    package init(id: EventID, timestamp: Instant, createdAt: Instant, type: String) {
      self.id = id
      self.timestamp = timestamp
      self.createdAt = createdAt
      self.type = Foreign(type)
    }
  }

  /// Figures of the records that are shown, known before the records are written.
  package struct Shown: Sendable {
    package private(set) var count = 0
    /// The number of records that repeat one of them and are not listed.
    private(set) var unlisted = 0
    /// The length in characters of the longest instant, type, id and position.
    private(set) var widths = (time: 0, type: 0, id: 0, place: 0)

    package init() {}

    package mutating func note(_ record: Record) {
      count += 1
      unlisted += record.unlistedRepeats
      let line = record.columns
      widths.time = max(widths.time, line.time.count)
      widths.type = max(widths.type, line.type.count)
      widths.id = max(widths.id, line.id.count)
      widths.place = max(widths.place, line.place.count)
    }
  }

  /// A projection, or why there is none.
  package struct Projection: Sendable {
    package enum Outcome: Sendable {
      case row(JSONTree, lastEvent: EventID?)
      case failed(FailureCode, event: EventID?, detail: Foreign)
      /// The user has no event that makes the live system compute it.
      case noRow
    }

    package var name: ProjectionName
    package var outcome: Outcome
    package var steps: (any ProjectionSteps)?

    package init(name: ProjectionName, outcome: Outcome, steps: (any ProjectionSteps)?) {
      self.name = name
      self.outcome = outcome
      self.steps = steps
    }
  }
}
