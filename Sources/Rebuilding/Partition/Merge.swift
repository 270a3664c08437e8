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
/// parts → checked against each other → rows, in user order, checked against the parts' own digests → snapshot; event ids
/// are compared at the same time. Memory: some pages and one user's rows for each open part, and some batches of rows for
/// each thread. If not all parts can be open at once, groups of parts are joined into temporary parts first.
package func merge(_ plan: MergePlan, progress: ProgressMeter) throws -> MergeSummary {
  let watch = Stopwatch()
  try SnapshotWriter.check(target: plan.output, force: plan.force)
  let parts = try plan.parts.map { try MergedPart($0) }
  try checkPartitions(parts.map { ($0.path, $0.partition) })
  try PartManifest.check(parts)
  _ = try PartManifest.judge(parts)
  let asOf = try SnapshotReader(plan.parts[0]).asOf()
  let checking = watch.lap()

  progress.enter(.folding)
  let joining = PartJoining(plan, asOf: asOf, parts: parts)
  let sources = try joining.sources()
  let writer = try SnapshotWriter(
    replacing: plan.output, force: plan.force, mode: plan.mode, asOf: asOf, backfills: plan.catalogue.backfillViews)
  let users = try mergeRows(
    sources, to: writer, threads: plan.threads, aside: { try joining.compareEventIDs(sources) { _ in } },
    each: { progress.add(users: 1) })
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

/// Copies the users of all sources with their rows, in the order of user ids, after checking that each part's digests are
/// those of its rows. Returns the number of users and the digest of all their events.
///
/// Other threads read ahead of this one, which writes.
///
/// - Parameters:
///   - aside: other work, which one of the threads does.
///   - each: called after each user.
func mergeRows(
  _ sources: [JoinedSource], to writer: SnapshotWriter, threads: Int, aside: @escaping () throws -> Void = {},
  each: () -> Void
) throws -> (count: Int, eventsDigest: String) {
  let rows = try sources.map { try PartRows($0.reader, $0.partition) }
  let errors = FirstError()
  let streams = MergeStreams(rows, streams: threads, errors)
  var digest = SHA256()
  var users = 0
  withoutActuallyEscaping(each) { each in
    func write() throws {
      defer { streams.stop() }
      let heads = (0..<streams.count).compactMap { number in streams.next(of: number).map { (number, $0) } }
      var heap = MinimumHeap(heads) { a, b in
        guard let a = a.1.user, let b = b.1.user else { return false }
        return a < b
      }
      while let (number, batch) = heap.first {
        try batch.write(to: writer) { digest.update(data: $0) }
        users += 1
        each()
        heap.replaceFirst(
          batch.user != nil ? (number, batch) : streams.next(of: number).map { (number, $0) })
      }
    }
    let asideTaken = Atomic(false)
    let work = MergeWork(write: write, aside: aside)
    onThreads(max(1, threads)) { thread in
      do {
        if thread == 0 { try work.write() }
        if asideTaken.exchange(true, ordering: .relaxed) == false { try work.aside() }
        streams.help()
      } catch {
        // An error of reading comes first: it is the reason.
        errors.note(error, rank: .max - 1)
        streams.stop()
      }
    }
  }
  try errors.throwIfSet()
  for source in rows {
    try source.check()
  }
  return (users, hex(digest.finalize()))
}

/// What the threads of a merge do beside reading. They are waited for.
private struct MergeWork: @unchecked Sendable {
  let write: () throws -> Void
  let aside: () throws -> Void
}
