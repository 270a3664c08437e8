import EventLog
import EventModel
import Folding
import Hashing
import Platform
import Reporting
import Running
import SnapshotStore

/// The options of `refold pack`.
package struct PackPlan: Sendable {
  package let catalogue: Catalogue
  package var input: IngestPlan
  /// Files whose records replace those of the same ids.
  package var replacements: [String] = []
  package var keepsAll = false
  package var output = ""
  package var force = false
  package var mode: mode_t?

  package init(_ catalogue: Catalogue) {
    self.catalogue = catalogue
    input = IngestPlan(catalogue.vocabulary)
  }
}

/// Packs a log: reads it as a rebuild does, and writes the events of each user, in history order, with what else a
/// command asks of a log.
///
/// bytes → records → events → sorted runs; runs × slices of users → histories → blocks → file. Packed logs among the
/// inputs are runs already, and of the largest, the groups of users that nothing else touches are copied.
///
/// The file depends only on the set of events and users, on what is kept of them, on what was dropped, and on refold's
/// and zstd's release: neither on the order of the inputs nor on how they are split.
package func pack(_ plan: PackPlan, progress: ProgressMeter) throws -> PackReport {
  let watch = Stopwatch()
  let file = try PendingFile(target: plan.output, replacing: plan.force, mode: plan.mode)
  let log = try read(plan, progress)
  let reading = watch.lap()

  progress.enter(.writing)
  let header = PackHeader(plan.keepsAll ? .all : .read, plan.catalogue.vocabulary)
  let cutting = PackCutting(log, header)
  let writer = PackWriter(file, header)
  try writer.begin()
  let size = plan.input.resources.sliceSize(of: log)
  let slices = UserSlice.cut(log.runs, target: size, where: cutting.mayBegin)
  let tables = plan.ingest.tables
  let bufferSize = plan.input.resources.readBufferSize(runs: log.runs.count)
  let (runs, merged) = (log.runs, MergedRuns(log.runs))
  var taken = 0
  try inOrder(
    pieces: slices.count, threads: plan.input.resources.threads,
    worker: { PackMaker(header, tables, cutting) },
    make: { maker, piece in try maker.make(runs, slices[piece], bufferSize: bufferSize) },
    take: { piece in
      try writer.write(piece)
      progress.add(users: piece.users)
      merged.passed(slices[taken], size: size)
      taken += 1
    })
  var summary = PackSummary()
  summary.level = cutting.level
  summary.hasUsersExport = log.hasUsersExport
  summary.droppedUsers = log.droppedUsers.sorted()
  summary.deletedIDs = log.deletedIDs.sorted()
  summary.reading = plan.input.reading.packedLines(unwrapped: log.unwrapped, packs: log.packs.packs)
  try writer.finish(&summary)
  let writing = watch.lap()
  var report = PackReport(plan, summary, log)
  report.size = writer.size
  report.blocks = writer.blocks.count
  report.copiedBlocks = writer.copiedBlocks
  report.phases = [("read", reading), ("write", writing)]
  return report
}

extension PackPlan {
  /// How the files are read.
  fileprivate var ingest: IngestPlan {
    var ingest = input
    ingest.packing = keepsAll ? .all : .read
    return ingest
  }
}

/// Reads the log, and what replaces parts of it.
private func read(_ plan: PackPlan, _ progress: ProgressMeter) throws -> Ingested {
  var input = plan.ingest
  if plan.replacements.isEmpty {
    let log = try read(input, progress)
    try check(log, progress)
    return log
  }
  // A replacement does not bring back what was dropped or deleted before, and may delete.
  let inputs = try LogInputs(input.logs + plan.replacements, for: input.packReader)
  input.droppedUsers.formUnion(inputs.droppedUsers)
  input.deletedIDs = inputs.deletedIDs
  input.reading.allowsEmpty = true
  var first = input
  first.logs = plan.replacements
  first.users = []
  first.ignoresUsers = true
  let replacing = try read(first, progress)
  input.deletedIDs = replacing.deletedIDs
  input.replaced = try ids(of: replacing.runs)
  var log = try read(input, progress)
  if let id = input.replaced.intersection(log.deletedIDs).min() {
    throw RefoldError.usage(
      "event \(id): a record of the log is marked as deleted, and a file of --replace has another; pack one after the other"
    )
  }
  for part in [log, replacing] { try check(part, progress) }
  log.add(replacing)
  if log.accounting.folded + log.accounting.unread == 0, !plan.input.reading.allowsEmpty { throw ReadingFault.empty }
  return log
}

