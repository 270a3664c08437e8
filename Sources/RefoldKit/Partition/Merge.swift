import Crypto
import EventModel
import Glibc
import Reporting
import SnapshotStore
import Synchronization

/// `refold merge`: what was asked for.
package struct MergePlan: Sendable {
  package var parts: [String] = []
  package var output = ""
  package var force = false
  /// The permission bits of what is written; `nil`: those of a replaced file, 0600 for a new one.
  package var mode: mode_t?
  package var threads = 1

  package init() {}
}

/// Joins the partial snapshots of all partitions: the same bytes as a rebuild of the whole log.
///
/// parts → checked against each other and their own digests → event ids compared → rows, a user at a time, in the order of
/// all users → snapshot. Memory: some pages and a user's rows of each part.
package func merge(_ plan: MergePlan, progress: ProgressMeter) throws -> MergeSummary {
  let watch = Stopwatch()
  try SnapshotWriter.check(target: plan.output, force: plan.force)
  allowOpenFiles(plan.parts.count + 64)
  let parts = try plan.parts.map { try openPart($0) }
  try checkPartitions(parts.map { ($0.reader.path, $0.partition) })
  let readers = parts.map(\.reader)
  try PartManifest.check(readers)
  _ = try PartManifest.judge(readers)
  let asOf = try readers[0].asOf()
  try verifyDigests(plan)
  try checkEventIDs(readers)
  let checking = watch.lap()

  progress.enter(.folding)
  let writer = try SnapshotWriter(replacing: plan.output, force: plan.force, mode: plan.mode, asOf: asOf)
  let users = try mergeRows(parts, to: writer, progress)
  let merging = watch.lap()

  progress.enter(.writing)
  let manifest = try PartManifest.merged(readers, eventsDigest: users.eventsDigest)
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

private struct Part {
  let reader: SnapshotReader
  let partition: UserPartition
}

private func openPart(_ path: String) throws -> Part {
  let reader = try SnapshotReader(path)
  guard let text = reader.manifestValue(PartManifest.partition) else {
    throw RefoldError.part("\(path) is a whole snapshot, not a part; name files that refold fold -o wrote")
  }
  guard let partition = UserPartition(text) else {
    throw SnapshotError(.damaged, path: path, reason: "its manifest has no partition I/N", advice: "fold it again")
  }
  try reader.readInOrder()
  return Part(reader: reader, partition: partition)
}

/// Recomputes the digests of all parts' rows, on all threads.
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

/// Copies the users of all parts in the order of their ids; gives how many and the digest of all their events.
private func mergeRows(
  _ parts: [Part], to writer: SnapshotWriter, _ progress: ProgressMeter
) throws -> (count: Int, eventsDigest: String) {
  let sources = try parts.map { try PartRows($0.reader, $0.partition) }.filter { $0.user != nil }
  var heap = MinimumHeap(sources) { a, b in
    guard let a = a.user?.id, let b = b.user?.id else { return false }
    return a < b
  }
  var digest = SHA256()
  var own = Dictionary(uniqueKeysWithValues: parts.map { ($0.reader.path, SHA256()) })
  var users = 0
  while let source = heap.first {
    try source.copy(to: writer) { set in
      digest.update(data: set)
      own[source.part.path]?.update(data: set)
    }
    users += 1
    progress.add(users: 1)
    heap.replaceFirst(source.user == nil ? nil : source)
  }
  for part in parts
  where part.reader.manifestValue("events.digest") != own[part.reader.path].map({ hex($0.finalize()) }) {
    throw SnapshotError(
      .damaged, path: part.reader.path, reason: "its event sets are not those it was written with",
      advice: "fold it again")
  }
  return (users, hex(digest.finalize()))
}

/// Every part is a file that stays open.
private func allowOpenFiles(_ count: Int) {
  var limit = rlimit()
  guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0, limit.rlim_cur < count else { return }
  limit.rlim_cur = min(limit.rlim_max, rlim_t(count))
  setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
}
