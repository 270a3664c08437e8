import Comparing
import EventLog
import EventModel
import Folding
import JSONTape
import Rebuilding
import Reconciliation
import Reporting
import Running
import SnapshotStore

/// Where to find the live row at whose instant a user is explained.
package struct LiveRowPlan: Sendable {
  package var catalogue: Catalogue
  package var user: UserID
  /// The projection's number in the catalogue.
  package var number: Int
  /// Exports of the live projections, or one snapshot.
  package var exports: [String]
  package var reading: ReadingOptions
  package var resources: Resources

  package init(
    _ catalogue: Catalogue, user: UserID, number: Int, exports: [String], reading: ReadingOptions, resources: Resources
  ) {
    self.catalogue = catalogue
    self.user = user
    self.number = number
    self.exports = exports
    self.reading = reading
    self.resources = resources
  }
}

/// A live row.
package final class FoundLiveRow {
  let number: Int
  private let arena = ByteArena()
  /// The instant in the row; `nil` if the projection's rows do not depend on the clock.
  package let generatedAt: Instant?
  package let updatedAt: Instant?
  /// Whether the row can have been computed at `updatedAt`.
  let isUpdateTrusted: Bool
  /// Until when the row could see events, as a diff judges it; `nil` if nothing says it.
  package let storedBy: Instant?

  var data: JSONValue { JSONValue(arena.base) }

  fileprivate init(_ row: SideRow, _ plan: LiveRowPlan) throws {
    number = plan.number
    if let packed = row.packed {
      arena.append(packed.packed)
    } else if let text = row.text {
      do throws(JSONFault) { _ = try DocumentPacker(arena: arena).pack(text) } catch {
        throw RefoldError.usage("\(plan.place): its data is not JSON: \(error.reason)")
      }
    } else {
      preconditionFailure("a row of the catalogue has data")
    }
    let live = JSONValue(arena.base)
    let pair = RowPair(
      number: number, rebuilt: live, live: live, updatedAt: row.bookkeeping.updatedAt,
      asOf: Instant(microseconds: 0),
      comparer: RowComparer(
        number, of: plan.catalogue, wordings: Wordings(own: [], others: []), rules: FieldRules()))
    if let clock = plan.catalogue.schema(of: number).clock, pair.generatedAt == nil {
      throw RefoldError.usage("\(plan.place) has no instant in \(clock.description)")
    }
    generatedAt = pair.generatedAt
    updatedAt = row.bookkeeping.updatedAt
    isUpdateTrusted = pair.trustedUpdate != nil
    storedBy = pair.sight?.until
  }
}

extension LiveRowPlan {
  /// For messages.
  fileprivate var place: String { "\(names): the row \(catalogue.names[number].foreign.text) of user \(user)" }
  private var names: String { exports.map { Foreign($0).text }.joined(separator: ", ") }

  /// Throws if there is no such row, or more than one.
  package func find(_ progress: ProgressMeter) throws -> FoundLiveRow {
    var plan = DiffPlan(catalogue)
    plan.live = exports
    plan.liveReading = reading
    plan.onlyUsers = [user]
    plan.resources = resources
    let side = try readLiveSide(plan, progress)
    let size =
      switch side {
      case .export(let export): resources.readBufferSize(runs: export.runs.count)
      case .snapshot: 1 << 14
      }
    let rows = try LiveRows(catalogue, side, slice: UserSlice(lower: user, upper: user.next), bufferSize: size)
    guard rows.nextUser == user else {
      throw RefoldError.usage("\(names) holds no row of user \(user)")
    }
    try rows.next()
    guard let row = rows.rows.first(where: { $0.number == number }) else {
      throw RefoldError.usage("\(names) holds no row \(catalogue.names[number].foreign.text) of user \(user)")
    }
    if row.copies > 1 { throw RefoldError.usage("\(place) is there \(row.copies) times") }
    return try withExtendedLifetime(rows) { try FoundLiveRow(row, self) }
  }
}

extension ExplainedHistory {
  /// Compares a live row with the row computed from the events that are folded, at the as-of.
  package func standing(_ live: FoundLiveRow) throws(OutsideFault) -> LiveStanding {
    let name = catalogue.names[live.number]
    let rows = try rows(ofType: name.type)
    var standing = LiveStanding(
      name: name, generatedAt: live.generatedAt, updatedAt: live.updatedAt, isUpdateTrusted: live.isUpdateTrusted,
      fields: [], fieldCount: 0, computed: rows.outcome(live.number))
    if let row = rows.row(live.number) {
      let comparer = RowComparer(
        live.number, of: catalogue, wordings: Wordings(profile, builtin: catalogue.profile), rules: FieldRules())
      let found = comparer.compare(row, live.data, .ownVisibility).found
      standing.fields = ReportedFields(nil).fields(found.prefix(ReportedFields.limit))
      standing.fieldCount = found.count
    }
    return standing
  }
}