private func check(_ log: Ingested, _ progress: ProgressMeter) throws {
  guard log.accounting.addsUp else { throw RefoldError.accountingDoesNotAddUp(log.accounting) }
  for notice in log.notices { progress.note(notice) }
}

extension PackReport {
  fileprivate init(_ plan: PackPlan, _ summary: PackSummary, _ log: Ingested) {
    self.init(output: Foreign(plan.output))
    let accounting = log.accounting
    records = [
      ("total", "records", accounting.records), ("events", "events", accounting.folded + accounting.unread),
      ("duplicates", "duplicates", accounting.duplicates), ("malformed", "malformed, left out", accounting.malformed),
      ("deleted", "marked as deleted, left out", accounting.deleted),
      ("of_dropped_users", "of dropped users, left out", accounting.erased),
      ("replaced", "replaced", accounting.replaced),
    ]
    events = summary.facts.events
    users = summary.facts.users
    exportedUsers = summary.hasUsersExport ? summary.facts.exportedUsers : nil
    newest = summary.facts.newest
    droppedUsers = summary.droppedUsers.count
    eventsDigest = summary.eventsDigest
    eventsContent = plan.keepsAll ? nil : summary.facts.content.description
    bytesRead = log.bytesRead
    threads = plan.input.resources.threads
  }
}

/// Reads files to pack them. A malformed record stops the run, and none is set aside: a pack does not say what it lacks.
private func read(_ input: IngestPlan, _ progress: ProgressMeter) throws -> Ingested {
  do { return try ingest(input, progress) } catch RefoldError.malformedRecord(let fault) {
    throw RefoldError.usage("\(fault); correct the record: a pack has all records, or is not made")
  }
}

/// The ids of all events of some runs. Memory: about 40 bytes for each.
private func ids(of runs: [SortedRun]) throws -> Set<EventID> {
  let merger = try UserMerger(runs, slice: UserSlice(lower: nil, upper: nil), bufferSize: 1 << 16)
  var ids: Set<EventID> = []
  while try merger.next() { for event in merger.history.events { ids.insert(event.id) } }
  return ids
}

extension Ingested {
  /// Adds the events of files that were read apart.
  fileprivate mutating func add(_ other: Ingested) {
    runs += other.runs
    accounting += other.accounting
    newest = [newest, other.newest].compactMap { $0 }.max()
    bytesRead += other.bytesRead
    userSample.formUnion(other.userSample)
    counts.add(other.counts)
    unwrapped.formUnion(other.unwrapped)
    deletedIDs.formUnion(other.deletedIDs)
  }
}

extension ReadingOptions {
  /// What of the options decides which events a log has, as lines of a manifest.
  fileprivate func packedLines(unwrapped: PayloadColumns, packs: [PackedLog]) -> [String: String] {
    var lines = packs.reduce(into: [:]) { $0.merge($1.summary.reading) { first, _ in first } }
    let kept: Set = ["reading.deleted", "reading.unwrap_data", "reading.unwrapped"]
    for line in manifestLines(unwrapped: unwrapped) where kept.contains(line.key) { lines[line.key] = line.value }
    return lines
  }
}

/// Where groups of users begin: the users of a group are packed together.
///
/// A group begins with a user whose hash ends in some number of zero bits, so that a group depends on its own users alone.
/// That number follows from how many events users have: a group has about ``groupEvents``.
struct PackCutting: Sendable {
  let level: Int
  /// The pack whose groups may be copied.
  let base: PackedLog?
  /// Its blocks from which something is left out.
  let changed: Set<Int>
  /// Users of packs of whom nothing is left: nothing begins with them.
  let vanished: Set<UserID>

