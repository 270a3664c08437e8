import EventModel
import Folding
import Formatting
import JSONTape
import Rebuilding
import Reporting
import Running

/// Adds up the JSON reports of `refold diff --partition I/N --json` for all partitions. The counts are those of one
/// diff of everything. What cannot be added up (patterns, field figures) is left out.
///
/// Throws if the reports are of different diffs, if a partition is missing or there twice, if a report is damaged, or
/// if nothing was compared.
package func sumReports(_ paths: [String], _ catalogue: Catalogue) throws -> DiffReport {
  let reports = try paths.map { try PartReport($0, catalogue) }
  try checkPartitions(reports.map { ($0.path, $0.partition) })
  try checkOneDiff(reports)
  var sum = DiffReport()
  let first = reports[0]
  sum.snapshot = "\(reports.count) partitions"
  sum.asOf = try first.instant("as_of")
  if try first.value("live_as_of") != .null { sum.liveAsOf = try first.instant("live_as_of") }
  sum.isRedacted = try first.flag("redacted")
  sum.inputs = try first.value("inputs")
  sum.maxChanged = try first.text("max_changed")
  sum.minimumCoverage = try first.number("min_coverage")
  sum.hasLog = try first.flag("log", "given")
  sum.bookkeeping = DiffTally.bookkeepingColumns.map { ($0, 0) }
  sum.columnsAbsent = sum.bookkeeping
  sum.columns = try first.texts("bookkeeping_asked")
  sum.allowed = try first.causes(try first.value("allowed"), "allowed")
  for report in reports { try report.add(to: &sum) }
  let order = PartReport.rowNames(catalogue)
  sum.rows.sort { (order.firstIndex(of: $0.name) ?? .max, $0.name) < (order.firstIndex(of: $1.name) ?? .max, $1.name) }
  sum.worstUsers.sort { a, b in
    if a.unacceptable != b.unacceptable { return a.unacceptable > b.unacceptable }
    return a.rows == b.rows ? a.id < b.id : a.rows > b.rows
  }
  sum.worstUsers = Array(sum.worstUsers.prefix(5))
  if sum.compared == 0 { throw DiffError.nothingToCompare("no partition has a row in common with the live side") }
  return sum
}

/// Throws if the reports are not parts of one diff, naming two of them and the member in which they differ.
private func checkOneDiff(_ reports: [PartReport]) throws(RefoldError) {
  let first = reports[0]
  let isPart = try first.flag("inputs", "snapshot", "part")
  var shared = [
    ["as_of"], ["live_as_of"], ["allowed"], ["redacted"], ["bookkeeping_asked"], ["max_changed"], ["min_coverage"],
    ["log", "given"], ["other_reducers"], ["inputs", "projections"], ["inputs", "users"], ["inputs", "rules"],
    ["inputs", "pseudonym_key"],
    ["inputs", "unseen_within_seconds"],
    ["inputs", "snapshot", "part"], ["inputs", "snapshot", "run"],
  ]
  // Each partial snapshot has its own digest.
  if !isPart { shared.append(["inputs", "snapshot", "digest"]) }
  let live = try first.value("inputs", "live")
  if let snapshot = live["snapshot"] {
    shared += [["inputs", "live", "snapshot", "part"], ["inputs", "live", "snapshot", "run"]]
    if snapshot["part"] == .bool(false) { shared.append(["inputs", "live", "snapshot", "digest"]) }
  }
  for (group, member) in [("accept", "strict"), ("since", "fails_on_new")] {
    for report in reports where try (report.value(group) == .null) != (first.value(group) == .null) {
      throw .part("\(report.path) and \(first.path) are of different diffs: their \(group) differs")
    }
    if try first.value(group) != .null { shared.append([group, member]) }
  }
  for report in reports {
    for keys in shared where try report.value(keys) != first.value(keys) {
      throw .part(
        "\(report.path) and \(first.path) are of different diffs: their \(keys.joined(separator: ".")) differs")
    }
    if (try report.value("inputs", "live")["snapshot"] == nil) != (live["snapshot"] == nil) {
      throw .part("\(report.path) and \(first.path) are of different diffs: one has a snapshot as its live side")
    }
  }
  if live["snapshot"] == nil { try checkLiveFiles(reports) }
}

/// Checks that all partitions were compared with the same live export, or each with its own part of it. In the second
/// case no two of them have the same files, except partitions without live rows.
private func checkLiveFiles(_ reports: [PartReport]) throws(RefoldError) {
  var first: [String: PartReport] = [:]
  var exports: [(report: PartReport, files: String)] = []
  for report in reports { exports.append((report, try report.liveFiles)) }
  if exports.allSatisfy({ $0.files == exports[0].files }) { return }
  for (report, files) in exports where try report.count("rows", "live") > 0 {
    if let other = first.updateValue(report, forKey: files) {
      throw .part(
        "\(other.path) and \(report.path) are of one live export, others are of another: use one export for all partitions, "
          + "or a separate one for each")
    }
  }
}
