import EventLog
import EventModel
import Folding
import Hashing
import Platform
import Reporting
import Running
import SnapshotStore
import Synchronization
import TimeZones

/// The options of `refold rebuild`.
package struct RebuildPlan: Sendable {
  /// The projections to fold, and the reducer version of each.
  package let catalogue: Catalogue
  package var input: IngestPlan
  /// What writes the rows, if it is not ``catalogue``: expected rows, with the same names.
  package var writes: Catalogue?
  package var profile: any DomainProfile
  package var filter = ProjectionFilter()
  /// `nil`: the newest created_at in the log.
  package var asOf: Instant?
  package var output = ""
  package var force = false
  /// The permission bits of the files written; `nil`: those of replaced files, 0600 for new ones.
  package var mode: mode_t?
  /// Whether an existing quarantine file is replaced; `nil`: as ``force`` says for the snapshot.
  package var quarantineForce: Bool?
  /// The file for malformed records; `nil`: the first malformed record stops the run.
  package var quarantine: String?
  /// How many malformed records are allowed; `nil`: any number.
  package var maxBad: BadRecordLimit?

  package init(_ catalogue: Catalogue) {
    self.catalogue = catalogue
    profile = catalogue.profile
    input = IngestPlan(catalogue.vocabulary)
  }
}

/// Rebuilds all projections of a log into a snapshot.
///
/// bytes → records → events → sorted runs; runs × slices of users → histories → rows → snapshot.
/// The snapshot depends only on the set of events and users, the as-of, the profile, refold's version, and the plan's
/// selections and reading options.
///
/// - Parameter keep: receives the quarantine file, complete but without a name, to publish it later. Without `keep`,
///   the file gets its name together with the snapshot.
package func rebuild(
  _ plan: RebuildPlan, progress: ProgressMeter, keepingQuarantine keep: ((PendingFile) -> Void)? = nil
) throws -> RebuildSummary {
  let watch = Stopwatch()
  // Before any work: stop here if the target must not be replaced.
  try SnapshotWriter.check(target: plan.output, force: plan.force)
  let quarantine = try plan.quarantine.map {
    try QuarantineFile($0, force: plan.quarantineForce ?? plan.force, mode: plan.mode)
  }
  var log = try ingest(plan.input, progress)
  guard log.accounting.addsUp else { throw RefoldError.accountingDoesNotAddUp(log.accounting) }
  let setAside = try quarantine?.complete(log, limit: plan.maxBad)
  guard let asOf = plan.asOf ?? log.newest else { throw RefoldError.noEventToTakeAsOfFrom }
  for notice in log.notices { progress.note(notice) }
  let reading = watch.lap()

  progress.enter(.folding)
  let writer = try SnapshotWriter(
    replacing: plan.output, force: plan.force, mode: plan.mode, asOf: asOf, backfills: plan.catalogue.backfillViews)
  let written = try foldAndWrite(log, plan, asOf: asOf, to: writer, progress)
  let folding = watch.lap()

  progress.enter(.writing)
  let manifest = Manifest(plan: plan, log: log, asOf: asOf, written: written)
  // Freeing spilled runs takes the kernel about as long as the device takes to write the snapshot. Do both at once.
  let digests = try releasing(&log.runs) {
    try writer.finish(manifest: manifest.lines, with: keep == nil ? [setAside].compactMap { $0 } : [])
  }
  if let keep, let setAside { keep(setAside) }
  let finishing = watch.lap()

  return RebuildSummary(
    plan, log, written, asOf: asOf, digests: digests,
    phases: [("read", reading), ("fold", folding), ("finish", finishing)])
}

extension RebuildSummary {
  init(
    _ plan: RebuildPlan, _ log: Ingested, _ written: Written, asOf: Instant, digests: [DigestLine],
    phases: [(name: String, seconds: Double)]
  ) {
    self.init(
      snapshot: plan.output, asOf: asOf, asOfSource: plan.asOf == nil ? log.counts.asOfSource : .given,
      profile: plan.profile.name,
      records: log.accounting.records, folded: log.accounting.folded, unread: log.accounting.unread,
      duplicates: log.accounting.duplicates, malformed: log.accounting.malformed,
      notSelected: log.accounting.notSelected, users: written.users, hasUsersExport: log.hasUsersExport,
      usersNotExported: written.usersNotExported, usersWithoutEvents: written.usersWithoutEvents,
      rows: written.rowsByName.map { ($0.key, $0.value) }.sorted { $0.0 < $1.0 }.map { (name: $0.0, count: $0.1) },
      failures: written.failures.map { ($0.key, $0.value) }.sorted { $0.0 < $1.0 }
        .map { (type: $0.0.type, code: $0.0.key, count: $0.1) },
      digests: digests.map { (key: $0.key, value: $0.value) },
      phases: phases, bytesRead: log.bytesRead,
      spilledBytes: log.spilledBytes, threads: plan.input.resources.threads)
    malformedUsers = log.accounting.malformedUsers
    quarantine = plan.quarantine.map { Foreign($0) }
    repeatedKeys = written.repeatedKeys
    deleted = log.accounting.deleted
    erased = log.accounting.erased
    replaced = log.accounting.replaced
    withoutMetadata = log.counts.metadataMissing
    repeatedHeaders = log.repeatedHeaders
    unreadColumns = log.unreadColumns.map { Foreign($0) }
    unwrapped = log.unwrapped.names
    notices = log.notices
  }
}

