import Comparing
import EventLog
import EventModel
import Folding
import JSONTape
import Reconciliation
import Running

/// A row of the live export.
struct LiveRowCopy {
  /// Canonical JSON.
  var data: [UInt8]
  var generatedAt: Instant?
  var updatedAt: Instant?
  /// How many times the export holds the key.
  var copies: Int
}

/// Some users' live rows, by position in the catalogue.
func readLiveRows(
  _ plan: WitnessPlan, users: Set<UserID>, _ progress: ProgressMeter
) throws -> [UserID: [Int: LiveRowCopy]] {
  var input = DiffPlan(plan.catalogue)
  input.live = plan.live
  input.liveForm = plan.liveForm
  input.liveReading = plan.reading
  input.onlyUsers = users
  input.resources = plan.resources
  let side = try readLiveSide(input, progress)
  var found: [UserID: [Int: LiveRowCopy]] = [:]
  for user in users {
    let cursor = try LiveRows(plan.catalogue, side, slice: UserSlice(lower: user, upper: nil), bufferSize: 1 << 14)
    guard cursor.nextUser == user else { continue }
    try cursor.next()
    var rows: [Int: LiveRowCopy] = [:]
    for row in cursor.rows {
      guard let number = row.number else { continue }
      if rows[number] != nil {
        rows[number]?.copies += row.copies
        continue
      }
      let data = row.canonical(clock: plan.catalogue.schema(of: number).clock)
      rows[number] = LiveRowCopy(
        data: data.bytes, generatedAt: data.generatedAt, updatedAt: row.bookkeeping.updatedAt,
        copies: row.copies)
    }
    found[user] = rows
  }
  return found
}

extension SideRow {
  /// The row's data as canonical JSON, and the instant it was computed at.
  fileprivate func canonical(clock: ConstantName?) -> (bytes: [UInt8], generatedAt: Instant?) {
    let arena = ByteArena()
    if let packed {
      var writer = CanonicalWriter(output: arena)
      writer.value(packed)
      return (withExtendedLifetime(arena) { Array(arena.bytes) }, clock.flatMap(packed.member)?.instant)
    }
    let bytes = Array(text ?? UnsafeRawBufferPointer(start: nil, count: 0))
    var generatedAt: Instant?
    if let clock, let text = try? JSONTree(parsing: bytes)[clock.description]?.string {
      generatedAt = try? TimestampText.parse(text)
    }
    return (bytes, generatedAt)
  }
}
