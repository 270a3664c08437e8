import Comparing
import EventLog
import EventModel
import Folding
import JSONTape
import Reporting
import Runbooks
import SnapshotStore

/// What a report says of all rows of both sides and of all users, as counts: adding two is adding their counts. Memory: flat,
/// but for the names of event types, of which ``typeLimit`` are kept.
struct Census: RowCensus {
  struct TypeCount: Sendable {
    var events = 0
    var users = 0
    /// Instants in stored form.
    var first: [UInt8] = []
    var last: [UInt8] = []
  }

  /// By the projection's number.
  var rebuilt: [ReportFacts.Mix]
  var live: [ReportFacts.Mix]
  var rebuiltUsers: CoverageSum
  var liveUsers: CoverageSum
  var hasLive = false
  /// Whether some live row has no updated_at, so that its lag and age are unknown.
  var lacksInstants = false
  var types: [String: TypeCount] = [:]
  static let typeLimit = 1000

  init(_ catalogue: Catalogue) {
    rebuilt = [ReportFacts.Mix](repeating: ReportFacts.Mix(statuses: catalogue.statuses), count: catalogue.names.count)
    live = rebuilt
    rebuiltUsers = CoverageSum(BackfillTable(catalogue))
    liveUsers = rebuiltUsers
  }

  static func counter(
    _ catalogue: Catalogue, _ reader: SnapshotReader, slice: UserSlice, asOf: Instant
  ) throws -> any RowCounter {
    try SliceCensus(catalogue, reader, slice: slice, asOf: asOf)
  }

  mutating func add(_ other: any RowCensus) {
    guard let other = other as? Census else { preconditionFailure("a census of another kind") }
    add(other)
  }

  mutating func add(_ other: Census) {
    for place in rebuilt.indices {
      rebuilt[place].add(other.rebuilt[place])
      live[place].add(other.live[place])
    }
    rebuiltUsers.add(other.rebuiltUsers)
    liveUsers.add(other.liveUsers)
    hasLive = hasLive || other.hasLive
    lacksInstants = lacksInstants || other.lacksInstants
    for (type, count) in other.types.sorted(by: { $0.key < $1.key }) { add(type, count) }
  }

  mutating func add(_ type: String, _ count: TypeCount) {
    let name = types[type] == nil && types.count >= Census.typeLimit ? Census.otherTypes : type
    if var known = types[name] {
      known.events += count.events
      known.users += count.users
      if count.first.lexicographicallyPrecedes(known.first) { known.first = count.first }
      if known.last.lexicographicallyPrecedes(count.last) { known.last = count.last }
      types[name] = known
    } else {
      types[name] = count
    }
  }

  static let otherTypes = "other types"
}