  private static let groupEvents = 4096
  /// Fewer users are not told apart: their sample is too small.
  private static let leastUsers = 512

  init(_ log: Ingested, _ header: PackHeader) {
    let events = log.accounting.folded + log.accounting.unread
    let users = max(PackCutting.leastUsers, log.userSample.estimate)
    let share = events == 0 ? 1 : max(1, PackCutting.groupEvents * users / events)
    level = min(20, Int.bitWidth - 1 - share.leadingZeroBitCount)
    vanished = log.packs.vanished
    let packs = log.packs.packs
    let largest = packs.indices.max { packs[$0].summary.facts.events < packs[$1].summary.facts.events }
    if let largest, packs[largest].summary.level == level, packs[largest].header == header, packs[largest].isCurrent {
      base = packs[largest]
      changed = log.packs.changed[largest]
    } else {
      base = nil
      changed = []
    }
  }

  func begins(_ user: UserID) -> Bool { PackLevel.of(user) >= level }

  /// Whether a slice may begin with a user: a group surely does.
  func mayBegin(_ user: UserID) -> Bool { begins(user) && !vanished.contains(user) }
}

/// Some blocks of a pack, in user order.
final class PackPiece: @unchecked Sendable {
  /// Bytes of blocks, and the blocks with their offsets in them.
  fileprivate(set) var parts: [(bytes: ByteArena, blocks: [PackBlock])] = []
  /// SHA-256 of the event ids of each user that has any, 32 bytes each, in user order.
  fileprivate(set) var digests: [UInt8] = []
  fileprivate(set) var users = 0
  fileprivate(set) var copied = 0
}

/// Makes the blocks of slices of users. One per thread.
private final class PackMaker {
  private let cutting: PackCutting
  private let writer: PackBlockWriter
  private let base: PackBlockReader?
  private let words = ByteArena()

  init(_ header: PackHeader, _ tables: EventVocabulary, _ cutting: PackCutting) {
    self.cutting = cutting
    writer = PackBlockWriter(header, vocabulary: tables)
    base = cutting.base.map { PackBlockReader($0) }
  }

  func make(_ runs: [SortedRun], _ slice: UserSlice, bufferSize: Int) throws -> PackPiece {
    let piece = PackPiece()
    guard let base, let pack = cutting.base else {
      try merge(runs, slice, bufferSize, into: piece)
      return piece
    }
    let others = runs.filter { if case .packed(let run) = $0 { run.pack !== pack } else { true } }
    // Neighbouring groups that must be merged are merged at once.
    var pending: UserSlice?
    for group in groups(of: pack, in: slice) {
      if try group.isWhole && !isTouched(group, others) {
        if let slice = pending { try merge(runs, slice, bufferSize, into: piece) }
        pending = nil
        try copy(group.blocks, base, into: piece)
      } else {
        pending = UserSlice(lower: (pending ?? group.users).lower, upper: group.users.upper)
      }
    }
    if let slice = pending { try merge(runs, slice, bufferSize, into: piece) }
    return piece
  }

  /// A group of the pack that is copied from, or several.
  private struct Group {
    var blocks: Range<Int>
    /// Its users, as far as they are in the slice.
    var users: UserSlice
    /// Whether all of them are in the slice.
    var isWhole: Bool
  }

  /// The groups of a pack that reach into a slice. Together they cover it.
  private func groups(of pack: PackedLog, in slice: UserSlice) -> [Group] {
    func isStart(_ block: Int) -> Bool {
      block == 0 || !pack.blocks[block].continues && cutting.mayBegin(pack.blocks[block].firstUser)
    }
    if pack.blocks.isEmpty { return [Group(blocks: 0..<0, users: slice, isWhole: false)] }
    var start = slice.lower.map { pack.blocks(of: $0).lowerBound } ?? 0
    while !isStart(start) { start -= 1 }
    var groups: [Group] = []
    while start < pack.blocks.count {
      let lower = start == 0 ? nil : pack.blocks[start].firstUser
      if let lower, let upper = slice.upper, !(lower < upper) { break }
      var end = start + 1
      while end < pack.blocks.count, !isStart(end) { end += 1 }
      let upper = end == pack.blocks.count ? nil : pack.blocks[end].firstUser
      defer { start = end }
      // Ends before the slice.
      if let upper, let first = slice.lower, !(first < upper) { continue }
      var users = UserSlice(lower: lower, upper: upper)
      if let first = slice.lower, lower.map({ $0 < first }) ?? true { users.lower = first }
      if let last = slice.upper, upper.map({ last < $0 }) ?? true { users.upper = last }
      groups.append(Group(blocks: start..<end, users: users, isWhole: users.lower == lower && users.upper == upper))
    }
    return groups
  }

