import EventModel
import Folding
import JSONTape
import Platform
import Rebuilding
import Reporting
import Running
import SnapshotStore

/// What a diff reads of earlier diffs, and what it writes for later ones.
package struct RegisterPlan: Sendable {
  /// Accept files.
  package var accept: [String] = []
  /// Whether entries that accept nothing fail the diff.
  package var isStrict = false
  /// The accept file to write; its entries that still match are kept.
  package var write: String?
  /// The permission bits of files written; `nil`: those of replaced files, 0600 for new ones.
  package var mode: mode_t?
  /// Whether to write pseudonyms of users in place of their ids.
  package var isRedacted = false
  /// How users are named then.
  package var pseudonyms = PseudonymScheme.unkeyed
  /// The file that records the diffs.
  package var history: String?
  /// How long runs and differences stay in it, in microseconds; `nil`: forever.
  package var historyKeep: Int64?
  /// Whether only new differences fail the diff.
  package var failsOnNew = false
  /// The instant of the run, by which `until` is judged.
  package var now = WallClock.now

  package init() {}

  /// Whether anything was asked for.
  package var isNeeded: Bool { !accept.isEmpty || write != nil || history != nil }
}

/// Marks the differences of a diff as accepted and as new, by what is known of earlier diffs. Writes the accept file and
/// the history. One thread at a time.
///
/// `init` reads the files, before any other work. Then ``begin(_:)``, ``mark(_:isAllowed:)`` for each difference,
/// ``complete(_:)``, ``finish(into:)``, and at the very end ``record(_:)``.
package final class DifferenceRegister: @unchecked Sendable {
  private let plan: RegisterPlan
  private let ledger: AcceptLedger
  private var scope: AcceptScope?
  private let target: OutputFile?
  /// The entries to write: of differences of this diff.
  private var written: [AcceptEntry] = []
  private var kept = 0
  private let history: HistoryFile?
  private var historyScope = ""
  private var since = DiffSince()
  /// Rows that the last run recorded; 0 in the first run.
  private var recordedBefore = 0

  /// The maximum number of entries to write: more differences than people can accept one by one.
  private static let limit = 100_000

  package init(_ plan: RegisterPlan) throws {
    self.plan = plan
    var files = try plan.accept.map { (path) throws(RefoldError) in try AcceptFile(path) }
    var targetPath = plan.write
    if let write = plan.write, let identity = DifferenceRegister.identity(write) {
      // The file may be read under another name, too.
      if let file = files.first(where: { DifferenceRegister.identity($0.path) == identity }) {
        targetPath = file.path
      } else {
        files.append(try AcceptFile(write))
      }
    }
    ledger = try AcceptLedger(files, target: targetPath, now: plan.now, plan.pseudonyms)
    target = try plan.write.map { try OutputFile($0, mode: plan.mode) }
    history = try plan.history.map { (path) throws(SnapshotError) in try HistoryFile(path, mode: plan.mode) }
    since.failsOnNew = plan.failsOnNew
  }

  /// The file at a path; `nil` if there is none, or if it is a device or a pipe.
  private static func identity(_ path: String) -> FileIdentity? {
    var status = stat()
    guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
    return FileIdentity(status)
  }

  /// Begins the diff with this plan.
  ///
  /// - Returns: a notice if earlier runs in the history name users by pseudonyms of another key.
  package func begin(_ plan: DiffPlan) throws(SnapshotError) -> Foreign? {
    let snapshot = try SnapshotReader(plan.snapshot)
    begin(AcceptScope(plan, snapshot))
    guard let history else { return nil }
    historyScope = Comparing.historyScope(of: plan, snapshot)
    let runs = try history.begin(scope: historyScope, at: self.plan.now, limit: DiffSince.runs - 1)
    since.trend = runs.map {
      DiffSince.Run(at: $0.at, asOf: $0.asOf, different: $0.different, unacceptable: $0.unacceptable)
    }
    since.previous = since.trend.last
    if let last = runs.last { recordedBefore = last.recorded }
    return try otherKey(in: history, plan)
  }

  /// What is to be said if users of earlier runs have other names than those of this one.
  private func otherKey(in history: HistoryFile, _ diff: DiffPlan) throws(SnapshotError) -> Foreign? {
    let name: Foreign = "\(plan.history ?? "the history")"
    let mine = plan.pseudonyms.key?.tag
    if since.previous == nil,
      try history.hasScope(equalBut: historyScope, for: "pseudonym_key", "users", "rebuilt_users")
    {
      return
        "\(name): earlier runs of these users name them by pseudonyms of another key, or without one: all differences count as new"
    }
    if plan.isRedacted, let last = try history.lastUser(), case .some(let tag) = PseudonymScheme.keyTag(ofUser: last),
      tag != mine
    {
      return
        "\(name): earlier runs name users by pseudonyms \(words(tag)), this one by pseudonyms \(words(mine)): the same differences are found again, but users have other names"
    }
    return nil
  }

  private func words(_ tag: String?) -> String { tag.map { "of the key \($0)" } ?? "without a key" }

  /// Begins a comparison of this scope, which has no history.
  package func begin(_ scope: AcceptScope) { self.scope = scope }

  /// The difference with its marks.
  ///
  /// - Parameter isAllowed: whether a cause is accepted by itself.
  package func mark(_ difference: RowDifference, isAllowed: (Cause) -> Bool) throws -> RowDifference {
    guard let fingerprint = difference.marks.fingerprint else {
      preconditionFailure("a diff with a register computes fingerprints")
    }
    var match = ledger.match(difference.user, difference.name, fingerprint)
    if plan.isRedacted, let note = match.note { match.note = AcceptanceNote(until: note.until) }
    let isAllowedByCause = difference.causes.allSatisfy(isAllowed)
    var difference = difference
    if !isAllowedByCause, let note = match.note { difference.marks.acceptance = .entry(note) }
    if target != nil {
      // An entry of another file needs no copy here.
      if match.target != nil || (!isAllowedByCause && match.note == nil) {
        try keep(difference, fingerprint, match.target)
      }
      if !isAllowedByCause, match.note == nil {
        difference.marks.acceptance = .entry(
          plan.isRedacted ? AcceptanceNote() : match.target?.note ?? AcceptanceNote())
      }
    }
    if let history, !isAllowedByCause { try note(&difference, fingerprint, in: history, isAllowed) }
    return difference
  }

  /// Records the difference, and marks it as new or not.
  private func note(
    _ difference: inout RowDifference, _ fingerprint: String, in history: HistoryFile, _ isAllowed: (Cause) -> Bool
  ) throws(SnapshotError) {
    let user = plan.isRedacted ? plan.pseudonyms.user(difference.user) : difference.user.description
    let first = try history.note(
      fingerprint, user: user, projection: difference.name.description,
      causes: difference.causes.map(\.rawValue).joined(separator: ","))
    difference.marks.since = DifferenceMarks.Since(isNew: first == nil, first: first ?? plan.now)
    if first != nil {
      since.persisting += difference.keyCount
      return
    }
    since.new += difference.keyCount
    if difference.marks.acceptance != nil { return }
    since.newUnacceptable += difference.keyCount
    if difference.causes.allSatisfy({ isAllowed($0) || !$0.isExplained }) { since.newChanged += difference.keyCount }
  }

  private func keep(_ difference: RowDifference, _ fingerprint: String, _ entry: AcceptEntry?) throws {
    if written.count == DifferenceRegister.limit {
      throw RefoldError.usage(
        "more than \(DifferenceRegister.limit) differences to accept one by one: accept causes with --allow instead")
    }
    var kept =
      entry
      ?? AcceptEntry(
        user: .id(difference.user), projection: difference.name, causes: difference.causes, digest: fingerprint)
    kept.causes = difference.causes
    // An entry that has expired is accepted anew, without an end.
    if kept.isExpired(plan.now) { kept.until = nil }
    written.append(kept)
    if entry != nil { self.kept += 1 }
  }

  /// Adds to the report what is known after all differences.
  package func complete(_ report: inout DiffReport) {
    report.acceptance = acceptance()
    if history == nil { return }
    since.gone = max(0, recordedBefore - since.persisting)
    var sum = since
    sum.trend.append(
      DiffSince.Run(at: plan.now, asOf: report.asOf, different: report.different, unacceptable: report.unacceptable))
    report.since = sum
  }

  /// What became of the entries of accept files, after all differences; `nil` without such files.
  package func acceptance() -> AcceptanceFigures? {
    guard !plan.accept.isEmpty, let scope else { return nil }
    return ledger.figures(isStrict: plan.isStrict, isRedacted: plan.isRedacted, isInScope: scope.includes)
  }

  /// Adds the accept file to the outputs. Returns what was written, in words; `nil` if nothing was.
  package func finish(into outputs: OutputGroup) throws -> Foreign? {
    guard let target, let path = plan.write, let scope else { return nil }
    let others = ledger.outOfScope(scope.includes)
    var entries = written + others
    if plan.isRedacted {
      for index in entries.indices { entries[index].user = .pseudonym(entries[index].user.pseudonym(plan.pseudonyms)) }
    }
    entries.sort(by: AcceptEntry.precedes)
    let line = ByteArena(capacity: 1 << 10)
    var last: AcceptEntry.Identity?
    for entry in entries where entry.identity != last {
      last = entry.identity
      line.count = 0
      var json = CanonicalWriter(output: line)
      entry.write(to: &json)
      line.append(UInt8(ascii: "\n"))
      try target.write(line.bytes)
    }
    outputs.add(try target.complete())
    let kept = self.kept + others.count
    let dropped = ledger.targetCount - kept
    return
      "wrote \(path): \(entries.count) \(entries.count == 1 ? "entry" : "entries") (\(kept) kept, \(written.count - self.kept) new), \(dropped) dropped"
  }

  /// Records the run in the history, unless the diff has no verdict. Call it last: a run that nobody has seen must not
  /// count as the last one.
  package func record(_ report: DiffReport) throws(SnapshotError) {
    guard let history, let since = report.since else { return }
    let verdict = report.judgement.verdict
    if verdict == .unjudged || verdict == .nothingCompared { return }
    let causes = JSONTree.object(report.causesMet.map { .init($0.rawValue, .integer(Int64(report.count($0)))) })
    let run = HistoryFile.Run(
      scope: historyScope, at: plan.now, asOf: report.asOf,
      snapshot: report.inputs["snapshot"]?["digest"]?.string,
      live: shownNames(report.live.map(\.raw)).map(\.raw).joined(separator: " "), refold: refoldVersion,
      verdict: verdict.rawValue, compared: report.compared, different: report.different,
      unacceptable: report.unacceptable, new: since.new, gone: since.gone, persisting: since.persisting,
      causes: String(decoding: causes.canonicalBytes, as: UTF8.self))
    let oldest = plan.historyKeep.map {
      Instant(microseconds: max(Instant.range.lowerBound.microseconds, plan.now.microseconds - $0))
    }
    try history.finish(run, forgettingBefore: oldest)
  }
}
