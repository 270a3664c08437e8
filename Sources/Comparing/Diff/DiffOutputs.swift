import EventLog
import EventModel
import Folding
import Formatting
import JSONTape
import Platform
import Rebuilding
import Reconciliation
import Reporting
import Running
import SnapshotStore

/// What to report about a diff beyond its summary, and when the diff counts as a success.
package struct DiffReportPlan: Sendable {
  package var ndjson: String?
  /// The snapshot that is compared. Each line of `ndjson` has its digest.
  package var snapshot: String?
  package var sqlite: String?
  /// Whether to replace an existing SQLite file.
  package var force = false
  /// The permission bits of the files written; `nil`: those of replaced files, 0600 for new ones.
  package var mode: mode_t?
  /// Differences reported in full; `nil` for all.
  package var limit: Int? = 10
  /// Whether differences that are accepted are reported too.
  package var showsAccepted = false
  /// What is known of earlier diffs. It has marked the differences.
  package var register: DifferenceRegister?
  package var isRedacted = false
  /// How users and events are named then.
  package var pseudonyms = PseudonymScheme.unkeyed
  package var allowed: Set<Cause> = [.clock, .texts]
  /// How many rows may be `changed` or `unexplained` without failing the diff.
  package var maxChanged = MaxChanged.count(0)
  /// The share of the snapshot's rows that must be compared, 0…1.
  package var minimumCoverage = 0.0
  /// Bookkeeping columns that must be equal too.
  package var columns: Set<String> = []

  package enum MaxChanged: Sendable {
    case count(Int)
    /// Of the rows compared, 0…1.
    case share(Double)

    var text: String {
      switch self {
      case .count(let count): String(count)
      case .share(let share): "\(share * 100)%"
      }
    }
  }

  package init() {}

  /// Whether a cause is accepted.
  package func isAllowed(_ cause: Cause) -> Bool { cause == .tolerated || allowed.contains(cause) }
}

