import EventLog
import EventModel
import JSONTape
import Projections
import Synchronization

/// What a log says of a few users, every column kept, and of the clock.
struct WitnessLog {
  /// By user, in history order; an event on several lines is one.
  var events: [UserID: [WitnessEvent]] = [:]
  /// The newest created_at of the whole log.
  var newest: Instant?
  /// Malformed records that were left out.
  var leftOut = 0
}

/// Reads a log once, on all threads, and keeps the events of some users. Memory: those events, and the buffers.
func readWitnessLog(
  _ plan: WitnessPlan, users: Set<UserID>, _ progress: ProgressMeter
) throws -> WitnessLog {
  let reader = try ChunkReader(
    paths: try expandLogPaths(plan.logs), table: .events, reading: plan.reading, blockSize: plan.resources.blockSize,
    temporaryDirectory: plan.resources.temporaryDirectory)
  progress.watch { reader.progress }
  let errors = FirstError()
  let workers = (0..<max(1, plan.resources.threads)).map { _ in
    RecordPicker(users: users, leavesOut: plan.leavesOutMalformed, drops: plan.reading.deleted == .drop)
  }
  onThreads(workers.count) { index in
    do { try workers[index].readAll(reader, errors) } catch {
      errors.note(error, rank: workers[index].rank)
    }
  }
  try errors.throwIfSet()
  var log = WitnessLog()
  for worker in workers {
    log.events.merge(worker.events, uniquingKeysWith: +)
    log.newest = [log.newest, worker.newest].compactMap { $0 }.max()
    log.leftOut += worker.leftOut
  }
  let marked = workers.reduce(into: Set<EventID>()) { $0.formUnion($1.markedIDs) }
  let counts = workers.reduce(into: ReadingCounts()) { $0.add($1.counts) }
  let texts = plan.reading.unwrapsData ? counts.textColumns : []
  for (user, all) in log.events {
    let events = try all.filter { !marked.contains($0.content.id) }.map { try $0.unwrapped(texts) }
    let sorted = events.sorted(by: WitnessEvent.precedes)
    var distinct: [WitnessEvent] = []
    for event in sorted {
      guard let last = distinct.last, last.id == event.id else {
        distinct.append(event)
        continue
      }
      if last.content != event.content { throw WitnessError.conflictingEvents(event.id) }
    }
    log.events[user] = distinct
  }
  return log
}

/// One thread's share of reading.
private final class RecordPicker: @unchecked Sendable {
  private(set) var events: [UserID: [WitnessEvent]] = [:]
  /// Contents of the events that are kept.
  private var contents: [EventID: UInt64] = [:]
  private let texts = PackedTexts()
  /// Each type once, however many events have it.
  private var types: Set<String> = []
  private(set) var newest: Instant?
  private(set) var leftOut = 0
  /// Where the worker is, to tell which of several errors comes first.
  private(set) var rank: UInt64 = .max
  private let users: Set<UserID>
  private let leavesOut: Bool
  private let arena = ByteArena(capacity: 1 << 16)
  private let decoder: EventDecoder
  private let chunk = RecordChunk()
  private let splitter = FieldSplitter()

  /// Ids of records that are marked as deleted and left out with all others that have them.
  private(set) var markedIDs: Set<EventID> = []
  /// What the users' records say together.
  private(set) var counts = ReadingCounts()
  private let drops: Bool

  init(users: Set<UserID>, leavesOut: Bool, drops: Bool) {
    self.users = users
    self.drops = drops
    self.leavesOut = leavesOut
    decoder = EventDecoder(
      vocabulary: EventVocabulary(
        types: EventType.table, dataFields: Field.dataTable, metadataFields: Field.metadataTable), arena: arena)
  }

  func readAll(_ reader: ChunkReader, _ errors: FirstError) throws {
    while !errors.isSet {
      rank = .max
      guard try reader.next(chunk) else { break }
      rank = UInt64(chunk.index)
      if chunk.form == .ndjson { try readLines() } else { try readFields() }
    }
  }

  private func readLines() throws {
    var lines = NDJSONLines(chunk)
    while lines.next() {
      arena.count = 0
      do throws(RecordFault) { try decoder.decode(line: lines.line) } catch {
        if isMarked() { continue }
        try refuse(
          error.at(LogPosition(file: chunk.file, line: lines.lineNumber, byteOffset: lines.byteOffset)))
        continue
      }
      guard isPicked() else { continue }
      let record = try JSONTree(parsing: Array(lines.line))
      keep(
        type: record["event_type"]?.string ?? "", data: record["data"] ?? .null, metadata: record["metadata"] ?? .null)
    }
  }

  private func readFields() throws {
    splitter.begin(chunk)
    while true {
      do throws(MalformedInput) { guard try splitter.next() else { return } } catch {
        try refuse(error)
        continue
      }
      arena.count = 0
      do throws(RecordFault) { try decoder.decode(record: splitter) } catch {
        if isMarked() { continue }
        try refuse(error.at(splitter.position))
        continue
      }
      guard isPicked() else { continue }
      func json(_ column: EventColumn) throws -> JSONTree {
        let field = splitter[column.rawValue]
        return field.isNull ? .null : try JSONTree(parsing: Array(field.bytes))
      }
      keep(
        type: String(decoding: splitter[EventColumn.eventType.rawValue].bytes, as: UTF8.self),
        data: try json(.data), metadata: try json(.metadata))
    }
  }

  /// Notes the clock, and says whether the event decoded last is one to keep: repeats are not.
  private func isPicked() -> Bool {
    if isMarked() { return false }
    let createdAt = Event(arena.base).createdAt
    if newest == nil || newest! < createdAt { newest = createdAt }
    guard users.contains(decoder.user) else { return false }
    let event = Event(arena.base)
    return contents.updateValue(event.content, forKey: event.id) != event.content
  }

  /// Whether the record decoded last, or the one that could not be, is marked as deleted and left out.
  private func isMarked() -> Bool {
    guard drops, decoder.mark != nil, let id = decoder.markedID else { return false }
    markedIDs.insert(id)
    return true
  }

  private func keep(type: String, data: JSONTree, metadata: JSONTree) {
    counts.events += 1
    counts.note(decoder.traits)
    let event = Event(arena.base)
    let type = types.insert(type).memberAfterInsert
    events[decoder.user, default: []].append(
      WitnessEvent(
        WitnessEvent.Content(
          id: event.id, timestamp: event.timestamp, createdAt: event.createdAt, type: type, data: data,
          metadata: metadata), in: texts))
  }

  private func refuse(_ fault: MalformedInput) throws {
    guard leavesOut else { throw RefoldError.malformedRecord(fault) }
    leftOut += 1
  }
}
