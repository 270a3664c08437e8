import EventModel
import Folding
import Reporting
import Running
import SnapshotStore

/// Turns one row's whole history into a folder. Used by one thread.
final class WitnessJob: @unchecked Sendable {
  let trial: WitnessTrial
  let exhibit: Exhibit
  let signature: Signature
  var folder = ""
  var result: Result<WitnessReport, WitnessError>?
  /// The finished case, which is not renamed into place yet.
  private(set) var pending: PendingFolder?

  init(trial: WitnessTrial, exhibit: Exhibit, signature: Signature) {
    self.trial = trial
    self.exhibit = exhibit
    self.signature = signature
  }

  func run(_ plan: WitnessPlan) {
    defer { trial.rest() }
    do throws(WitnessError) { result = .success(try write(plan)) } catch { result = .failure(error) }
  }

  private func write(_ plan: WitnessPlan) throws(WitnessError) -> WitnessReport {
    let shrinker = WitnessShrinker(trial: trial, signature: signature)
    let small = shrinker.shrunk(exhibit)
    var pass = PseudonymPass(trial: trial, signature: signature, profile: plan.profile)
    let anonymous = shrinker.shrunkFurther(try pass.apply(to: small))
    if !pass.needed.isEmpty, !plan.keepsTexts {
      throw .textNeeded(trial.name, places: small.places(of: pass.needed))
    }
    guard trial.signature(of: anonymous) == signature else { throw .changedByPseudonyms(trial.name) }

    var report = WitnessReport(name: trial.name, causes: signature.causes, folder: folder)
    report.events = (exhibit.events.count, anonymous.events.count)
    report.eventFields = (exhibit.fieldCount, anonymous.fieldCount)
    report.fields = trial.fields(of: anonymous)
    report.note = Foreign(signature.note)
    report.tries = trial.count
    report.isMinimal = !trial.isExhausted && shrinker.isMinimal(anonymous)
    report.pseudonyms = pass.notes
    report.keptTexts = anonymous.places(of: pass.needed)
    report.asOf = anonymous.asOf
    report.hasProfile = plan.profile.digest != plan.catalogue.profile.digest
    report.reducers = plan.catalogue.choices.map { "\($0.type)=\($0.version)" }
    report.reducers += plan.catalogue.programFiles.map { relativePath(of: $0, from: folder) }
    switch anonymous.live {
    case .folded(_, let patch?): report.changes = patch.words()
    case .foldedWithout(let omission, _): report.unseen = anonymous.words(for: omission)
    case .none, .unread, .folded(_, nil): break
    }
    let files = WitnessCase(
      anonymous, report, trial, plan.profile, reducers: plan.catalogue.reducersMember(in: folder))
    let check = LeakCheck(files.files, json: files.json, allowed: pass.standIns.union(pass.needed), trial.words)
    if let leak = check.finds(of: exhibit) { throw .leak(file: leak.file, what: leak.what) }
    try write(files.files, plan)
    return report
  }

  /// Writes the folder and checks that its case shows the difference. The folder is renamed together with the others.
  private func write(_ files: [(name: String, bytes: [UInt8])], _ plan: WitnessPlan) throws(WitnessError) {
    let pending: PendingFolder
    do throws(SnapshotError) {
      pending = try PendingFolder(
        target: folder, replacing: plan.force, mayHold: WitnessCase.fileNames, mode: plan.mode)
      for file in files { try pending.write(file.bytes, to: file.name) }
    } catch { throw .output(error) }
    try runCase(pending.path, plan)
    self.pending = pending
  }
}

/// Runs the case as `refold check` does, before it is in place.
private func runCase(_ folder: String, _ plan: WitnessPlan) throws(WitnessError) {
  var check = CheckPlan(plan.catalogue.own)
  check.programs = plan.programs
  check.folders = [folder]
  check.resources.temporaryDirectory = plan.resources.temporaryDirectory
  let outcome: CheckReport
  do { outcome = try Cases.check(check) { _ in } } catch { throw .doesNotReproduce("\(error)") }
  if outcome.status != 0 { throw .doesNotReproduce(outcome.totals) }
}

extension Exhibit {
  /// Where texts occur, such as `event 3 data`.
  fileprivate func places(of texts: [String]) -> [String] {
    events.enumerated().flatMap { index, event in
      [("data", event.content.data), ("metadata", event.content.metadata)].compactMap { name, payload in
        var holds = false
        payload.visit(
          scalar: { value, _ in if let text = value.string, texts.contains(text) { holds = true } },
          name: { if texts.contains($0) { holds = true } })
        return holds ? "event \(index + 1) \(name)" : nil
      }
    }
  }

  fileprivate func words(for omission: Omission) -> String {
    switch omission {
    case .type(let type): "events of type \(Foreign(type).plainCode)"
    case .events(let ids):
      "event\(ids.count == 1 ? "" : "s") \(ids.map { "`\($0)`" }.joined(separator: ", "))"
    }
  }
}
