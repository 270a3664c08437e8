import EventLog
import EventModel
import Folding
import Running

/// What is left out of a log while it is read, whatever file it is in.
struct LeftOut: Sendable {
  /// Ids that a pack, the plan or the pass before says are deleted.
  var deletedIDs: Set<EventID>
  /// Those of the packs and the plan alone: the pass before says the others.
  var deletedInPacks: Set<EventID>
  var replaced: Set<EventID>
  var droppedUsers: Set<UserID>

  init(_ plan: IngestPlan, _ inputs: LogInputs, dropped: Set<EventID>?) {
    deletedInPacks = inputs.deletedIDs.union(plan.deletedIDs)
    deletedIDs = deletedInPacks.union(dropped ?? [])
    replaced = plan.replaced
    droppedUsers = plan.droppedUsers.union(inputs.droppedUsers)
  }
}

/// What was read of the packed logs of a run, apart from the events themselves.
package struct ReadPacks: Sendable {
  package var packs: [PackedLog] = []
  /// Counts of what was counted without a ledger.
  var accounting = Accounting()
  var counts = ReadingCounts()
  var newest: Instant?
  var days: [DayCounts] = []
  var fingerprints: [IDFingerprints] = []
  var ledgers: [EventLedger] = []
  /// Users of the packs that were scanned.
  var users = UserSample()
  /// Blocks that hold events that are left out, by pack.
  package var changed: [Set<Int>] = []
  /// Users of whom nothing is left in the packs.
  package var vanished: Set<UserID> = []
  private var keptUsers: Set<UserID> = []
  /// Columns that were read as the documents in their texts, when the packs were made.
  var unwrapped: PayloadColumns {
    packs.reduce(into: []) { columns, pack in
      columns.formUnion(ReadingOptions.unwrapped { pack.summary.reading[$0] })
    }
  }

  /// How the packs' logs were read, as lines of a manifest.
  var reading: [(key: String, value: String)] {
    let lines = packs.reduce(into: [:]) { lines, pack in lines.merge(pack.summary.reading) { first, _ in first } }
    return lines.sorted { $0.key < $1.key }.map { (key: $0.key, value: $0.value) }
  }

  package init() {}

  /// The events, as runs.
  func runs(_ plan: IngestPlan, _ left: LeftOut, ignoringExport: Bool) -> [SortedRun] {
    packs.map { pack in
      var run = PackedRun(pack, vocabulary: plan.tables, keepsTails: plan.packing != nil)
      run.users.only = plan.onlyUsers
      run.users.dropped = left.droppedUsers
      if let part = plan.part, part.partition != .whole {
        run.users.test = { PartitionFilter(part.partition).includes }
      }
      run.leftOut = left.deletedIDs.union(left.replaced)
      run.ignoresExport = ignoringExport
      return .packed(run)
    }
  }

  /// A sample of the users of the packs, as far as they were scanned, and of other runs.
  func sample(with samples: [UserSample]) -> UserSample { samples.reduce(into: users) { $0.formUnion($1) } }

  /// The estimated number of users of the packs and of other runs; 0 when there are few.
  func estimate(with samples: [UserSample]) -> Int {
    // Without a scan, the packs say how many users they have.
    packs.reduce(sample(with: samples).estimate) { max($0, $1.summary.facts.users) }
  }
}

