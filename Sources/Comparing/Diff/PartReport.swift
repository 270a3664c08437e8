import EventModel
import Folding
import Formatting
import JSONTape
import Rebuilding
import Reporting
import Running

/// A report of one partition, read back. The report is damaged if a member is missing, has another type or contradicts
/// other members.
struct PartReport {
  let path: String
  let partition: UserPartition
  private let json: JSONTree

  /// The possible names of the table's rows, in order.
  static func rowNames(_ catalogue: Catalogue) -> [String] { catalogue.names.map(\.description) + ["other keys"] }

  private let rowNames: [String]

  init(_ path: String, _ catalogue: Catalogue) throws(RefoldError) {
    rowNames = PartReport.rowNames(catalogue)
    self.path = path
    do throws(JSONFault) { json = try readHandwritten(path) } catch {
      throw .part("\(path): \(error.reason)")
    }
    guard let partition = json["partition"]?.string.flatMap({ UserPartition($0) }) else {
      throw .part("\(path) is not a JSON report of refold diff --partition I/N")
    }
    self.partition = partition
  }

  // MARK: Adding up

  func add(to sum: inout DiffReport) throws(RefoldError) {
    for live in try texts("live").map({ Foreign($0) }) where !sum.live.contains(live) { sum.live.append(live) }
    sum.otherReducers = try texts("other_reducers").map { Foreign($0) }
    sum.usersRefolded += try count("log", "users_refolded")
    sum.unacceptable += try count("unacceptable_rows")
    sum.excused += try count("excused_rows")
    sum.acceptedByEntry += try count("accepted", "by_entry")
    try addAcceptance(to: &sum)
    try addSince(to: &sum)
    sum.usersCompared += try count("users", "compared")
    sum.usersDifferent += try count("users", "different")
    sum.usersOnlyRebuilt += try count("users", "snapshot_only")
    sum.usersOnlyLive += try count("users", "live_only")
    sum.notSelected += try count("not_compared", "not_selected")
    sum.liveFailures += try count("not_compared", "live_failures")
    sum.failedOnBothSides += try count("not_compared", "failed_on_both_sides")
    try addUpdates(to: &sum)
    sum.unseen.add(
      rows: try count("unseen", "rows"), users: try count("unseen", "users"),
      longest: Int64((try number("unseen", "seconds") * 1e6).rounded()))
    try addRows(to: &sum)
    try addTypes(to: &sum)
    try addVersions(to: &sum)
    for (place, column) in DiffTally.bookkeepingColumns.enumerated() {
      sum.bookkeeping[place].rows += try count("bookkeeping", column)
      sum.columnsAbsent[place].rows += try count("bookkeeping_absent", column)
    }
    for user in try array("worst_users") {
      guard let id = user["user_id"]?.string, case .integer(let rows)? = user["rows"],
        case .integer(let unacceptable)? = user["unacceptable"], let met = user["causes"]
      else { throw damage("worst_users") }
      sum.worstUsers.append(
        DiffReport.User(
          id: id, rows: Int(rows), unacceptable: Int(unacceptable), causes: try causes(met, "worst_users.causes")))
    }
    sum.phases.append(("partition \(partition)", try number("performance", "seconds")))
    sum.peakMemory = max(sum.peakMemory, try count("performance", "peak_memory_bytes"))
  }

  /// Adds up what is new. The trends of parts cannot be added up: their runs need not be of the same nights.
  private func addSince(to sum: inout DiffReport) throws(RefoldError) {
    if try value("since") == .null { return }
    var since = sum.since ?? DiffSince()
    since.new += try count("since", "new")
    since.gone += try count("since", "gone")
    since.persisting += try count("since", "persisting")
    since.newUnacceptable += try count("since", "new_unacceptable")
    since.newChanged += try count("since", "new_changed")
    since.failsOnNew = try flag("since", "fails_on_new")
    if since.previous == nil, try value("since", "run") != .null {
      since.previous = DiffSince.Run(
        at: try instant("since", "run", "at"), asOf: try instant("since", "run", "as_of"),
        different: try count("since", "run", "different"), unacceptable: try count("since", "run", "unacceptable"))
    }
    sum.since = since
  }

