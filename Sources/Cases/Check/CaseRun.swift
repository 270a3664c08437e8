import Comparing
import EventModel
import Explaining
import Folding
import Platform
import Rebuilding
import Reporting
import Running
import SnapshotStore

/// A row, identified by user and projection.
struct RowPlace: Hashable {
  var user: UserID
  var name: ProjectionName
}

/// The unexpected results of a case. Counts all changes, keeps the first `limit` of them, and the places of all changed
/// rows.
struct CaseChanges {
  private(set) var counts = ChangeCounts()
  private(set) var first: [CaseChange] = []
  /// Rows that exist now but are not recorded, or differ from the recording.
  private(set) var rows: Set<RowPlace> = []
  /// Changes that do not fail the case; they are not in ``counts``.
  private(set) var accepted = 0
  private(set) var firstAccepted: [CaseChange] = []
  let limit: Int
  /// The number of accepted changes to keep.
  private let acceptedLimit: Int

  init(limit: Int, showsAccepted: Bool) {
    self.limit = limit
    acceptedLimit = showsAccepted ? limit : 0
  }

  mutating func note(accepted change: CaseChange) {
    accepted += 1
    if firstAccepted.count < acceptedLimit { firstAccepted.append(change) }
  }

  mutating func note(_ change: CaseChange) {
    counts[change.subject, change.kind] += 1
    if first.count < limit { first.append(change) }
  }

  mutating func note(_ change: CaseChange, row: RowPlace) {
    if change.kind != .removed { rows.insert(row) }
    note(change)
  }
}

/// One run of a case: its snapshot, what was compared and what is not as expected. Use from one thread at a time.
final class CaseRun {
  /// The projections that the case covers.
  private(set) var catalogue: Catalogue
  let description: RegressionCase
  let resources: Resources
  let judging: CaseJudging
  let progress = ProgressMeter()
  var profile: any DomainProfile
  var changes: CaseChanges
  /// The differences of the first form of the live rows.
  var foundDifferences: [RecordedDifference] = []
  /// Descriptions of what was compared.
  var checked: [String] = []
  /// The snapshot of the first form of the log.
  private(set) var snapshot = ""
  private var temporary: TemporarySnapshot?

  init(_ description: RegressionCase, _ resources: Resources, limit: Int, judging: CaseJudging = CaseJudging()) {
    catalogue = description.catalogue
    profile = description.catalogue.profile
    self.description = description
    self.resources = resources
    self.judging = judging
    changes = CaseChanges(limit: limit, showsAccepted: judging.showsAccepted)
  }

  /// Rebuilds the log and compares everything that the case names.
  ///
  /// - Parameter isRecording: whether a case without expected results is allowed, because they are about to be
  ///   recorded.
  func run(isRecording: Bool) throws {
    profile = try catalogue.loadProfile(description.profile)
    catalogue = try recordedCatalogue()
    let temporary = try rebuilt(form: 0)
    self.temporary = temporary
    snapshot = temporary.path
    let forms = max(description.logs.count, description.users.count)
    for form in 1..<max(1, forms) { try compareForm(form) }
    if forms > 1 { checked.append("\(forms) forms of the log") }
    if description.isUnrecorded, !isRecording {
      throw CaseError(
        file: description.folder + "/" + RegressionCase.fileName, place: nil,
        reason: "expects nothing yet: it has neither expected nor live; --record writes the current results")
    }
    if let recording = description.projections ?? newRecording { try compareRows(recording) }
    if let recording = description.failures ?? (description.isUnrecorded ? "" : nil) { try compareFailures(recording) }
    if !description.live.isEmpty { try compareLive() }
    if let verification = description.verification { try compareFigures(verification) }
    if rowsCompared == 0 {
      throw CaseError(
        file: description.folder, place: nil, reason: "nothing was compared: no rows, failures or live rows")
    }
  }

  /// The path of a recording that does not exist, so that all rows count as added; `nil` if the case has expected
  /// results.
  private var newRecording: String? { description.isUnrecorded ? "" : nil }
  /// The number of rows and failures compared, expected or current.
  var rowsCompared = 0

  // MARK: Rebuilding

