import EventModel
import Folding
import JSONTape
import Platform
import Reporting
import Running
import SnapshotStore

/// What a diff is told about earlier diffs, and what it leaves for later ones.
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
  /// The instant by which `until` is judged.
  package var now = WallClock.now

  package init() {}

  /// Whether anything was asked for.
  package var isNeeded: Bool { !accept.isEmpty || write != nil }
}

/// Marks the differences of a diff as accepted, by what is known of earlier diffs, and writes the accept file. One
/// thread at a time.
///
/// `init` reads the files, before any other work. Then ``begin(_:)``, ``mark(_:isAllowed:)`` for each difference,
/// ``complete(_:)``, ``finish(into:)``.
package final class DifferenceRegister: @unchecked Sendable {
  private let plan: RegisterPlan
  private let ledger: AcceptLedger
  private var scope: AcceptScope?
  private let target: OutputFile?
  /// The entries to write: of differences of this diff.
  private var written: [AcceptEntry] = []
  private var kept = 0

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
    ledger = try AcceptLedger(files, target: targetPath, now: plan.now)
    target = try plan.write.map { try OutputFile($0, mode: plan.mode) }
  }

  /// The file at a path; `nil` if there is none, or if it is a device or a pipe.
  private static func identity(_ path: String) -> FileIdentity? {
    var status = stat()
    guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
    return FileIdentity(status)
  }

  /// Begins the diff with this plan.
  package func begin(_ plan: DiffPlan) throws(SnapshotError) {
    scope = AcceptScope(plan, try SnapshotReader(plan.snapshot))
  }

  /// The difference with its marks.
  ///
  /// - Parameter isAllowed: whether a cause is accepted by itself.
  package func mark(_ difference: RowDifference, isAllowed: (Cause) -> Bool) throws -> RowDifference {
    guard let fingerprint = difference.marks.fingerprint else {
      preconditionFailure("a diff with a register computes fingerprints")
    }
    let match = ledger.match(difference.user, difference.name, fingerprint)
    let isAllowedByCause = difference.causes.allSatisfy(isAllowed)
    var difference = difference
    if !isAllowedByCause, let note = match.note { difference.marks.acceptance = .entry(note) }
    if target != nil {
      // An entry of another file needs no copy here.
      if match.target != nil || (!isAllowedByCause && match.note == nil) {
        try keep(difference, fingerprint, match.target)
      }
      if !isAllowedByCause, match.note == nil {
        difference.marks.acceptance = .entry(match.target?.note ?? AcceptanceNote())
      }
    }
    return difference
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
    if !plan.accept.isEmpty, let scope {
      report.acceptance = ledger.figures(
        isStrict: plan.isStrict, isRedacted: plan.isRedacted, isInScope: scope.includes)
    }
  }

  /// Adds the accept file to the outputs. Returns what was written, in words; `nil` if nothing was.
  package func finish(into outputs: OutputGroup) throws -> Foreign? {
    guard let target, let path = plan.write, let scope else { return nil }
    let others = ledger.outOfScope(scope.includes)
    var entries = written + others
    if plan.isRedacted {
      for index in entries.indices { entries[index].user = .pseudonym(entries[index].user.pseudonym) }
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
      "wrote \(path): \(entries.count) entries (\(kept) kept, \(written.count - self.kept) new), \(dropped) dropped"
  }
}
