import EventLog
import EventModel
import Folding
import Platform
import Reporting
import Running
import SnapshotStore

/// The options of `refold pack --split`. The number of partitions is in ``IngestPlan/part`` of the input.
package struct SplitPlan: Sendable {
  package let catalogue: Catalogue
  package var input: IngestPlan
  package var part = PartInput()
  /// The folder of the pieces, which must be new or empty.
  package var output = ""
  package var mode: mode_t?

  package init(_ catalogue: Catalogue) {
    self.catalogue = catalogue
    input = IngestPlan(catalogue.vocabulary)
  }
}

/// Splits a log, or a part of a log, among the partitions of a run: reads it once, and writes a piece for each partition,
/// a packed log of its users. `refold fold` reads the pieces of all parts of the log together.
///
/// bytes → records → events → sorted runs → histories → the block of the user's partition → file → pieces. The last piece
/// is written before any has its name.
///
/// A piece depends only on the set of the events and users of its partition. The exception is the piece of partition 0:
/// it has the counts of all records read, with repeats, from which ``PartManifest/judge(_:)`` tells how the log was
/// exported. Only their sum over all parts means anything.
package func split(_ plan: SplitPlan, progress: ProgressMeter) throws -> PackReport {
  let watch = Stopwatch()
  guard let count = plan.part.split else { preconditionFailure("a number of partitions") }
  let folder = try SplitFolder(plan.output, mode: plan.mode)
  var input = plan.input
  input.packing = .read
  input.part = plan.part
  var log: Ingested
  do { log = try ingest(input, progress) } catch RefoldError.malformedRecord(let fault) {
    throw RefoldError.part("\(fault); correct the record: a log is split whole or not at all")
  }
  guard log.accounting.addsUp else { throw RefoldError.accountingDoesNotAddUp(log.accounting) }
  if let pack = log.packs.packs.first {
    throw RefoldError.usage("\(pack.path) is a packed log: refold fold --partition reads it as it is")
  }
  let reading = watch.lap()

  progress.enter(.writing)
  let header = PackHeader(.read, plan.catalogue.vocabulary)
  let resources = plan.input.resources
  let pieces = try SplitPieces(header, input.tables, count, resources)
  let merger = try UserMerger(
    log.runs, slice: UserSlice(lower: nil, upper: nil), bufferSize: resources.readBufferSize(runs: log.runs.count))
  while try merger.next() {
    try pieces.add(merger.history)
    progress.add(users: 1)
  }
  var report = PackReport(output: Foreign(plan.output))
  let facts = try pieces.finish(in: folder, hasUsersExport: log.hasUsersExport, log.counts)
  report.records = [
    ("total", "records", log.accounting.records), ("events", "events", log.accounting.folded + log.accounting.unread),
    ("duplicates", "duplicates", log.accounting.duplicates),
  ]
  report.pieces = count
  report.events = facts.events
  report.users = facts.users
  report.exportedUsers = log.hasUsersExport ? facts.exportedUsers : nil
  report.newest = facts.newest
  report.size = pieces.size
  report.blocks = pieces.blockCount
  report.bytesRead = log.bytesRead
  report.threads = resources.threads
  log.runs = []
  try folder.publish()
  report.phases = [("read", reading), ("write", watch.lap())]
  return report
}

/// The new folder of the pieces.
private final class SplitFolder {
  private let folder: PendingFolder

  init(_ path: String, mode: mode_t?) throws {
    var status = stat()
    if stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR, try !PendingFolder.entries(of: path).isEmpty {
      throw RefoldError.usage("\(path): the folder is not empty; pieces are written to a new one")
    }
    folder = try PendingFolder(target: path, replacing: false, mayHold: [], mode: mode)
  }

  func write(
    _ piece: Int, _ body: ((UnsafeRawBufferPointer) throws(SnapshotError) -> Void) throws -> Void
  ) throws {
    try folder.write(to: "part-\(piece).refold", body)
  }

  func publish() throws { try folder.publish() }
}

/// Packs users into the pieces of their partitions. Blocks that are finished wait in a temporary file.
private final class SplitPieces {
  private let header: PackHeader
  private let tables: EventVocabulary
  private let compressor = PackCompressor()
  /// By partition; `nil` before its first user.
  private var writers: [PackBlockWriter?]
  private var blocks: [[PackBlock]]
  private let file: SpillFile
  private let blockSize: Int
  /// Bytes of all pieces.
  private(set) var size = 0
  var blockCount: Int { blocks.reduce(0) { $0 + $1.count } }

  /// Smaller blocks would hardly be compressed.
  private static let leastBlock = 1 << 14

  init(_ header: PackHeader, _ tables: EventVocabulary, _ count: Int, _ resources: Resources) throws {
    self.header = header
    self.tables = tables
    writers = Array(repeating: nil, count: count)
    blocks = Array(repeating: [], count: count)
    file = try SpillFile(directory: resources.temporaryDirectory)
    blockSize = min(PackBlockWriter.ordinaryBytes, max(SplitPieces.leastBlock, resources.memory / 4 / count))
  }

  func add(_ history: UserHistory) throws {
    let partition = UserPartition.index(of: history.user, among: writers.count)
    let writer = writers[partition] ?? make(partition)
    writer.add(history.user, isExported: history.isExported, history.events)
    blocks[partition] += try writer.drain(to: file)
  }

  private func make(_ partition: Int) -> PackBlockWriter {
    let writer = PackBlockWriter(header, vocabulary: tables, compressor: compressor, mostBytes: blockSize)
    writers[partition] = writer
    return writer
  }

  /// Writes all pieces. Returns the figures of all of them.
  func finish(in folder: SplitFolder, hasUsersExport: Bool, _ counts: ReadingCounts) throws -> PackFacts {
    var total = PackFacts()
    let buffer = ByteArena(capacity: PackBlockWriter.ordinaryBytes)
    for partition in writers.indices {
      if let writer = writers[partition] {
        writer.endGroup()
        blocks[partition] += try writer.drain(to: file)
        writers[partition] = nil
      }
      var summary = PackSummary()
      for block in blocks[partition] { summary.facts += block.facts }
      total += summary.facts
      summary.hasUsersExport = hasUsersExport
      for line in (partition == 0 ? counts : ReadingCounts()).lines { summary.reading[line.key] = line.value }
      try folder.write(partition) { write in
        let start = PackFile.start(header.piece("\(partition)/\(writers.count)"))
        try write(start.bytes)
        var offset = start.count
        var placed = blocks[partition]
        for index in placed.indices {
          buffer.count = 0
          buffer.reserve(placed[index].length)
          let room = UnsafeMutableRawBufferPointer(start: buffer.base, count: placed[index].length)
          guard try file.read(room, at: placed[index].offset) == room.count else {
            throw StorageFault(path: "temporary file", reason: "shorter than what was written")
          }
          try write(UnsafeRawBufferPointer(room))
          placed[index].offset = offset
          offset += placed[index].length
        }
        let end = PackFile.end(summary, placed, at: offset)
        try write(end.bytes)
        size += offset + end.count
      }
    }
    return total
  }
}