/// Counts of what was written.
struct Written {
  var users = 0
  var usersNotExported = 0
  var usersWithoutEvents = 0
  var repeatedKeys = 0
  var rowsByName: [ProjectionName: Int] = [:]
  /// Number of failures by projection type and failure code (as the key).
  var failures: [ProjectionName: Int] = [:]
  var eventsDigest = ""
  var eventContent = EventContent()
}

/// Folds slices of users on all threads and writes their rows in user order. Any of the threads writes, one at a time.
func foldAndWrite(
  _ log: Ingested, _ plan: RebuildPlan, asOf: Instant, to writer: any RowSink, _ progress: ProgressMeter
) throws -> Written {
  let size = plan.input.resources.sliceSize(of: log)
  let slices = UserSlice.cut(log.runs, target: size)
  let merged = MergedRuns(log.runs)
  let bufferSize = plan.input.resources.readBufferSize(runs: log.runs.count)
  let slicesWriter = SliceWriter(plan.catalogue, writer, progress)
  try inOrder(
    pieces: slices.count, threads: plan.input.resources.threads,
    worker: { SliceFold(plan.writes ?? plan.catalogue, profile: plan.profile, filter: plan.filter, asOf: asOf) },
    make: { fold, piece in
      try fold.rows(
        of: try UserMerger(log.runs, slice: slices[piece], bufferSize: bufferSize), hasUsersExport: log.hasUsersExport)
    },
    take: { rows in
      try slicesWriter.write(rows)
      merged.passed(slices[slicesWriter.slices - 1], size: size)
    })
  return slicesWriter.finish()
}

/// Writes slices, which arrive in user order, and counts their contents.
private final class SliceWriter {
  private let writer: any RowSink
  private let progress: ProgressMeter
  private var written = Written()
  private let names: [ProjectionName]
  private var counts: [Int]
  private var digest = SHA256()
  /// The number of slices written.
  private(set) var slices = 0

  init(_ catalogue: Catalogue, _ writer: any RowSink, _ progress: ProgressMeter) {
    names = catalogue.names
    counts = [Int](repeating: 0, count: names.count)
    self.writer = writer
    self.progress = progress
  }

  func write(_ rows: SliceRows) throws {
    var eventDigests = rows.eventDigests[...]
    for user in rows.users {
      try writer.insertUser(user.id, source: user.source)
      if user.source != .export {
        try writer.insertEventSet(user.id, digest: eventDigests.prefix(32))
        eventDigests = eventDigests.dropFirst(32)
      }
      for projection in rows.projections[user.projections] {
        counts[projection.name] += 1
        try writer.insertProjection(
          user: user.id, name: names[projection.name], data: rows.data(projection),
          lastEvent: projection.lastEvent)
      }
      for failure in rows.failures[user.failures] {
        written.failures[ProjectionName(type: failure.projectionType, key: failure.code.rawValue), default: 0] += 1
        try writer.insertFailure(failure)
      }
      for signal in rows.signals[user.signals] {
        try writer.insertSignal(
          SignalSummary(
            user: user.id, eventType: signal.type.name.description, count: signal.count, first: signal.first,
            last: signal.last, newestEvent: signal.newest))
      }
      if user.source == .export { written.usersWithoutEvents += 1 }
    }
    digest.update(data: rows.eventDigests)
    written.eventContent += rows.eventContent
    slices += 1
    written.users += rows.users.count
    written.usersNotExported += rows.usersNotExported
    written.repeatedKeys += rows.repeatedKeys
    progress.add(users: rows.users.count)
  }

  /// The totals of all slices.
  func finish() -> Written {
    for (index, count) in counts.enumerated() where count > 0 {
      written.rowsByName[names[index]] = count
    }
    written.eventsDigest = hex(digest.finalize())
    return written
  }
}

extension Resources {
  /// Bytes of events in a slice of users. Slices that are folded and not yet written must fit into memory too.
  package func sliceSize(of log: Ingested) -> Int {
    // The piece of each run that a slice reads should be large compared with the spacing of the run's index.
    let size = max(1 << 17, min(1 << 20, memory / 64), min(log.runs.count * (3 << 13), memory / 16))
    guard log.estimatedUsers > 0 else { return size }
    // A user's rows take about 8 KiB, even with few events. Divide by more slices than ``inOrder`` begins at once,
    // because the memory for rows grows by doubling.
    let users = max(32, memory / 8 / (8 << 10) / (3 * max(1, threads) + 1))
    let eventBytes = log.runs.reduce(0) { $0 + $1.size }
    return max(1 << 13, min(size, eventBytes / log.estimatedUsers * users))
  }

  /// Size in bytes of the read buffer for each run while a slice is merged.
  package func readBufferSize(runs: Int) -> Int {
    max(1 << 13, min(1 << 16, memory / 8 / max(1, runs) / max(1, threads)))
  }
}
