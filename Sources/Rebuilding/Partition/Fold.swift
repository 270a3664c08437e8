import EventLog
import EventModel
import Folding
import Reporting
import Running
import SnapshotStore

/// The options of `refold fold`. The partition is in ``part``; it replaces that of the rebuild's input.
package struct FoldPlan: Sendable {
  package var rebuild: RebuildPlan
  package var asOf: Instant
  package var part = PartInput()
  /// The path of the partial snapshot; `nil`: rows are written as NDJSON to standard output.
  package var output: String?

  package init(_ catalogue: Catalogue, asOf: Instant) {
    rebuild = RebuildPlan(catalogue)
    self.asOf = asOf
  }
}

/// Folds the users of one partition in the same steps as a rebuild, and also writes what a merge needs.
///
/// Nothing is written to standard output, and nothing appears under the output's name, before the whole run has
/// succeeded.
package func fold(_ plan: FoldPlan, progress: ProgressMeter) throws -> RebuildSummary {
  let watch = Stopwatch()
  var run = plan.rebuild
  run.asOf = plan.asOf
  run.output = plan.output ?? ""
  run.input.part = plan.part
  run.input.part?.keepsEventIDs = plan.output != nil
  if let output = plan.output { try SnapshotWriter.check(target: output, force: run.force) }
  let log = try readPart(run.input, progress)
  let reading = watch.lap()

  progress.enter(.folding)
  let rows: any PartSink =
    try plan.output.map {
      try SnapshotWriter(
        replacing: $0, force: run.force, mode: run.mode, asOf: plan.asOf, isPart: true,
        backfills: run.catalogue.backfillViews)
    }
    ?? RowLines(directory: run.input.resources.temporaryDirectory, asOf: plan.asOf)
  let written = try foldAndWrite(log, run, asOf: plan.asOf, to: rows, progress)
  let folding = watch.lap()

  progress.enter(.writing)
  // The format of the records that the fold was given says nothing about the log.
  run.input.reading.form = nil
  var manifest = Manifest(plan: run, log: log, asOf: plan.asOf, written: written).lines
  manifest.append((PartManifest.partition, plan.part.partition.description))
  if plan.output != nil { manifest += log.counts.lines }
  for notice in log.notices + partNotices(log, run.input) { progress.note(notice) }
  let digests = try rows.finish(manifest, log)
  return RebuildSummary(
    run, log, written, asOf: plan.asOf, digests: digests,
    phases: [("read", reading), ("fold", folding), ("finish", watch.lap())])
}

/// A fault that would stop a rebuild of the whole log. For a partition it is only a notice.
private func partNotices(_ log: Ingested, _ input: IngestPlan) -> [Foreign] {
  guard !input.isWhole, input.part?.keepsEventIDs == false, let fault = log.counts.fault(input.reading), fault != .empty
  else {
    return []
  }
  return ["of this partition: \(fault)"]
}

/// Reads the partition's events. A malformed record stops the run; none is set aside.
private func readPart(_ input: IngestPlan, _ progress: ProgressMeter) throws -> Ingested {
  let log: Ingested
  do { log = try ingest(input, progress) } catch RefoldError.malformedRecord(let fault) {
    throw RefoldError.part("\(fault); correct the record: a partition is folded whole or not at all")
  }
  guard log.accounting.addsUp else { throw RefoldError.accountingDoesNotAddUp(log.accounting) }
  return log
}

/// Receives the rows of a partition.
private protocol PartSink: RowSink {
  /// Writes the manifest and completes the output. Returns the digests of the rows; empty for NDJSON.
  func finish(_ manifest: [(key: String, value: String)], _ log: Ingested) throws -> [DigestLine]
}

extension SnapshotWriter: PartSink {
  fileprivate func finish(_ manifest: [(key: String, value: String)], _ log: Ingested) throws -> [DigestLine] {
    for partition in 0..<EventLedger.partitionCount {
      try insertEventIDs(try EventLedger.eventIDs(ofPartition: partition, in: log.ledgers))
    }
    let ids = try finishEventIDs()
    return try finish(
      manifest: manifest + [(PartManifest.idCount, String(ids.count)), (PartManifest.idDigest, ids.digest)])
  }
}

extension RowLines: PartSink {
  fileprivate func finish(_ manifest: [(key: String, value: String)], _ log: Ingested) throws -> [DigestLine] {
    try insertManifest(manifest)
    try finish()
    return []
  }
}