/// Receives the differences of a diff one by one and creates its reports. Memory is bounded; with `--all`, details go
/// to a temporary file.
package final class DiffReporter {
  private let plan: DiffReportPlan
  private let catalogue: Catalogue
  private let names: NameStyle
  private let ndjson: OutputFile?
  private let snapshotDigest: String?
  private let sqlite: DifferenceFile?
  /// The output files of the run. The caller can add more files, and publishes them.
  package let outputs: OutputGroup
  private let record = ByteArena(capacity: 1 << 14)
  private var patterns = ChangePatterns()
  private var changes = FieldChanges()
  private var worst = WorstUsers()
  private var examples: [Example: [String]] = [:]
  /// Rows that entries accept.
  private var acceptedRows: [Example: Int] = [:]
  private var unacceptable = 0
  private var changedOnly = 0
  private var acceptedByEntry = 0
  /// Differences that belong into ``details``.
  private var listable = 0
  /// Accepted differences that are left out of ``details`` because they were not asked for.
  package private(set) var hidden = 0
  /// The first differences, as text or as JSON. The most important come first, unless there is no limit; then all are in
  /// user order.
  package let details: DetailPages
  /// With a limit: the first differences by their gravity, those that are not acceptable before the others.
  private var ranked: [DetailPages] = []
  private let detailsAsJSON: Bool

  private struct Example: Hashable {
    /// The projection's number; for all keys that no reducer writes, the number after the last one.
    var number: Int
    var cause: Cause
  }
  /// For each cause, the first name that no reducer writes. Examples of such keys are kept only for this name.
  private var firstOther: [Cause: ProjectionName] = [:]

  /// - Parameter catalogue: the snapshot's; see ``DiffPlan/bound()``.
  package init(
    _ plan: DiffReportPlan, _ catalogue: Catalogue, detailsAsJSON: Bool, temporaryDirectory: String
  ) throws {
    self.plan = plan
    self.catalogue = catalogue
    self.detailsAsJSON = detailsAsJSON
    names = plan.isRedacted ? plan.pseudonyms.names : .plain
    outputs = OutputGroup(mode: plan.mode)
    snapshotDigest =
      plan.ndjson == nil ? nil : try plan.snapshot.flatMap { try SnapshotReader($0).manifestValue("digest.snapshot") }
    ndjson = try plan.ndjson.map { try OutputFile($0, mode: plan.mode) }
    sqlite = try plan.sqlite.map { try DifferenceFile(replacing: $0, force: plan.force, mode: plan.mode) }
    details = DetailPages(directory: temporaryDirectory)
    if plan.limit != nil {
      ranked = (0..<2 * Cause.byGravity.count).map { _ in DetailPages(directory: temporaryDirectory) }
    }
  }

  package func take(_ difference: RowDifference) throws {
    var difference = difference
    if difference.causes.allSatisfy(isAllowed) { difference.marks.acceptance = .cause }
    let isAcceptable = difference.marks.acceptance != nil
    if difference.marks.isAcceptedByEntry { acceptedByEntry += difference.keyCount }
    if !isAcceptable {
      unacceptable += difference.keyCount
      if difference.causes.allSatisfy({ isAllowed($0) || !$0.isExplained }) { changedOnly += difference.keyCount }
    }
    // Rows of a version that is not here all differ alike: the report says that once.
    if difference.unknownVersion == nil || plan.limit == nil {
      if !difference.marks.isAcceptedByEntry {
        patterns.note(difference)
        if difference.causes.contains(where: { !$0.isExplained }) { changes.note(difference) }
      }
      try keep(difference)
    }
    worst.note(difference, isAllowed: isAcceptable)
    if let sqlite {
      writeRecord(difference)
      try sqlite.insert(difference, user: names.user(difference.user), record: record.bytes)
    }
    if let ndjson {
      writeRecord(difference, ofSnapshot: snapshotDigest)
      record.append(UInt8(ascii: "\n"))
      try ndjson.write(record.bytes)
    }
  }

  private func isAllowed(_ cause: Cause) -> Bool { plan.isAllowed(cause) }

  private func writeRecord(_ difference: RowDifference, ofSnapshot digest: String? = nil) {
    record.count = 0
    var json = CanonicalWriter(output: record)
    difference.write(to: &json, names, ofSnapshot: digest)
  }

  /// Keeps the difference if it is among the first, or among the first with its cause.
  private func keep(_ difference: RowDifference) throws {
    let isAcceptable = difference.marks.acceptance != nil
    if isAcceptable, !plan.showsAccepted {
      hidden += 1
    } else {
      listable += 1
      // The most important differences come first, unless everything is printed in order.
      let causes = difference.causes.filter { isAcceptable || !plan.isAllowed($0) }
      guard let gravity = causes.map(\.gravity).min() else { preconditionFailure("a difference has a cause") }
      let page = ranked.isEmpty ? details : ranked[gravity + (isAcceptable ? Cause.byGravity.count : 0)]
      if page.count < plan.limit ?? .max {
        if detailsAsJSON {
          writeRecord(difference)
          try page.append(String(decoding: record.bytes, as: UTF8.self))
        } else {
          try page.append(difference.text(names))
        }
      }
    }
    if difference.marks.isAcceptedByEntry {
      let number = catalogue.number(of: difference.name) ?? catalogue.names.count
      for cause in difference.causes {
        acceptedRows[Example(number: number, cause: cause), default: 0] += difference.keyCount
      }
      return
    }
    for cause in difference.causes {
      let number = catalogue.number(of: difference.name)
      let key = Example(number: number ?? catalogue.names.count, cause: cause)
      if number == nil {
        if let first = firstOther[cause], first < difference.name { continue }
        if firstOther.updateValue(difference.name, forKey: cause) != difference.name { examples[key] = nil }
      }
      guard examples[key, default: []].count < 5 else { continue }
      examples[key, default: []].append(difference.text(names, fields: 4))
    }
  }

  /// Completes the files, which the caller must still publish, and returns the report.
  package func finish(_ outcome: DiffOutcome, _ diffPlan: DiffPlan) throws -> DiffReport {
    let tally = outcome.tally
    let coverage = Double(tally.compared) / Double(max(tally.rebuilt, 1))
    // A partition may have no rows at all.
    if tally.rebuilt > 0, coverage < plan.minimumCoverage {
      throw DiffError.coverage(compared: tally.compared, rows: tally.rebuilt, wanted: plan.minimumCoverage)
    }
    outputs.add(try ndjson?.complete())
    outputs.add(try sqlite?.finish(manifest: manifest(outcome)))
    worst.finish()
    for page in ranked {
      try page.each { text in
        if details.count < plan.limit ?? .max { try details.append(text) }
      }
    }
    var report = DiffReport()
    report.snapshot = Foreign(outcome.snapshot)
    report.live = outcome.live.map { Foreign($0) }
    report.asOf = outcome.asOf
    report.liveAsOf = outcome.liveAsOf
    report.isSnapshotPair = outcome.liveAsOf != nil
    report.otherReducers = outcome.otherReducers
    report.partition = outcome.partition?.description
    report.hasLog = outcome.hasLog
    report.knowsWording = outcome.knowsWording
    report.inputs = outcome.inputs
    report.maxChanged = plan.maxChanged.text
    report.minimumCoverage = plan.minimumCoverage
    report.isOfDifferences = outcome.isOfDifferences
    report.usersRefolded = outcome.usersRefolded
    report.rows = rows(tally)
    if plan.isRedacted {
      report.unnamedTypeRows = tally.otherTypes.rows
    } else {
      report.otherTypes = tally.otherTypes.named.map { (Foreign($0.type), $0.rows) }
      report.unnamedTypeRows = tally.otherTypes.unnamed
    }
    report.notSelected = tally.notSelected
    report.liveFailures = tally.liveFailures
    report.failedOnBothSides = tally.failedOnBothSides
    report.usersCompared = tally.usersCompared
    report.usersDifferent = tally.usersDifferent
    report.usersOnlyRebuilt = tally.usersOnlyRebuilt
    report.usersOnlyLive = tally.usersOnlyLive
    report.unseen = tally.unseen
    report.sharedUpdate = outcome.sharedUpdate
    report.storedInstants = outcome.storedInstants
    report.unknownVersions = tally.unknownVersions.named.map { (Foreign($0.type), $0.rows) }
    report.unnamedVersions = tally.unknownVersions.unnamed
    report.bookkeeping = zip(DiffTally.bookkeepingColumns, tally.bookkeeping).map { ($0, $1) }
    report.columnsAbsent = zip(DiffTally.bookkeepingColumns, tally.bookkeepingAbsent).map { ($0, $1) }
    report.columns = DiffTally.bookkeepingColumns.filter { plan.columns.contains($0) }
    report.worstUsers = worst.users.map {
      DiffReport.User(id: names.user($0.id), rows: $0.rows, unacceptable: $0.unacceptable, causes: $0.sortedCauses)
    }
    report.patterns = patterns.ranked.map(DiffReport.Pattern.init)
    report.changes = changes.ranked
    report.allowed = Cause.allCases.filter { plan.allowed.contains($0) }
    report.unacceptable = unacceptable
    report.excused = excused(tally)
    report.acceptedByEntry = acceptedByEntry
    report.phases = outcome.phases
    report.spilledBytes = outcome.spilledBytes
    report.threads = diffPlan.resources.threads
    report.isRedacted = plan.isRedacted
    plan.register?.complete(&report)
    return report
  }

  /// The manifest of a file of differences.
  private func manifest(_ outcome: DiffOutcome) -> [(key: String, value: String)] {
    let digest = outcome.inputs["snapshot"]?["digest"]?.string
    return [
      ("inputs", outcome.inputs.pretty), ("rows.compared", String(outcome.tally.compared)),
      ("partition", outcome.partition?.description ?? "all"),
    ] + (digest.map { [(DifferenceReader.snapshotDigest, $0)] } ?? [])
  }

  /// The number of differences that exceed the limit and are not in ``details``.
  package var cut: Int { max(0, listable - (plan.limit ?? listable)) }

  private func excused(_ tally: DiffTally) -> Int {
    let budget =
      switch plan.maxChanged {
      case .count(let count): count
      case .share(let share): Int((Double(tally.compared) * share).rounded(.down))
      }
    return changedOnly <= budget ? changedOnly : 0
  }

  private func rows(_ tally: DiffTally) -> [DiffReport.Row] {
    (catalogue.names.map(\.description) + ["other keys"]).enumerated().map { index, name in
      let row = tally.rows[index]
      return DiffReport.Row(
        name: name, rebuilt: row.rebuilt, live: row.live, compared: row.compared, equal: row.equal,
        different: row.different, causes: row.causes)
    }
  }

  /// One finding for each projection key and cause, and for each bookkeeping column that was requested, in a fixed
  /// order. Findings may have no rows, except those for keys that no reducer writes.
  package func findings(_ report: DiffReport, _ tally: DiffTally) -> [DiffFinding] {
    var findings: [DiffFinding] = []
    for (index, name) in (catalogue.names + [ProjectionName(type: "other", key: "keys")]).enumerated() {
      for cause in Cause.allCases {
        let rows = tally.rows[index].causes[cause.number]
        let isExcused = !cause.isExplained && report.excused > 0
        if rows == 0, index == catalogue.names.count { continue }
        findings.append(
          DiffFinding(
            projection: name.description, kind: .cause(cause), rows: rows,
            accepted: acceptedRows[Example(number: index, cause: cause), default: 0],
            isAllowed: isAllowed(cause) || isExcused,
            examples: examples[Example(number: index, cause: cause), default: []]))
      }
    }
    for column in report.columnFigures where column.isAsked {
      findings.append(
        DiffFinding(
          projection: "bookkeeping", kind: .column(column.name), rows: column.differing + column.absent,
          accepted: 0, isAllowed: false, examples: [column.text]))
    }
    return findings
  }
}

