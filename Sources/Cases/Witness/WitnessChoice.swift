import Comparing
import EventModel
import Folding
import Formatting
import Rebuilding
import Running

/// A row to witness.
struct WitnessRow: Hashable {
  var user: UserID
  /// Position in the catalogue.
  var number: Int
}

/// Finds rows that differ with the requested causes, by a rebuild and a diff. Takes one row of each kind first
/// (projection, causes and differing fields), the most frequent kinds first, then a second row of each kind, and so on.
func chooseRows(_ plan: WitnessPlan, _ progress: ProgressMeter) throws -> [WitnessRow] {
  let snapshot = try TemporarySnapshot(directory: plan.resources.temporaryDirectory)
  var rebuilding = RebuildPlan(plan.catalogue)
  rebuilding.input.logs = plan.logs
  rebuilding.input.users = plan.usersExports
  rebuilding.input.reading = plan.reading
  rebuilding.input.resources = plan.resources
  rebuilding.input.setsMalformedAside = plan.leavesOutMalformed
  rebuilding.profile = plan.profile
  rebuilding.asOf = plan.asOf
  rebuilding.output = snapshot.path
  rebuilding.force = true
  _ = try rebuild(rebuilding, progress: progress)

  var comparison = DiffPlan(plan.catalogue)
  comparison.snapshot = snapshot.path
  comparison.live = plan.live
  comparison.liveForm = plan.liveForm
  comparison.log.logs = plan.logs
  comparison.log.reading = plan.reading
  comparison.liveReading = plan.reading
  comparison.profile = plan.profile
  comparison.filter = plan.filter
  comparison.resources = plan.resources
  var kinds: [RowKind: [WitnessRow]] = [:]
  _ = try withExtendedLifetime(snapshot) {
    try diff(comparison, progress: progress) { difference in
      // Such a row was computed from events that the log does not hold.
      if difference.causes.contains(.ahead) { return }
      guard plan.causes.isEmpty || !plan.causes.isDisjoint(with: difference.causes),
        let number = plan.catalogue.number(of: difference.name)
      else { return }
      kinds[RowKind(difference), default: []].append(WitnessRow(user: difference.user, number: number))
    }
  }
  let ranked = kinds.sorted { a, b in
    a.value.count == b.value.count ? a.key < b.key : a.value.count > b.value.count
  }.map(\.value)
  var chosen: [WitnessRow] = []
  for round in 0..<(ranked.map(\.count).max() ?? 0) {
    for rows in ranked where round < rows.count && chosen.count < plan.limit { chosen.append(rows[round]) }
  }
  return chosen
}

/// What two differences of the same kind have in common.
private struct RowKind: Hashable, Comparable {
  private var name: ProjectionName
  private var causes: String
  private var fields: [Foreign]

  init(_ difference: RowDifference) {
    name = difference.name
    causes = difference.causes.map(\.rawValue).joined(separator: "+")
    fields = Set(difference.fields.map(\.field)).sorted()
  }

  static func < (a: RowKind, b: RowKind) -> Bool {
    if a.name != b.name { return a.name < b.name }
    return (a.causes, a.fields.joined(separator: " ")) < (b.causes, b.fields.joined(separator: " "))
  }
}
