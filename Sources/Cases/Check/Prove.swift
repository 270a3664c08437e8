import EventLog
import EventModel
import Folding
import Platform
import Programs
import Rebuilding
import Reporting
import Running
import SnapshotStore

/// The arguments of `refold check --prove`.
package struct ProvePlan: Sendable {
  /// The projections, each in the version that is folded.
  package let catalogue: Catalogue
  package var logs: [String] = []
  package var users: [String] = []
  package var profile: String?
  package var reading = ReadingOptions()
  package var asOf: Instant?
  /// Runs the catalogue's programs; `nil` if it has none.
  package var programs: ProgramLauncher?
  package var resources = Resources()
  /// The refold executable that rebuilds. Each rebuild is a new process, because Swift seeds its hashes once per
  /// process.
  package var executable = ownExecutable

  package init(_ catalogue: Catalogue) { self.catalogue = catalogue }
}

/// One way to rebuild the log. The snapshot must not depend on it.
private struct Setting {
  var name: String
  var threads = 1
  var memory = Resources.defaultMemory
  var shuffle: Shuffle?
  var environment: [String] = []
  /// Whether the log is packed first.
  var packs = false
}

private let settings = [
  Setting(name: "1 thread"),
  Setting(name: "2 threads, fixed hash seed", threads: 2, environment: ["SWIFT_DETERMINISTIC_HASHING=1"]),
  Setting(name: "5 threads, 8 MiB of memory", threads: 5, memory: Resources.minimumMemory),
  Setting(
    name: "lines shuffled (seed 1) into 3 shards, 2 threads", threads: 2,
    shuffle: Shuffle(seed: 1, shards: 3, copies: 1)),
  Setting(
    name: "lines doubled, shuffled (seed 2) into 7 shards, 3 threads, 8 MiB of memory", threads: 3,
    memory: Resources.minimumMemory, shuffle: Shuffle(seed: 2, shards: 7, copies: 2)),
  Setting(name: "1 thread, another hash seed"),
  Setting(name: "packed, 2 threads", threads: 2, packs: true),
  Setting(
    name: "lines shuffled (seed 3) into 4 shards, packed one after another, 2 threads, 8 MiB of memory", threads: 2,
    memory: Resources.minimumMemory, shuffle: Shuffle(seed: 3, shards: 4, copies: 1), packs: true),
]

/// Rebuilds a log with different settings, which must not matter, and compares the snapshots. Asks each program for the
/// same users in several ways, which must not matter either. Then folds every user who
/// has events with equal timestamps in another order and lists the rows that change.
///
/// log → shuffled shards → snapshot, in a new process for each setting; snapshot × first snapshot → divergence. Memory:
/// the budget. Disk: the uncompressed log, twice, while it is shuffled.
package func prove(_ plan: ProvePlan, take: (ProveReport.Run) throws -> Void) throws -> ProveReport {
  for path in try expandLogPaths(plan.logs + plan.users) {
    var status = stat()
    if stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG { continue }
    throw RefoldError.usage("\(path): is read more than once, so it must be a file")
  }
  var report = ProveReport()
  let first = try TemporarySnapshot(directory: plan.resources.temporaryDirectory)
  // A pack does not count the records that were left out as deleted, and a snapshot does.
  let settings = settings.filter { !$0.packs || plan.reading.deleted != .drop }
  for (number, setting) in settings.enumerated() {
    let snapshot = number == 0 ? first : try TemporarySnapshot(directory: plan.resources.temporaryDirectory)
    try rebuild(plan, setting, to: snapshot.path)
    let reader = try SnapshotReader(snapshot.path)
    if !reader.hasEvents { throw RefoldError.usage("the log holds no event: there is nothing to prove") }
    let digest = reader.manifestValue("digest.snapshot") ?? ""
    var run = ProveReport.Run(setting: setting.name, digest: digest)
    if number > 0 { run.divergence = try firstDivergence(first.path, snapshot.path).map(ProveReport.Divergence.init) }
    report.runs.append(run)
    try take(run)
  }
  report.programs = try proveOutside(plan)
  report.ties = try tieSensitivity(plan)
  return report
}

extension ProveReport.Divergence {
  fileprivate init(_ found: Divergence) {
    self.init(
      user: found.user, place: found.place, path: found.path, first: found.first, second: found.second)
  }
}

/// Rebuilds the log in a new process.
private func rebuild(_ plan: ProvePlan, _ setting: Setting, to snapshot: String) throws {
  var (logs, users) = (plan.logs, plan.users)
  var shuffled: ShuffledLog?
  if let shuffle = setting.shuffle {
    let log = try ShuffledLog(plan, shuffle)
    logs = log.logs
    users = log.users
    shuffled = log
  }
  let reading = (shuffled == nil ? plan.reading : plan.reading.afterCopy).arguments
  var common = [
    "--threads", "\(setting.threads)", "--memory", "\(setting.memory)", "--force", "--quiet",
    "--temp", plan.resources.temporaryDirectory,
  ]
  for choice in plan.catalogue.choices { common += ["--reducers", "\(choice.type)=\(choice.version)"] }
  for file in plan.catalogue.programFiles { common += ["--reducers", file] }
  func run(_ arguments: [String]) throws {
    let outcome = try runChild(
      plan.executable, arguments + common, environment: setting.environment,
      directory: plan.resources.temporaryDirectory)
    if outcome.status == 0 { return }
    let reason = outcome.errors.isEmpty ? "ended with status \(outcome.status)" : outcome.errors
    throw RefoldError.usage("\(arguments[0]) with \(setting.name): \(reason)")
  }
  let packed = setting.packs ? try TemporarySnapshot(directory: plan.resources.temporaryDirectory) : nil
  if let packed {
    // The users export comes with the first pack, and stays.
    let deltas = shuffled == nil ? [logs] : logs.map { [$0] }
    for (number, delta) in deltas.enumerated() {
      var arguments = ["pack"] + delta
      arguments += number == 0 ? users.flatMap { ["--users", $0] } : [packed.path]
      // What holds for the whole log need not hold for a part of it.
      arguments += reading.contains("--no-metadata") ? reading : reading + ["--no-metadata"]
      try run(arguments + ["-o", packed.path])
    }
    logs = [packed.path]
    users = []
  }
  var arguments = ["rebuild"] + logs + users.flatMap { ["--users", $0] }
  arguments += ["-o", snapshot] + reading
  if let asOf = plan.asOf { arguments += ["--as-of", asOf.description] }
  if let settings = plan.programs?.settings { arguments += ["--reducer-timeout", "\(settings.timeout)"] }
  if let profile = plan.profile { arguments += ["--profile", profile] }
  try run(arguments)
  // These files are removed when nothing refers to them.
  withExtendedLifetime(shuffled) {}
  withExtendedLifetime(packed) {}
}
