import EventModel
import JSONTape
import Rebuilding
import Reporting
import Runbooks
import Running

/// Compares the runbooks' figures for a case's live rows with what the runbooks' SQL returned.
extension CaseRun {
  /// Compares coverage and lag of both runbooks. Queue progress and ages are left out: the case has no queue, and an age
  /// depends on when the SQL ran.
  func compareFigures(_ path: String) throws {
    let recorded: JSONTree
    do throws(JSONFault) { recorded = try readHandwritten(path) } catch {
      throw CaseError(file: path, place: nil, reason: error.reason)
    }
    var plan = VerifyPlan(catalogue)
    plan.input.paths = [description.logs[0]]
    plan.input.rebuild.input.users = description.users.first.map { [$0] } ?? []
    plan.input.rebuild.input.reading = description.reading
    plan.input.rebuild.input.resources = resources
    plan.input.rebuild.profile = profile
    plan.input.rebuild.asOf = description.asOf
    plan.live = [description.live[0]]
    let report = try verify(plan, progress: progress).json
    var figures = 0
    for backfill in catalogue.backfills.map(\.name) {
      for check in recorded[backfill]?.array ?? [] {
        for member in check["rows"]?.array?.first?.members ?? [] where !member.key.hasSuffix("_age_minutes") {
          let now = report["live"]?[backfill]
          guard let value = now?["coverage"]?[member.key] ?? now?["lag"]?[member.key] else { continue }
          figures += 1
          if value.number == member.value.number, (value == .null) == (member.value == .null) { continue }
          changes.note(
            CaseChange(
              .changed, .figure, name: backfill,
              fields: [.init(path: member.key, expected: member.value.pretty, now: value.pretty)]))
        }
      }
    }
    if figures == 0 { throw CaseError(file: path, place: nil, reason: "holds no figure of the runbooks' queries") }
    checked.append(counted(figures, "figure"))
  }
}
