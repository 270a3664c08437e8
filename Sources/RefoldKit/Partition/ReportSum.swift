import EventModel
import JSONTape
import Projections
import Reporting

/// Adds up the JSON reports that `refold diff --partition I/N --json` gave for all partitions: the counts are those of one
/// diff of everything. What does not add up (patterns, field figures) is left out.
///
/// Throws for reports that are of other diffs, of one partition twice, or not of all partitions.
package func sumReports(_ paths: [String]) throws -> DiffReport {
  let reports = try paths.map { try PartReport($0) }
  try checkPartitions(reports.map { ($0.path, $0.partition) })
  var sum = DiffReport()
  for key in ["as_of", "live_as_of", "allowed", "redacted"] {
    for report in reports where report.json[key] != reports[0].json[key] {
      throw RefoldError.part("\(report.path) and \(reports[0].path) are of different diffs: their \(key) differs")
    }
  }
  sum.snapshot = Foreign("\(reports.count) partitions")
  sum.asOf = try reports[0].instant("as_of")
  if reports[0].json["live_as_of"]?.string != nil { sum.liveAsOf = try reports[0].instant("live_as_of") }
  sum.isRedacted = reports[0].json["redacted"] == .bool(true)
  sum.allowed = (reports[0].json["allowed"]?.array ?? []).compactMap { $0.string.flatMap { Cause(rawValue: $0) } }
  for report in reports { try report.add(to: &sum) }
  let order = ProjectionCatalog.names.map(\.description)
  sum.rows.sort { order.firstIndex(of: $0.name) ?? .max < order.firstIndex(of: $1.name) ?? .max }
  sum.worstUsers.sort { a, b in
    if a.unacceptable != b.unacceptable { return a.unacceptable > b.unacceptable }
    return a.rows == b.rows ? a.id < b.id : a.rows > b.rows
  }
  sum.worstUsers = Array(sum.worstUsers.prefix(5))
  if sum.compared == 0 { throw DiffError.nothingToCompare("no partition has a row in common with the live side") }
  return sum
}

/// A report of one partition, read back.
private struct PartReport {
  let path: String
  let json: JSONTree
  let partition: UserPartition

  init(_ path: String) throws(RefoldError) {
    self.path = path
    do throws(JSONFault) { json = try JSONTree(parsing: try readWholeFile(path)) } catch {
      throw .part("\(path): \(error.reason)")
    }
    guard let partition = json["partition"]?.string.flatMap({ UserPartition($0) }) else {
      throw .part("\(path) is no JSON report of refold diff --partition I/N")
    }
    self.partition = partition
  }

  func add(to sum: inout DiffReport) throws(RefoldError) {
    for live in json["live"]?.array ?? [] {
      if let live = live.string.map({ Foreign($0) }), !sum.live.contains(live) { sum.live.append(live) }
    }
    sum.hasLog = sum.hasLog || json["log"]?["given"] == .bool(true)
    sum.usersRefolded += try count("log", "users_refolded")
    sum.unacceptable += try count("unacceptable_rows")
    sum.excused += try count("excused_rows")
    for column in json["unacceptable_columns"]?.array ?? [] {
      if let column = column.string, !sum.unacceptableColumns.contains(column) {
        sum.unacceptableColumns.append(column)
      }
    }
    sum.usersCompared += try count("users", "compared")
    sum.usersDifferent += try count("users", "different")
    sum.usersOnlyRebuilt += try count("users", "snapshot_only")
    sum.usersOnlyLive += try count("users", "live_only")
    sum.notSelected += try count("not_compared", "not_selected")
    sum.liveFailures += try count("not_compared", "live_failures")
    sum.failedOnBothSides += try count("not_compared", "failed_on_both_sides")
    for member in json["projections"]?.members ?? [] { try addRow(member.key, to: &sum) }
    for member in json["not_compared"]?["other_types"]?.members ?? [] {
      let rows = try count("not_compared", "other_types", member.key)
      if let index = sum.otherTypes.firstIndex(where: { $0.type.raw == member.key }) {
        sum.otherTypes[index].rows += rows
      } else {
        sum.otherTypes.append((Foreign(member.key), rows))
        sum.otherTypes.sort { $0.type < $1.type }
      }
    }
    for member in json["bookkeeping"]?.members ?? [] {
      let rows = try count("bookkeeping", member.key)
      if let index = sum.bookkeeping.firstIndex(where: { $0.column == member.key }) {
        sum.bookkeeping[index].rows += rows
      } else {
        sum.bookkeeping.append((member.key, rows))
      }
    }
    for user in json["worst_users"]?.array ?? [] {
      sum.worstUsers.append(
        DiffReport.User(
          id: user["user_id"]?.string ?? "", rows: Int(user["rows"]?.number ?? 0),
          unacceptable: Int(user["unacceptable"]?.number ?? 0),
          causes: (user["causes"]?.array ?? []).compactMap { $0.string.flatMap { Cause(rawValue: $0) } }))
    }
    sum.phases.append(("partition \(partition)", json["performance"]?["seconds"]?.number ?? 0))
  }

  private func addRow(_ name: String, to sum: inout DiffReport) throws(RefoldError) {
    func figure(_ key: String) throws(RefoldError) -> Int { try count("projections", name, key) }
    let place = sum.rows.firstIndex { $0.name == name } ?? sum.rows.count
    if place == sum.rows.count {
      sum.rows.append(
        DiffReport.Row(
          name: name, rebuilt: 0, live: 0, compared: 0, equal: 0, different: 0,
          causes: Cause.allCases.map { _ in 0 }))
    }
    sum.rows[place].rebuilt += try figure("snapshot")
    sum.rows[place].live += try figure("live")
    sum.rows[place].compared += try figure("compared")
    sum.rows[place].equal += try figure("equal")
    sum.rows[place].different += try figure("different")
    for cause in Cause.allCases {
      sum.rows[place].causes[cause.number] += try count("projections", name, "causes", cause.rawValue)
    }
  }

  private func count(_ keys: String...) throws(RefoldError) -> Int {
    var value = json
    for key in keys { value = value[key] ?? .null }
    guard case .integer(let count) = value else {
      throw .part("\(path) is no JSON report of refold diff: it has no number as \(keys.joined(separator: "."))")
    }
    return Int(count)
  }

  func instant(_ key: String) throws(RefoldError) -> Instant {
    guard let text = json[key]?.string, let instant = try? TimestampText.parse(text) else {
      throw .part("\(path) is no JSON report of refold diff: it has no instant as \(key)")
    }
    return instant
  }
}
