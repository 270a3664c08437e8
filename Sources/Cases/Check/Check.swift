import EventModel
import Folding
import Platform
import Programs
import Reporting
import Running
import Synchronization

/// The arguments of `refold check`.
package struct CheckPlan: Sendable {
  /// The projections, each in the version that is folded.
  package let catalogue: Catalogue
  /// Folders that are searched for cases, at any depth.
  package var folders: [String] = []
  /// Selects cases by a glob or by a part of their names; `nil` selects all.
  package var filter: String?
  /// Write the current results as the expected ones.
  package var isRecording = false
  /// How many changes of each case are reported; `nil` for all.
  package var limit: Int? = 10
  /// Which changes do not fail a case.
  package var judging = CaseJudging()
  /// Runs the programs that cases name; `nil`: such a case is an error.
  package var programs: ProgramLauncher?
  package var resources = Resources()

  package init(_ catalogue: Catalogue) { self.catalogue = catalogue }
}

/// Runs regression cases and compares the results of each with what it expects.
///
/// case.json → log → rebuilt rows × recorded ones → changes; rebuilt rows × live ones → differences × expected ones →
/// changes. `take` receives the cases in the order of their names, whichever finishes first.
package func check(_ plan: CheckPlan, take: (CheckedCase) throws -> Void) throws -> CheckReport {
  let found = try findCases(plan.folders)
  let folders = found.filter { plan.filter.map($0.matches) ?? true }
  if folders.isEmpty, let filter = plan.filter {
    throw RefoldError.usage("--filter \(filter) selects none of the \(found.count) cases")
  }
  var report = CheckReport()
  report.notSelected = found.count - folders.count
  report.recordCommand = Foreign(plan.recordCommand)

  // Cases run in parallel. Each gets an equal share of the memory, and of the threads if there are more threads than
  // cases.
  let workers = max(1, min(plan.resources.threads, folders.count, 32))
  var resources = plan.resources
  resources.threads = max(1, plan.resources.threads / workers)
  resources.memory = max(Resources.minimumMemory, plan.resources.memory / workers)
  let share = resources
  try inOrder(
    pieces: folders.count, threads: workers, worker: {},
    make: { _, piece in checked(folders[piece], plan, share) },
    take: { checked in
      report.note(checked)
      try take(checked)
    })
  // Entries may be of cases that are not selected.
  report.acceptance = plan.filter == nil ? plan.judging.accepted?.figures() : nil
  return report
}

/// Runs one case and, if asked to, records what differs. Errors become part of the outcome.
private func checked(_ folder: CaseFolder, _ plan: CheckPlan, _ resources: Resources) -> CheckedCase {
  let watch = Stopwatch()
  var checked = CheckedCase(name: folder.name)
  do {
    let description = try RegressionCase(
      plan.catalogue, folder: folder.path, isRecording: plan.isRecording, programs: plan.programs)
    let run = CaseRun(description, resources, limit: plan.limit ?? .max, judging: plan.judging)
    try run.run(isRecording: plan.isRecording)
    checked.checked = run.checked
    checked.counts = run.changes.counts
    checked.changes = run.changes.first
    checked.accepted = run.changes.accepted
    checked.acceptedChanges = run.changes.firstAccepted
    if checked.counts.total > 0 {
      checked.status = .different
      if plan.isRecording {
        checked.written = try run.record().map { Foreign($0) }
        if checked.counts.isRecordable { checked.status = .recorded }
      }
    }
  } catch {
    checked.status = .trouble
    checked.trouble = Foreign("\(error)")
  }
  checked.seconds = watch.lap()
  return checked
}

extension CheckPlan {
  /// The command that accepts the changes. Words are quoted where a shell needs it.
  var recordCommand: String {
    let words = ["refold", "check"] + folders + (filter.map { ["--filter", $0] } ?? []) + ["--record"]
    return words.map { word in
      let isPlain =
        !word.isEmpty
        && word.utf8.allSatisfy { byte in
          (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte & 0xDF) || "/._-=+,:@".utf8.contains(byte)
        }
      return isPlain
        ? word : "'" + word.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
    }.joined(separator: " ")
  }
}
