import Comparing
import EventLog
import EventModel
import Explaining
import Folding
import Formatting
import JSONTape
import Rebuilding
import Running
import Synchronization

/// The events of a few users in a log, with every column, and the clock.
struct WitnessLog {
  /// By user, in history order. An event that is on several lines appears once.
  var events: [UserID: [WitnessEvent]] = [:]
  /// The newest created_at of the whole log.
  var newest: Instant?
  /// The number of malformed records that were left out.
  var leftOut = 0
}

/// Reads a log once, on all threads, and keeps the events of some users. Memory: half of the budget for these events, a
/// few bytes per event, and the buffers. Events that do not fit are spilled to files.
func readWitnessLog(
  _ plan: WitnessPlan, users: Set<UserID>, _ progress: ProgressMeter
) throws -> WitnessLog {
  let inputs = try LogInputs(plan.logs, for: .reducers(plan.catalogue.vocabulary))
  let reader = try ChunkReader(
    paths: inputs.files, table: .events, reading: plan.reading, blockSize: plan.resources.blockSize,
    temporaryDirectory: plan.resources.temporaryDirectory)
  progress.watch { reader.progress }
  let errors = FirstError()
  let workers = (0..<max(1, plan.resources.threads)).map { thread in
    RecordPicker(
      plan, users: users, number: Int32(thread), inputs)
  }
  onThreads(workers.count) { index in
    do { try workers[index].readAll(reader, errors) } catch {
      errors.note(error, rank: workers[index].rank)
    }
  }
  try errors.throwIfSet()
  let dropped = inputs.droppedUsers
  try visitPacked(inputs.packs, of: users.subtracting(dropped), threads: workers.count) { thread, pack, reader in
    try workers[thread].take(reader, pack: pack, of: inputs.packs.count)
  }
  var log = WitnessLog()
  for worker in workers {
    log.leftOut += worker.leftOut
  }
  let left = workers.reduce(into: inputs.deletedIDs.union(plan.ambiguousIDs)) { $0.formUnion($1.markedIDs) }
  log.newest = (workers.map(\.newest) + [try newestInstant(of: inputs, leavingOut: left)]).compactMap { $0 }.max()
  let counts = workers.reduce(into: ReadingCounts()) { $0.add($1.counts) }
  let texts = plan.reading.unwrapsData ? counts.textColumns : []
  let parts = try workers.map { try $0.found.finish() }
  for user in users where !dropped.contains(user) {
    let found = try FoundHistory(
      of: user, in: parts, without: left, directory: plan.resources.temporaryDirectory)
    if found.events.isEmpty, found.leftOut.isEmpty { continue }
    let history = WitnessHistory(found, workers.map(\.found.texts), parts)
    let events = try distinct(found.events.map { WitnessEvent(FoundEvent($0.base), in: history) })
    log.events[user] = texts.isEmpty ? events : try events.map { try $0.unwrapped(texts) }
  }
  return log
}

/// The events of a history in order, without duplicates.
private func distinct(_ events: [WitnessEvent]) throws -> [WitnessEvent] {
  var events = events
  let walk = events.lazy.compactMap(\.memory).first.map(SpilledWalk.init)
  var kept = 0
  for place in events.indices {
    let event = events[place]
    if let base = event.base { walk?.looked(at: base) }
    if kept > 0, events[kept - 1].id == event.id {
      if !events[kept - 1].isEqual(to: event) { throw WitnessError.conflictingEvents(event.id) }
      continue
    }
    if kept < place { events[kept] = event }
    kept += 1
  }
  events.removeSubrange(kept...)
  return events
}

/// One thread's share of the reading.
private final class RecordPicker: @unchecked Sendable {
  let found: FoundByThread
  private let number: Int32
  private(set) var newest: Instant?
  private(set) var leftOut = 0
  /// The position of the worker's chunk, which decides which of several errors comes first.
  private(set) var rank: UInt64 = .max
  private let users: Set<UserID>
  private let leavesOut: Bool
  private let decoder: EventDecoder
  private let read: ReadMembers
  private let packed: PackedFinder
  /// What packed logs leave out.
  private let droppedUsers: Set<UserID>
  /// Ids of records to leave out: those that packed logs say are deleted, and those that name more than one event.
  private let leftIDs: Set<EventID>
  private let chunk = RecordChunk()
  private let splitter = FieldSplitter()

