import EventLog
import EventModel
import Folding
import Running

/// What to count of the events of packed logs, and what to leave out.
struct PackScanPlan: Sendable {
  var vocabulary: EventVocabulary
  var onlyUsers: Set<UserID> = []
  var part: PartInput?
  var countsDays = false
  /// Ids of events that are left out because a record is marked as deleted.
  var deleted: Set<EventID> = []
  /// Ids of events that another file replaces.
  var replaced: Set<EventID> = []
  /// Users whose events are dropped.
  var dropped: Set<UserID> = []
  /// Whether users of the packed users export do not count as such.
  var ignoresExport = false

  /// Whether no event and no user is left out.
  var isWhole: Bool { deleted.isEmpty && replaced.isEmpty && dropped.isEmpty && !ignoresExport }

  /// Whether all events are taken, and are counted by nothing but their number.
  var isPlain: Bool {
    onlyUsers.isEmpty && part == nil && !countsDays && deleted.isEmpty && replaced.isEmpty && dropped.isEmpty
  }
}

/// One thread's share of the counting. Decodes no payload.
final class PackScan: @unchecked Sendable {
  /// Events by what becomes of them; those that a ledger takes are only in the sum.
  private(set) var accounting = Accounting()
  private(set) var newest: Instant?
  private(set) var counts = ReadingCounts()
  private(set) var days: DayCounts?
  private(set) var users = UserSample()
  /// Blocks that hold events that are left out, by pack.
  private(set) var changed: [Set<Int>]
  /// Users of the packs of whom nothing is left.
  private(set) var vanished: Set<UserID> = []
  /// Users of whom something is left, where some users may vanish: a user may have several blocks.
  private(set) var keptUsers: Set<UserID> = []
  private let plan: PackScanPlan
  private let part: PartRecords?
  private let take: Taking

  /// What happens to the ids.
  enum Taking {
    case nothing
    case fingerprints(IDFingerprints)
    /// Only ids that may be in the filter.
    case filtered(IDFingerprints, IDFilter)
    /// All events, or those whose ids may be in the filter.
    case ledger(EventLedger, IDFilter?)
    case examined(RepeatedIDs)
  }

  init(_ plan: PackScanPlan, packs: Int, _ take: Taking) {
    self.plan = plan
    self.take = take
    part = plan.part.map { PartRecords($0) }
    changed = Array(repeating: [], count: packs)
    if plan.countsDays { days = DayCounts() }
  }

  /// Counts the events of a block.
  func scan(_ block: Int, of pack: Int, _ reader: PackBlockReader) throws {
    if isIDScan, reader.pack.header.kind == .read { return try scanIDs(block, reader) }
    if case .examined(let examined) = take, try !reader.hasID(in: block, where: examined.contains) { return }
    try reader.load(block)
    while reader.next() {
      let user = reader.user
      if !plan.dropped.isEmpty, plan.dropped.contains(user) {
        accounting.erased += reader.eventsLeft
        accounting.records += reader.eventsLeft
        changed[pack].insert(block)
        vanished.insert(user)
        continue
      }
      let isSelected = (plan.onlyUsers.isEmpty || plan.onlyUsers.contains(user)) && (part?.includes(user) ?? true)
      let before = kept(accounting)
      while reader.eventsLeft > 0 { try scan(reader.event(), isSelected, block, pack, reader) }
      if kept(accounting) > before || reader.isExported && !plan.ignoresExport {
        users.note(user)
        if !plan.isWhole, reader.continues || reader.isLastUser { keptUsers.insert(user) }
      } else {
        vanished.insert(user)
      }
    }
  }

  /// Events that are not left out.
  private func kept(_ accounting: Accounting) -> Int { accounting.records - accounting.deleted - accounting.replaced }

  /// Whether the index says everything except the ids.
  private var isIDScan: Bool {
    guard plan.isPlain, !plan.ignoresExport else { return false }
    switch take {
    case .fingerprints, .filtered: return true
    case .nothing, .ledger, .examined: return false
    }
  }

  private func scanIDs(_ block: Int, _ reader: PackBlockReader) throws {
    try reader.load(block, idsOnly: true)
    while reader.next() {
      users.note(reader.user)
      switch take {
      case .fingerprints(let fingerprints): for id in reader.nextIDs { try fingerprints.add(id) }
      case .filtered(let fingerprints, let filter):
        for id in reader.nextIDs where filter.mayContain(id) { try fingerprints.add(id) }
      case .nothing, .ledger, .examined: preconditionFailure("ids are taken")
      }
    }
    let facts = reader.pack.blocks[block].facts
    accounting.add(facts)
    newest = [newest, facts.newest].compactMap { $0 }.max()
    counts.add(ReadingCounts(facts))
  }

  @inline(__always)
  private func scan(
    _ event: PackBlockReader.StoredEvent, _ isSelected: Bool, _ block: Int, _ pack: Int, _ reader: PackBlockReader
  ) throws {
    accounting.records += 1
    if !plan.deleted.isEmpty, plan.deleted.contains(event.id) {
      accounting.deleted += 1
      changed[pack].insert(block)
      return
    }
    if !plan.replaced.isEmpty, plan.replaced.contains(event.id) {
      accounting.replaced += 1
      changed[pack].insert(block)
      return
    }
    let type = try reader.typeNumber(of: event, plan.vocabulary)
    if case .examined(let examined) = take {
      if examined.contains(event.id) {
        examined.add(event.id, content: event.content, bucket: type == 0 ? .unread : .folded)
      }
      return
    }
    if part == nil || isSelected {
      counts.events += 1
      if !event.traits.isEmpty { counts.note(event.traits) }
    }
    days?.note(event.timestamp, Int(type))
    if newest == nil || newest! < event.createdAt { newest = event.createdAt }
    if case .ledger(let ledger, let filter) = take, filter?.mayContain(event.id) ?? true {
      return try ledger.add(
        id: event.id, content: event.content,
        bucket: isSelected ? (type == 0 ? .unread : .folded) : .notSelected,
        place: LedgerPlace(chunk: ChunkPlaces.chunk(ofPack: pack), line: 0, byte: 0))
    }
    if !isSelected {
      accounting.notSelected += 1
    } else if type == 0 {
      accounting.unread += 1
    } else {
      accounting.folded += 1
    }
    switch take {
    case .fingerprints(let fingerprints): try fingerprints.add(event.id)
    case .filtered(let fingerprints, let filter):
      if filter.mayContain(event.id) { try fingerprints.add(event.id) }
    case .nothing, .ledger, .examined: break
    }
  }
}

extension Accounting {
  /// Adds the events of a pack, or of one of its blocks, all of which are taken.
  mutating func add(_ facts: PackFacts) {
    records += facts.events
    folded += facts.folded
    unread += facts.events - facts.folded
  }
}

/// Scans blocks of packs on all threads.
///
/// - Parameter scans: one for each thread.
func scanBlocks(
  _ packs: [PackedLog], _ blocks: [PackBlockPlace], _ scans: [PackScan], _ progress: ProgressMeter
) throws {
  try onBlocks(packs, blocks, threads: scans.count, progress) { thread, place, reader in
    try scans[thread].scan(place.block, of: place.pack, reader)
  }
}