  private func rebuilt(form: Int) throws -> TemporarySnapshot {
    let temporary = try TemporarySnapshot(directory: resources.temporaryDirectory)
    var plan = RebuildPlan(catalogue)
    plan.input.logs = [description.logs[min(form, description.logs.count - 1)]]
    plan.input.users = description.users.isEmpty ? [] : [description.users[min(form, description.users.count - 1)]]
    plan.input.reading = description.reading
    plan.input.resources = resources
    plan.profile = profile
    plan.filter = description.only
    plan.asOf = description.asOf
    plan.output = temporary.path
    plan.force = true
    _ = try rebuild(plan, progress: progress)
    return temporary
  }

  /// Another form of the log must rebuild to the same snapshot.
  private func compareForm(_ form: Int) throws {
    let other = try rebuilt(form: form)
    guard let divergence = try firstDivergence(snapshot, other.path) else { return }
    let log = description.logs[min(form, description.logs.count - 1)]
    changes.note(
      CaseChange(
        .changed, .log, user: divergence.user, name: name(log) + ": " + divergence.place,
        fields: [.init(path: divergence.path ?? "value", expected: divergence.first, now: divergence.second)]))
  }

  /// A file's name within the case.
  func name(_ path: String) -> String { String(path.dropFirst(description.folder.count + 1)) }

  // MARK: Rows

  /// The plan for comparing the snapshot with other rows.
  func comparison() -> DiffPlan {
    var plan = DiffPlan(catalogue)
    plan.snapshot = snapshot
    plan.profile = profile
    plan.filter = description.only
    plan.resources = resources
    plan.mayBeEmpty = true
    plan.fingerprints = true
    return plan
  }

  private func compareRows(_ recording: String) throws {
    guard exists(recording) else { return try noteAllAsAdded() }
    var plan = comparison()
    plan.live = [recording]
    plan.liveForm = .ndjson
    plan.isExact = true
    plan.rules = judging.rules
    let outcome = try diff(plan, progress: progress) { try self.note($0, recording) }
    let tally = outcome.tally
    if let other = tally.otherTypes.named.first {
      throw CaseError(
        file: recording, place: nil,
        reason: "\(counted(other.rows, "row")) of a projection type that no reducer writes")
    }
    if tally.liveFailures > 0 { throw CaseError(file: recording, place: nil, reason: "a line without data") }
    rowsCompared += max(tally.live, tally.rebuilt)
    checked.append(counted(tally.live, "row"))
  }

  private func note(_ difference: RowDifference, _ recording: String) throws {
    let place = RowPlace(user: difference.user, name: difference.name)
    var kind = CaseChange.Kind.changed
    var notes: [String] = []
    for detail in difference.details {
      if case .repeated = detail {
        throw CaseError(
          file: recording, place: nil, reason: "holds \(difference.name) of user \(difference.user) more than once")
      }
      switch detail {
      case .failed, .moreUnknownKeys: notes.append(detail.text(.plain))
      default: break
      }
    }
    if difference.causes.contains(.missing) {
      // The recording omits these rows.
      if description.notRecorded.contains(difference.user), catalogue.isLinked(difference.name.type) { return }
      kind = .added
    } else if difference.causes.contains(where: { $0 == .surplus || $0 == .failed }) {
      kind = .removed
    }
    let isTolerated = difference.causes == [.tolerated]
    let tolerated = isTolerated ? [] : difference.fields.filter { $0.status == .tolerated }
    if !tolerated.isEmpty { notes.append("tolerated: " + tolerated.map(\.path.text).joined(separator: ", ")) }
    let fields = difference.fields.filter { isTolerated || $0.status != .tolerated }.map {
      CaseChange.Field(path: $0.path.raw, expected: $0.live?.raw, now: $0.rebuilt?.raw)
    }
    try note(
      CaseChange(
        kind, .row, user: difference.user, name: difference.name.description, fields: fields,
        fieldCount: difference.fieldCount - tolerated.count, notes: notes), of: difference, row: place,
      isTolerated: isTolerated)
  }

  private func noteAllAsAdded() throws {
    let cursor = try SnapshotReader(snapshot).projections()
    while let row = try cursor.next() {
      rowsCompared += 1
      changes.note(
        CaseChange(.added, .row, user: row.user, name: row.name.description),
        row: RowPlace(user: row.user, name: row.name))
    }
  }

  func exists(_ path: String) -> Bool { !path.isEmpty && access(path, F_OK) == 0 }
}