  /// Ids of records that are marked as deleted. All records with such an id are left out.
  private(set) var markedIDs: Set<EventID> = []
  /// Statistics of the users' records.
  private(set) var counts = ReadingCounts()
  private let drops: Bool

  init(_ plan: WitnessPlan, users: Set<UserID>, number: Int32, _ inputs: LogInputs) {
    let vocabulary = plan.catalogue.vocabulary
    self.users = users
    self.number = number
    found = FoundByThread(budget: plan.resources.runBudget / 2, directory: plan.resources.temporaryDirectory)
    drops = plan.reading.deleted == .drop
    leavesOut = plan.leavesOutMalformed
    decoder = EventDecoder(vocabulary: vocabulary.tables, arena: found.arena)
    packed = PackedFinder(found, number: number, vocabulary)
    read = ReadMembers(vocabulary)
    droppedUsers = inputs.droppedUsers
    leftIDs = inputs.deletedIDs.union(plan.ambiguousIDs)
  }

  /// Keeps the events of a user in a block of a pack.
  ///
  /// - Parameter count: the number of packs.
  func take(_ reader: PackBlockReader, pack: Int, of count: Int) throws {
    try packed.take(reader, pack: pack, of: count, &counts) { event, type in
      let (data, metadata) = try packed.records.payloads(of: event, reader)
      return read.payloads(ofType: type, try JSONTree(parsing: data), try JSONTree(parsing: metadata)).bytes
    }
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
      let start = found.arena.count
      let position = LogPosition(file: chunk.file, line: lines.lineNumber, byteOffset: lines.byteOffset)
      do throws(RecordFault) { try decoder.decode(line: lines.line) } catch {
        if isMarked() { continue }
        try refuse(error.at(position))
        continue
      }
      guard isPicked(start) else { continue }
      let record = try JSONTree(parsing: Array(lines.line))
      try keep(
        start, position, type: record["event_type"]?.string ?? "", record["data"] ?? .null, record["metadata"] ?? .null)
    }
  }

  private func readFields() throws {
    splitter.begin(chunk)
    while true {
      do throws(MalformedInput) { guard try splitter.next() else { return } } catch {
        try refuse(error)
        continue
      }
      let start = found.arena.count
      do throws(RecordFault) { try decoder.decode(record: splitter) } catch {
        if isMarked() { continue }
        try refuse(error.at(splitter.position))
        continue
      }
      guard isPicked(start) else { continue }
      func json(_ column: EventColumn) throws -> JSONTree {
        let field = splitter[column.rawValue]
        return field.isNull ? .null : try JSONTree(parsing: Array(field.bytes))
      }
      try keep(
        start, splitter.position,
        type: String(decoding: splitter[EventColumn.eventType.rawValue].bytes, as: UTF8.self),
        try json(.data), try json(.metadata))
    }
  }

  /// Updates `newest`, and returns whether to keep the event decoded last, at `start`.
  private func isPicked(_ start: Int) -> Bool {
    if !isMarked(), !droppedUsers.contains(decoder.user) {
      let event = Event(found.arena.base + start)
      if !leftIDs.contains(event.id), newest == nil || newest! < event.createdAt { newest = event.createdAt }
      if users.contains(decoder.user) { return true }
    }
    found.arena.count = start
    return false
  }

  /// Whether the last record, decoded or not, is marked as deleted and left out.
  private func isMarked() -> Bool {
    guard drops, decoder.mark != nil, let id = decoder.markedID else { return false }
    markedIDs.insert(id)
    return true
  }

  private func keep(
    _ start: Int, _ position: LogPosition, type: String, _ data: JSONTree, _ metadata: JSONTree
  ) throws {
    counts.events += 1
    counts.note(decoder.traits)
    let place = FoundPlace(
      position, chunk: chunk.index, file: found.texts.number(ofFile: position.file.raw),
      text: found.texts.number(ofType: type), source: number)
    try found.add(place, eventAt: start, of: decoder.user, extra: read.payloads(ofType: type, data, metadata).bytes)
  }

  private func refuse(_ fault: MalformedInput) throws {
    guard leavesOut else { throw RefoldError.malformedRecord(fault) }
    leftOut += 1
  }
}
