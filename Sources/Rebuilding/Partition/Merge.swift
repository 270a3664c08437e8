import EventModel
import Folding
import Hashing
import Platform
import Reporting
import Running
import SnapshotStore
import Synchronization

/// The options of `refold merge`.
package struct MergePlan: Sendable {
  /// The projections that the parts were folded for.
  package let catalogue: Catalogue
  package var parts: [String] = []
  package var output = ""
  package var force = false
  /// The permission bits of the file written; `nil`: those of a replaced file, 0600 for a new one.
  package var mode: mode_t?
  package var threads = 1
  /// Bytes that open parts may take. If this is not enough for all parts, groups of them are joined first.
  package var memory = Resources.defaultMemory
  /// Directory for temporary parts.
  package var temporaryDirectory = "/tmp"

  package init(_ catalogue: Catalogue) { self.catalogue = catalogue }
}

/// Joins the partial snapshots of all partitions. The result has the same bytes as a rebuild of the whole log.
///
/// parts → checked against each other and their own digests → event ids compared → rows, one user at a time, in user
/// order → snapshot. Memory: some pages and one user's rows for each open part. If not all parts can be open at once,
/// groups of parts are joined into temporary parts first.
package func merge(_ plan: MergePlan, progress: ProgressMeter) throws -> MergeSummary {
  let watch = Stopwatch()
  try SnapshotWriter.check(target: plan.output, force: plan.force)
  let parts = try plan.parts.map { try MergedPart($0) }
  try checkPartitions(parts.map { ($0.path, $0.partition) })
  try PartManifest.check(parts)
  _ = try PartManifest.judge(parts)
  let asOf = try SnapshotReader(plan.parts[0]).asOf()
  try verifyDigests(plan)
  let checking = watch.lap()

  progress.enter(.folding)
  let joining = PartJoining(plan, asOf: asOf, parts: parts)
  let sources = try joining.sources()
  try joining.compareEventIDs(sources) { _ in }
  let writer = try SnapshotWriter(
    replacing: plan.output, force: plan.force, mode: plan.mode, asOf: asOf, backfills: plan.catalogue.backfillViews)
  let users = try mergeRows(sources, to: writer) { progress.add(users: 1) }
  let merging = watch.lap()

  progress.enter(.writing)
  let manifest = try PartManifest.merged(parts, eventsDigest: users.eventsDigest)
  let digests = try writer.finish(manifest: manifest)
  func count(_ prefix: String) -> Int {
    manifest.filter { $0.key.hasPrefix(prefix) }.reduce(0) { $0 + (Int($1.value) ?? 0) }
  }
  return MergeSummary(
    snapshot: plan.output, asOf: asOf, parts: parts.count, users: users.count, events: count("events.folded"),
    rows: count("rows."), failures: count("failures"),
    digest: digests.first { $0.key == "digest.snapshot" }?.value ?? "",
    phases: [("check", checking), ("merge", merging), ("finish", watch.lap())])
}

/// What stays in memory of each part. Not all parts are open at once.
struct MergedPart {
  let path: String
  let manifest: [(key: String, value: String)]
  let partition: UserPartition

  init(_ path: String) throws {
    let reader = try SnapshotReader(path)
    guard let text = reader.manifestValue(PartManifest.partition) else {
      throw RefoldError.part("\(path) is a whole snapshot, not a part; name files that refold fold -o wrote")
    }
    guard let partition = UserPartition(text) else {
      throw SnapshotError(.damaged, path: path, reason: "its manifest has no partition I/N", advice: "fold it again")
    }
    self.path = path
    manifest = reader.manifest
    self.partition = partition
  }

  func manifestValue(_ key: String) -> String? { manifest.first { $0.key == key }?.value }
}

/// Recomputes the digests of all parts' rows and checks them, on all threads.
private func verifyDigests(_ plan: MergePlan) throws {
  let next = Atomic(0)
  let errors = FirstError()
  onThreads(min(plan.threads, plan.parts.count)) { _ in
    while true {
      let index = next.wrappingAdd(1, ordering: .relaxed).oldValue
      if index >= plan.parts.count || errors.isSet { return }
      do { _ = try SnapshotReader(plan.parts[index]).verifyDigests() } catch {
        errors.note(error, rank: UInt64(index))
      }
    }
  }
  try errors.throwIfSet()
}

/// Copies the users of all sources with their rows, in the order of user ids. Returns the number of users and the
/// digest of all their events.
func mergeRows(
  _ sources: [JoinedSource], to writer: SnapshotWriter, each: () -> Void
) throws -> (count: Int, eventsDigest: String) {
  let rows = try sources.map { try PartRows($0.reader, $0.partition) }
  var heap = MinimumHeap(rows.filter { $0.user != nil }) { a, b in
    guard let a = a.user?.id, let b = b.user?.id else { return false }
    return a < b
  }
  var digest = SHA256()
  var users = 0
  while let source = heap.first {
    try source.copy(to: writer) { digest.update(data: $0) }
    users += 1
    each()
    heap.replaceFirst(source.user == nil ? nil : source)
  }
  for source in rows
  where source.part.manifestValue("events.digest") != hex(source.eventSetsDigest.finalize()) {
    throw SnapshotError(
      .damaged, path: source.part.path, reason: "its event sets are not those it was written with",
      advice: "fold it again")
  }
  return (users, hex(digest.finalize()))
}