  private func addAcceptance(to sum: inout DiffReport) throws(RefoldError) {
    if try value("accept") == .null { return }
    var figures = AcceptanceFigures(isStrict: try flag("accept", "strict"))
    figures.entries = try count("accept", "entries")
    // The listed entries are counted too; those that were cut are not.
    for entry in try array("accept", "listed") {
      guard let place = entry["place"]?.string, let user = entry["user_id"]?.string,
        let state = (entry["state"]?.string).flatMap(AcceptanceFigures.State.init),
        let projection = entry["projection"]?.string
      else { throw damage("accept.listed") }
      figures.note(
        AcceptanceFigures.Entry(
          place: Foreign(place), state: state, user: Foreign(user), projection: Foreign(projection),
          until: (entry["until"]?.string).map { Foreign($0) }))
    }
    for state in AcceptanceFigures.State.allCases {
      let cut = try count("accept", state.rawValue) - figures.count(state)
      if cut < 0 { throw damage("accept.\(state.rawValue)") }
      figures.add(cut, state)
    }
    if sum.acceptance == nil { sum.acceptance = figures } else { sum.acceptance?.add(figures) }
  }

  /// Adds the types that no reducer writes. The sum names at most as many types as one report does.
  private func addTypes(to sum: inout DiffReport) throws(RefoldError) {
    var types = TypeCounts()
    for (type, rows) in sum.otherTypes { types.add(type.raw, rows: rows) }
    types.addUnnamed(sum.unnamedTypeRows)
    for member in try members("not_compared", "other_types") {
      types.add(member.key, rows: try count("not_compared", "other_types", member.key))
    }
    types.addUnnamed(try count("not_compared", "unnamed_types"))
    sum.otherTypes = types.named.map { (Foreign($0.type), $0.rows) }
    sum.unnamedTypeRows = types.unnamed
  }

  /// Adds what says when live rows were computed. A partition that did not need the log does not know what the log says.
  private func addUpdates(to sum: inout DiffReport) throws(RefoldError) {
    guard let stored = StoredInstants(rawValue: try text("log", "created_at")) else { throw damage("log.created_at") }
    if sum.storedInstants == .all || stored == .none { sum.storedInstants = stored }
    let shared = try value("shared_update")
    if shared == .null { return }
    guard let instant = shared["updated_at"]?.string.flatMap({ try? TimestampText.parse($0) }) else {
      throw damage("shared_update")
    }
    var update = SharedUpdate(
      instant: instant, rows: try count("shared_update", "rows"), of: try count("shared_update", "of"),
      users: try count("shared_update", "users"))
    if let other = sum.sharedUpdate {
      if other.instant == instant {
        update.rows += other.rows
        update.of += other.of
        update.users += other.users
      } else if other.rows >= update.rows {
        update = other
      }
    }
    sum.sharedUpdate = update
  }

  private func addVersions(to sum: inout DiffReport) throws(RefoldError) {
    var versions = TypeCounts()
    for (version, rows) in sum.unknownVersions { versions.add(version.raw, rows: rows) }
    versions.addUnnamed(sum.unnamedVersions)
    for member in try members("unknown_versions") {
      versions.add(member.key, rows: try count("unknown_versions", member.key))
    }
    versions.addUnnamed(try count("unnamed_versions"))
    sum.unknownVersions = versions.named.map { (Foreign($0.type), $0.rows) }
    sum.unnamedVersions = versions.unnamed
  }