  /// Whether a group is not what it was: something is left out of it, or another run has its users.
  private func isTouched(_ group: Group, _ others: [SortedRun]) throws -> Bool {
    if group.blocks.contains(where: cutting.changed.contains) { return true }
    for run in others {
      if try !UserMerger([run], slice: group.users, bufferSize: 1 << 12).isAtEnd { return true }
    }
    return false
  }

  private func merge(_ runs: [SortedRun], _ slice: UserSlice, _ bufferSize: Int, into piece: PackPiece) throws {
    let merger = try UserMerger(runs, slice: slice, bufferSize: bufferSize)
    while try merger.next() {
      let history = merger.history
      if cutting.begins(history.user) { writer.endGroup() }
      writer.add(history.user, isExported: history.isExported, history.events)
      piece.users += 1
      if history.events.isEmpty { continue }
      words.count = 0
      words.reserve(16 + 16 * history.events.count)
      words.put(history.user)
      for event in history.events { words.put(event.id) }
      piece.digests.append(contentsOf: SHA256.hash(data: words.bytes))
    }
    writer.endGroup()
    let made = writer.take()
    piece.parts.append((made.bytes, made.blocks))
  }

  private func copy(_ blocks: Range<Int>, _ reader: PackBlockReader, into piece: PackPiece) throws {
    // A user may go on in the next block.
    var digest: SHA256?
    for block in blocks {
      try reader.load(block, idsOnly: true)
      while reader.next() {
        if !reader.continues {
          if let digest { piece.digests.append(contentsOf: digest.finalize()) }
          digest = nil
          piece.users += 1
        }
        if reader.eventsLeft == 0 { continue }
        words.count = 0
        words.reserve(16 + 16 * reader.eventsLeft)
        if digest == nil { words.put(reader.user) }
        for id in reader.nextIDs { words.put(id) }
        digest = digest ?? SHA256()
        digest?.update(data: words.bytes)
      }
      var entry = reader.pack.blocks[block]
      entry.offset = 0
      let bytes = ByteArena(capacity: reader.bytes.count)
      bytes.append(reader.bytes)
      piece.parts.append((bytes, [entry]))
      piece.copied += 1
    }
    if let digest { piece.digests.append(contentsOf: digest.finalize()) }
  }
}

/// Writes the file: pieces come in user order.
private final class PackWriter {
  private let file: AppendedFile
  private let header: PackHeader
  private var digest = SHA256()
  private(set) var blocks: [PackBlock] = []
  private(set) var copiedBlocks = 0

  init(_ file: PendingFile, _ header: PackHeader) {
    self.file = AppendedFile(file)
    self.header = header
  }

  /// Bytes written so far.
  var size: Int { file.size }

  func begin() throws { try write(PackFile.start(header)) }

  func write(_ piece: PackPiece) throws {
    for part in piece.parts {
      for var block in part.blocks {
        block.offset += size
        blocks.append(block)
      }
      try write(part.bytes)
    }
    digest.update(data: piece.digests)
    copiedBlocks += piece.copied
  }

  /// Completes the summary, writes the end and gives the file its name.
  func finish(_ summary: inout PackSummary) throws {
    for block in blocks { summary.facts += block.facts }
    summary.eventsDigest = hex(digest.finalize())
    try write(PackFile.end(summary, blocks, at: size))
    try file.finish()
  }

  /// - Parameter bytes: kept alive until they are written.
  private func write(_ bytes: ByteArena) throws(SnapshotError) { try file.append(bytes.bytes) }
}