/// The users with the most unacceptable rows, in bounded memory. Rows must come in user order.
private struct WorstUsers {
  struct User {
    var id: UserID
    var rows = 0
    var unacceptable = 0
    var causes: Set<Cause> = []

    var sortedCauses: [Cause] { Cause.allCases.filter { causes.contains($0) } }
  }

  private(set) var users: [User] = []
  private var current: User?
  private static let limit = 5

  mutating func note(_ difference: RowDifference, isAllowed: Bool) {
    if current?.id != difference.user {
      finish()
      current = User(id: difference.user)
    }
    current?.rows += difference.keyCount
    if !isAllowed { current?.unacceptable += difference.keyCount }
    current?.causes.formUnion(difference.causes)
  }

  mutating func finish() {
    guard let user = current else { return }
    current = nil
    if user.unacceptable == 0 { return }
    users.append(user)
    users.sort { a, b in
      if a.unacceptable != b.unacceptable { return a.unacceptable > b.unacceptable }
      return a.rows == b.rows ? a.id < b.id : a.rows > b.rows
    }
    if users.count > WorstUsers.limit { users.removeLast() }
  }
}

/// Pieces of text in order: in memory up to 4 MiB, beyond that in a temporary file.
package final class DetailPages {
  private let directory: String
  private var pages: [String] = []
  private var held = 0
  private var file: SpillFile?
  private let buffer = ByteArena(capacity: 1 << 12)
  private var lengths: [Int] = []
  package private(set) var count = 0

  init(directory: String) { self.directory = directory }

  func append(_ text: String) throws {
    count += 1
    if file == nil {
      pages.append(text)
      held += text.utf8.count
      if held < 4 << 20 { return }
      file = try SpillFile(directory: directory)
      for page in pages { try spill(page) }
      pages = []
      return
    }
    try spill(text)
  }

  private func spill(_ text: String) throws {
    buffer.count = 0
    buffer.append(text)
    lengths.append(buffer.count)
    try file?.append(buffer.bytes)
  }

  /// Calls `body` with each piece in order.
  package func each(_ body: (String) throws -> Void) throws {
    guard let file else {
      for page in pages { try body(page) }
      return
    }
    var offset = 0
    for length in lengths {
      var bytes = [UInt8](repeating: 0, count: length)
      _ = try bytes.withUnsafeMutableBytes { try file.read($0, at: offset) }
      offset += length
      try body(String(decoding: bytes, as: UTF8.self))
    }
  }
}

extension DiffReport.Pattern {
  init(_ pattern: ChangePattern) {
    let (kind, value): (DiffReport.Pattern.Kind, Double?) =
      switch pattern.kind {
      case .factor(_, let value): (.factor, value)
      case .offset(_, let value): (.offset, value)
      case .value(_, let value): (.value, value)
      case .missingCode: (.missingCode, nil)
      case .extraCode: (.extraCode, nil)
      case .onlyField: (.onlyField, nil)
      case .field: (.field, nil)
      }
    self.init(
      kind: kind, projection: pattern.name.description, subject: pattern.subject, value: value, rows: pattern.rows,
      of: pattern.of, alone: pattern.alone, with: pattern.with)
  }
}
