import EventModel
import Platform
import Running
import SnapshotStore

/// The malformed records of a log, for a command that does not rebuild it: the same records as a rebuild sets aside.
package struct MalformedRecords {
  /// The quarantine file, complete but without a name.
  private let file: PendingFile?
  /// Ids that name more than one event. All records with such an id are malformed.
  package let ambiguousIDs: Set<EventID>
  /// The number of malformed records, those of the users export among them.
  package let count: Int

  /// Reads the log once. Throws, before that, if the file exists and may not be replaced, and at the end if more records
  /// are malformed than allowed; the file is then there, to show them.
  ///
  /// - Parameter log: its users and files.
  package init(of log: IngestPlan, into plan: QuarantinePlan, mode: mode_t?, _ progress: ProgressMeter) throws {
    let quarantine = try QuarantineFile(plan, mode: mode)
    var log = log
    log.setsMalformedAside = true
    progress.enter(.reading)
    let read = try ingest(log, progress)
    guard read.accounting.addsUp else { throw RefoldError.accountingDoesNotAddUp(read.accounting) }
    file = try quarantine.complete(read, limit: plan.maxBad)
    ambiguousIDs = read.ambiguousIDs
    count = read.accounting.malformed + read.accounting.malformedUsers
  }

  /// Gives the quarantine file its name.
  package func publish() throws { try file?.publish() }
}
