import EventLog
import EventModel
import Rebuilding
import Reporting
import Running

/// The arguments of `refold verify LOG --completeness`.
package struct CompletenessPlan: Sendable {
  /// The log, and how to read it.
  package var log: IngestPlan
  /// The files of live's counts.
  package var counts: [String] = []
  /// How many users to list.
  package var limit = 20

  package init(_ log: IngestPlan) { self.log = log }
}

/// Compares the events of a log with live's counts, user by user. Events are those that a rebuild takes: each id once.
///
/// counts → sorted rows; log → sorted runs; runs × slices of users → tallies × rows → report. Memory: as reading a log,
/// plus ``LiveCounts``.
package func completeness(_ plan: CompletenessPlan, _ progress: ProgressMeter) throws -> CompletenessReport {
  let live = try LiveCounts(plan.counts)
  let log = try readWhole(plan.log, progress)
  var report = CompletenessReport(newest: log.newest, limit: plan.limit)
  let hasInstants = log.counts.storedInstants != .none
  report.asOf = hasInstants ? live.asOf : nil
  var comparison = TallyComparison(live.rows, report)

  progress.enter(.folding)
  let resources = plan.log.resources
  let size = resources.sliceSize(of: log)
  let slices = UserSlice.cut(log.runs, target: size)
  let merged = MergedRuns(log.runs)
  let bufferSize = resources.readBufferSize(runs: log.runs.count)
  let limit = report.asOf
  var taken = 0
  try inOrder(
    pieces: slices.count, threads: resources.threads, worker: {},
    make: { _, piece in
      try SliceTallies(UserMerger(log.runs, slice: slices[piece], bufferSize: bufferSize), upTo: limit)
    },
    take: { slice in
      comparison.take(slice)
      progress.add(users: slice.tallies.count)
      merged.passed(slices[taken], size: size)
      taken += 1
    })
  report = comparison.finish()
  report.note(countedUpTo: live.asOf, hasRows: !live.rows.isEmpty, hasInstants: hasInstants)
  report.notices = log.notices + report.notices
  return report
}

/// The instant for the query that counts live's events as far as this log goes.
package func completenessLimit(of plan: IngestPlan, _ progress: ProgressMeter) throws -> CompletenessSQL.Limit {
  let log = try readWhole(plan, progress)
  guard let newest = log.newest else {
    throw RefoldError.usage("the log holds no event to take the instant from; leave out the log, and give --as-of")
  }
  return log.counts.storedInstants == .none ? .none : .instant(newest)
}

private func readWhole(_ plan: IngestPlan, _ progress: ProgressMeter) throws -> Ingested {
  let log = try ingest(plan, progress)
  guard log.accounting.addsUp else { throw RefoldError.accountingDoesNotAddUp(log.accounting) }
  for notice in log.notices { progress.note(notice) }
  return log
}

/// The tallies of a slice of users, in user order; users without events have none.
private struct SliceTallies: Sendable {
  var tallies: [EventTally] = []
  /// Events after the instant up to which is counted.
  var later = 0

  init(_ merger: UserMerger, upTo limit: Instant?) throws {
    while try merger.next() {
      var tally = EventTally(user: merger.history.user, events: 0, ids: 0)
      for event in merger.history.events {
        if let limit, !event.createdAt.isVisible(at: limit) {
          later += 1
          continue
        }
        tally.events += 1
        tally.ids += Int128(idHash(event.id))
      }
      if tally.events > 0 { tallies.append(tally) }
    }
  }
}

/// Compares tallies, which arrive in user order, with live's rows.
private struct TallyComparison {
  private let rows: [LiveCounts.Row]
  private var next = 0
  private var report: CompletenessReport

  init(_ rows: [LiveCounts.Row], _ report: CompletenessReport) {
    self.rows = rows
    self.report = report
  }

  mutating func take(_ slice: SliceTallies) {
    report.laterEvents += slice.later
    for tally in slice.tallies {
      takeRows { $0 < tally.user }
      if next < rows.count, rows[next].user == tally.user {
        compare(tally, rows[next].tally)
        next += 1
      } else {
        compare(tally, EventTally(user: tally.user, events: 0, ids: 0))
      }
    }
  }

  mutating func finish() -> CompletenessReport {
    takeRows { _ in true }
    report.finish()
    return report
  }

  /// Takes the rows of users whom the log does not have.
  private mutating func takeRows(while belongs: (UserID) -> Bool) {
    while next < rows.count, belongs(rows[next].user) {
      compare(EventTally(user: rows[next].user, events: 0, ids: 0), rows[next].tally)
      next += 1
    }
  }

  private mutating func compare(_ log: EventTally, _ live: EventTally) {
    report.add(
      CompletenessReport.User(user: log.user, log: log.events, live: live.events), haveEqualIDs: log.ids == live.ids)
  }
}