  /// Adds the rows of the table, which must add up to the report's own totals.
  private func addRows(to sum: inout DiffReport) throws(RefoldError) {
    var totals = [Int](repeating: 0, count: PartReport.figures.count)
    var leastUnacceptable = 0
    let allowed = try causes(try value("allowed"), "allowed") + [.tolerated]
    for member in try members("projections") {
      let name = member.key
      // A program may have written a projection that refold itself does not know.
      guard rowNames.contains(name) || name.contains("/") else { throw damage("projections.\(name)") }
      let figures = try PartReport.figures.map { (key) throws(RefoldError) in try count("projections", name, key) }
      for index in totals.indices { totals[index] += figures[index] }
      let place = sum.rows.firstIndex { $0.name == name } ?? sum.rows.count
      if place == sum.rows.count {
        sum.rows.append(
          DiffReport.Row(
            name: name, rebuilt: 0, live: 0, compared: 0, equal: 0, different: 0,
            causes: Cause.allCases.map { _ in 0 }))
      }
      sum.rows[place].rebuilt += figures[0]
      sum.rows[place].live += figures[1]
      sum.rows[place].compared += figures[2]
      sum.rows[place].equal += figures[3]
      sum.rows[place].different += figures[4]
      var most = 0
      for cause in Cause.allCases {
        let rows = try count("projections", name, "causes", cause.rawValue)
        sum.rows[place].causes[cause.number] += rows
        if !allowed.contains(cause) { most = max(most, rows) }
      }
      // A row with two causes is counted under both.
      leastUnacceptable += most
    }
    for (key, total) in zip(PartReport.figures, totals) where try count("rows", key) != total {
      throw .part("\(path) is damaged: rows.\(key) is not the sum of its projections")
    }
    let unacceptable = try count("unacceptable_rows")
    let accepted = try count("accepted", "by_entry")
    if unacceptable + accepted > totals[4] || unacceptable + accepted < leastUnacceptable {
      throw damage("unacceptable_rows")
    }
    if try count("excused_rows") > unacceptable { throw damage("excused_rows") }
  }

  private static let figures = ["snapshot", "live", "compared", "equal", "different"]

  // MARK: Members

  private func damage(_ place: String) -> RefoldError {
    .part("\(path) is damaged, or not a JSON report of this refold diff: \(place) is missing or has a wrong value")
  }

  func value(_ keys: String...) throws(RefoldError) -> JSONTree { try value(keys) }

  func value(_ keys: [String]) throws(RefoldError) -> JSONTree {
    var value = json
    for key in keys {
      guard let next = value[key] else { throw damage(keys.joined(separator: ".")) }
      value = next
    }
    return value
  }

  func count(_ keys: String...) throws(RefoldError) -> Int {
    guard case .integer(let count) = try value(keys), count >= 0, count < 1 << 53 else {
      throw damage(keys.joined(separator: "."))
    }
    return Int(count)
  }

  func number(_ keys: String...) throws(RefoldError) -> Double {
    guard let number = try value(keys).number else { throw damage(keys.joined(separator: ".")) }
    return number
  }

  func flag(_ keys: String...) throws(RefoldError) -> Bool {
    guard case .bool(let flag) = try value(keys) else { throw damage(keys.joined(separator: ".")) }
    return flag
  }

  func text(_ keys: String...) throws(RefoldError) -> String {
    guard let text = try value(keys).string else { throw damage(keys.joined(separator: ".")) }
    return text
  }

  func array(_ keys: String...) throws(RefoldError) -> [JSONTree] {
    guard let elements = try value(keys).array else { throw damage(keys.joined(separator: ".")) }
    return elements
  }

  func members(_ keys: String...) throws(RefoldError) -> [JSONTree.Member] {
    guard let members = try value(keys).members else { throw damage(keys.joined(separator: ".")) }
    return members
  }

  func texts(_ key: String) throws(RefoldError) -> [String] {
    var texts: [String] = []
    for element in try array(key) {
      guard let text = element.string else { throw damage(key) }
      texts.append(text)
    }
    return texts
  }

  func causes(_ value: JSONTree, _ place: String) throws(RefoldError) -> [Cause] {
    guard let names = value.array else { throw damage(place) }
    var causes: [Cause] = []
    for name in names {
      guard let cause = name.string.flatMap(Cause.init(rawValue:)) else { throw damage(place) }
      causes.append(cause)
    }
    return causes
  }

  /// The digests of the live export's files, as one text.
  var liveFiles: String {
    get throws(RefoldError) { JSONTree.array(try array("inputs", "live", "files")).pretty }
  }

  func instant(_ keys: String...) throws(RefoldError) -> Instant {
    let place = keys.joined(separator: ".")
    guard let written = try value(keys).string else { throw damage(place) }
    do throws(TimestampText.Fault) { return try TimestampText.parse(written) } catch { throw damage(place) }
  }
}
