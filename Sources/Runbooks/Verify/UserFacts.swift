import EventModel
import Folding

/// The facts about a user that the runbooks' checks need: the instants of the newest signals, and which rows exist.
///
/// All arrays are indexed like the domain's backfills.
package struct UserFacts: Sendable {
  package var user: UserID
  /// Whether the user is in the users table.
  package var isListed: Bool
  /// `MAX(timestamp)` of the events of each backfill's types.
  package private(set) var signals: [Instant?]
  package var rebuilt: SideFacts
  package var live: SideFacts

  package init(user: UserID, isListed: Bool, _ backfills: BackfillTable) {
    self.user = user
    self.isListed = isListed
    signals = [Instant?](repeating: nil, count: backfills.count)
    rebuilt = SideFacts(backfills)
    live = rebuilt
  }

  /// Notes the instant of the newest event of a type that is a signal for these backfills.
  package mutating func note(_ last: Instant, signalOf backfills: [Int]) {
    for backfill in backfills { signals[backfill] = later(signals[backfill], last) }
  }

  var hasSignals: Bool { signals.contains { $0 != nil } }
}

/// The domain's backfills, with look-ups by row and by event type.
package struct BackfillTable: Sendable {
  package let all: [Backfill]

  package init(_ catalogue: Catalogue) { all = catalogue.backfills }

  package var count: Int { all.count }

  /// The indices of the backfills for which an event type is a signal.
  package func signals(_ type: String) -> [Int] {
    all.indices.filter { all[$0].eventTypes.contains { $0.name.description == type } }
  }

  /// The role of a row in each backfill whose runbook looks at it.
  package func roles(_ name: ProjectionName) -> [SideFacts.Role] {
    all.indices.compactMap { place in
      guard all[place].looks(at: name) else { return nil }
      return SideFacts.Role(backfill: place, row: all[place].rows.firstIndex(of: name))
    }
  }

  /// The types that no runbook names. No figure is about their rows, and no backfill computes them.
  func unnamed(_ types: [String]) -> [String] {
    types.filter { type in !all.contains { $0.types.contains(type) } }
  }
}

/// The projection rows of one user on one side, rebuilt or live.
package struct SideFacts: Sendable, Equatable {
  /// Indexed by backfill.
  package private(set) var rows: [Rows]

  package struct Rows: Sendable, Equatable {
    /// One bit for each of ``Backfill/rows``: whether the row exists.
    fileprivate var bits: UInt32 = 0
    /// Whether there is a row that the runbook looks at.
    package fileprivate(set) var hasAny = false
    /// `MAX(updated_at)` of the rows that the runbook looks at.
    package fileprivate(set) var updated: Instant?

    func has(_ row: Int) -> Bool { bits >> UInt32(row) & 1 == 1 }
    func isComplete(_ backfill: Backfill) -> Bool { bits == 1 << UInt32(backfill.rows.count) - 1 }
    func missing(_ backfill: Backfill) -> [ProjectionName] {
      backfill.rows.enumerated().filter { !has($0.offset) }.map(\.element)
    }
  }

  /// The role of a row in one backfill.
  package struct Role: Sendable {
    var backfill: Int
    /// The row's index in ``Backfill/rows``; `nil` for another row, which the runbook only counts as one of its type.
    var row: Int?
  }

  package init(_ backfills: BackfillTable) { rows = [Rows](repeating: Rows(), count: backfills.count) }

  package mutating func note(_ roles: [Role], updatedAt: Instant?) {
    for role in roles {
      rows[role.backfill].hasAny = true
      if let row = role.row { rows[role.backfill].bits |= 1 << UInt32(row) }
      rows[role.backfill].updated = later(rows[role.backfill].updated, updatedAt)
    }
  }
}

extension UserFacts {
  /// Whether a coverage query counts the user, with the rows of one side.
  package func counts(_ column: CoverageColumn, _ place: Int, _ backfill: Backfill, _ side: SideFacts) -> Bool {
    let isAsked =
      switch column.users {
      case .listed: isListed
      case .signals: signals[place] != nil
      case .all: true
      }
    guard isAsked else { return false }
    let rows = side.rows[place]
    return switch column.rows {
    case .any: true
    case .complete: rows.isComplete(backfill)
    case .incomplete: !rows.isComplete(backfill)
    case .none: !rows.hasAny
    case .row(let row): rows.has(row)
    }
  }

  /// Whether the user lacks rows that the backfill should have computed.
  func lacks(_ place: Int, _ backfill: Backfill, _ side: SideFacts) -> Bool {
    let isDue = signals[place] != nil || backfill.audience == .everyone && isListed
    return isDue && !side.rows[place].isComplete(backfill)
  }
}

/// The later of two instants. If one is `nil`, the other; if both are, `nil`.
private func later(_ a: Instant?, _ b: Instant?) -> Instant? {
  guard let a, let b else { return a ?? b }
  return max(a, b)
}