/// Reads what must be known of the packs before their events are merged. Nothing but the index, where that says it.
///
/// - Parameter workers: what has read the exports.
func readPacks(
  _ inputs: LogInputs, _ plan: IngestPlan, _ left: LeftOut, _ workers: [IngestWorker], keepsLedger: Bool,
  ignoresExport: Bool, _ progress: ProgressMeter
) throws -> ReadPacks {
  var result = ReadPacks()
  result.packs = inputs.packs
  guard !inputs.packs.isEmpty else { return result }
  var scanPlan = PackScanPlan(plan, left, inputs)
  scanPlan.ignoresExport = ignoresExport
  if let pack = inputs.packs.first, inputs.isOnePack, plan.packing == nil {
    if scanPlan.isPlain, pack.header.kind == .read {
      result.take(pack.summary.facts)
      progress.add(events: pack.summary.facts.events)
      return result
    }
    if plan.part == nil, !plan.countsDays, !plan.onlyUsers.isEmpty {
      try result.scanUsers(of: pack, scanPlan, plan.resources.threads, progress)
      return result
    }
  }
  let threads = max(1, plan.resources.threads)
  let (budget, directory) = (plan.resources.ledgerBudget, plan.resources.temporaryDirectory)
  // The largest pack comes last: of its ids, only those matter that may be in what was read before.
  let order = inputs.packs.indices.sorted {
    (inputs.packs[$0].summary.facts.events, $0) < (inputs.packs[$1].summary.facts.events, $1)
  }
  if keepsLedger {
    result.ledgers = (0..<threads).map { _ in EventLedger(budget: budget, directory: directory) }
  } else {
    result.fingerprints = (0..<threads).map { _ in IDFingerprints(budget: budget, directory: directory) }
  }
  let taken = scanPlan
  func scan(_ packs: some Sequence<Int>, _ taking: (Int) -> PackScan.Taking) throws {
    let scans = (0..<threads).map { PackScan(taken, packs: inputs.packs.count, taking($0)) }
    try scanBlocks(inputs.packs, PackBlockPlace.all(of: packs, in: inputs.packs), scans, progress)
    for scan in scans { result.take(scan) }
    for fingerprints in result.fingerprints { try fingerprints.finish() }
  }
  result.changed = Array(repeating: [], count: inputs.packs.count)
  let (fingerprints, ledgers) = (result.fingerprints, result.ledgers)
  if keepsLedger {
    // A partition keeps the ids of all its events. Otherwise, an id of a single pack that is in no other file needs no
    // entry.
    let filter =
      plan.part == nil && order.count == 1
      ? try IDFilter(workers.map(\.ledger), memory: plan.resources.memory / 8) : nil
    try scan(order) { .ledger(ledgers[$0], filter) }
  } else {
    if order.count > 1 { try scan(order.dropLast()) { .fingerprints(fingerprints[$0]) } }
    let filter = try IDFilter(workers.map(\.fingerprints) + fingerprints, memory: plan.resources.memory / 8)
    try scan(order.suffix(1)) { .filtered(fingerprints[$0], filter) }
  }
  return result
}

extension PackScanPlan {
  init(_ plan: IngestPlan, _ left: LeftOut, _ inputs: LogInputs) {
    vocabulary = plan.vocabulary.tables
    onlyUsers = plan.onlyUsers
    if let part = plan.part, part.partition != .whole || part.keepsEventIDs { self.part = part }
    countsDays = plan.countsDays
    deleted = left.deletedIDs
    replaced = left.replaced
    dropped = left.droppedUsers
    // A pack holds no event that it says is left out.
    if plan.packing == nil, inputs.isOnePack {
      if deleted == left.deletedInPacks { deleted = [] }
      dropped = plan.droppedUsers
    }
  }
}

extension ReadPacks {
  /// Takes the figures of a whole pack.
  fileprivate mutating func take(_ facts: PackFacts) {
    accounting.add(facts)
    counts.add(ReadingCounts(facts))
    newest = facts.newest
  }

  fileprivate mutating func take(_ scan: PackScan) {
    accounting += scan.accounting
    counts.add(scan.counts)
    newest = [newest, scan.newest].compactMap { $0 }.max()
    if let more = scan.days { days.append(more) }
    users.formUnion(scan.users)
    vanished.formUnion(scan.vanished)
    keptUsers.formUnion(scan.keptUsers)
    vanished.subtract(keptUsers)
    for (pack, blocks) in scan.changed.enumerated() where changed.indices.contains(pack) {
      changed[pack].formUnion(blocks)
    }
  }

  /// Scans only the blocks that may hold the users asked for.
  fileprivate mutating func scanUsers(
    of pack: PackedLog, _ plan: PackScanPlan, _ threads: Int, _ progress: ProgressMeter
  ) throws {
    let scans = (0..<max(1, threads)).map { _ in PackScan(plan, packs: 1, .nothing) }
    try scanBlocks([pack], PackBlockPlace.of(plan.onlyUsers, in: [pack]), scans, progress)
    for scan in scans { take(scan) }
    let others = pack.summary.facts.events - accounting.records
    accounting.records += others
    accounting.notSelected += others
    newest = pack.summary.facts.newest
    counts = ReadingCounts(pack.summary.facts)
  }
}

/// The entries of packs whose ids have some fingerprints: one result for each thread.
func examinePacks(
  _ wanted: Set<UInt64>, _ inputs: LogInputs, _ plan: IngestPlan, _ left: LeftOut
) throws -> [RepeatedIDs] {
  if inputs.packs.isEmpty { return [] }
  let examined = (0..<max(1, plan.resources.threads)).map { _ in RepeatedIDs(wanted) }
  let scans = examined.map { PackScan(PackScanPlan(plan, left, inputs), packs: inputs.packs.count, .examined($0)) }
  let blocks = PackBlockPlace.all(of: inputs.packs.indices, in: inputs.packs)
  try scanBlocks(inputs.packs, blocks, scans, ProgressMeter())
  return examined
}
