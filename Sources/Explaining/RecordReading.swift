import Comparing
import EventLog
import EventModel
import Folding
import Formatting
import JSONTape
import Platform
import Rebuilding
import Reporting
import Running
import Synchronization

/// Where to search for a user's records.
package struct RecordSearch: Sendable {
  /// The names that the reducers read of the events.
  package let vocabulary: Vocabulary
  /// The shards of one log: files, directories or `-`.
  package var logs: [String] = []
  /// Users exports; may be empty.
  package var users: [String] = []
  /// How to read the files where their content does not determine it.
  package var reading = ReadingOptions()
  /// Whether to find the newest created_at of the whole log. Every record is then decoded, not only those of the users.
  package var findsNewest = false
  /// Ids that name more than one event. All records with such an id are malformed.
  package var ambiguousIDs: Set<EventID> = []
  package var resources = Resources()

  package init(_ vocabulary: Vocabulary) { self.vocabulary = vocabulary }
}

/// The result of a search.
package struct FoundRecords: Sendable {
  /// The records of each requested user, even if the log does not know the user.
  package var byUser: [UserID: UserRecords]
  /// The newest created_at (or timestamp) of all events that were decoded.
  package var newest: Instant?
  /// What ``newest`` is.
  package var asOfSource: AsOfSource
}

/// Reads the records of some users from a log, in one pass on all threads. Records of other users are skipped without
/// decoding where that is safe.
///
/// Memory, for a log of any length: half of the budget for the users' events, eight bytes per event, and a chunk per
/// thread. Events that do not fit go to files.
///
/// Whether columns are JSON texts, to be read as the documents in them, is judged by the users' own records. If columns
/// are texts in all of these records, the log is read again.
package func findRecords(
  of users: Set<UserID>, _ search: RecordSearch, progress: ProgressMeter
) throws -> FoundRecords {
  let copies = search.reading.unwrapsData ? InputCopies(directory: search.resources.temporaryDirectory) : nil
  let (found, counts) = try readRecords(of: users, search, unwrapping: [], copies, progress)
  let texts = counts.textColumns
  if !search.reading.unwrapsData || texts.isEmpty { return found }
  return try readRecords(of: users, search, unwrapping: texts, copies, progress).found
}

private func readRecords(
  of users: Set<UserID>, _ search: RecordSearch, unwrapping unwrapped: PayloadColumns, _ copies: InputCopies?,
  _ progress: ProgressMeter
) throws -> (found: FoundRecords, counts: ReadingCounts) {
  let dumpTables: Set<TableKind> = search.users.isEmpty ? [.events, .users] : [.events]
  let inputs = try LogInputs(search.logs, for: .reducers(search.vocabulary))
  let reader = try ChunkReader(
    paths: inputs.files, table: .events, dumpTables: dumpTables, reading: search.reading,
    blockSize: search.resources.blockSize, copies: copies, temporaryDirectory: search.resources.temporaryDirectory)
  progress.watch { reader.progress }
  let errors = FirstError()
  let workers = (0..<max(1, search.resources.threads)).map { thread in
    RecordFinder(users, search, inputs, number: Int32(thread), unwrapping: unwrapped)
  }
  onThreads(workers.count) { thread in
    do { try workers[thread].readAll(reader, errors, progress) } catch { errors.note(error) }
  }
  try errors.throwIfSet()

  let hasOwnExport = !search.users.isEmpty || reader.tablesSeen.contains(.users)
  try readPacked(users, search, inputs, workers, takesExported: !hasOwnExport, progress)
  var exported = workers.reduce(into: Set<UserID>()) { $0.formUnion($1.exported) }
  if !search.users.isEmpty { exported.formUnion(users.intersection(try readUsers(search.users, search.reading))) }
  let hasExport = hasOwnExport || inputs.packs.contains { $0.summary.hasUsersExport }
  let marked = workers.reduce(into: inputs.deletedIDs) { $0.formUnion($1.markedIDs) }
  let left = marked.union(search.ambiguousIDs)
  let parts = try workers.map { try $0.found.finish() }
  let texts = workers.map(\.found.texts)
  var byUser: [UserID: UserRecords] = [:]
  for user in users {
    let history = try FoundHistory(
      of: user, in: parts, without: left, directory: search.resources.temporaryDirectory)
    var malformed = workers.flatMap { $0.found.malformed[user] ?? [] }
    for (place, id) in history.leftOut {
      var place = place
      place.text = texts[Int(place.source)].number(of: marked.contains(id) ? .leftOut : .ambiguous)
      malformed.append(place)
    }
    byUser[user] = UserRecords(
      user: user, history: history, malformed: malformed, texts: texts,
      isExported: hasExport ? exported.contains(user) : nil, memory: history.memory == nil ? parts : [])
  }
  let counts = workers.reduce(into: ReadingCounts()) { $0.add($1.counts) }
  let inExports = workers.map { $0.newest(leavingOut: left) }
  let inPacks = search.findsNewest ? try newestInstant(of: inputs, leavingOut: left) : nil
  let newest = (inExports + [inPacks]).compactMap { $0 }.max()
  let hasCreatedAt = workers.contains(where: \.hasCreatedAt) || inputs.packs.contains(where: \.hasCreatedAt)
  let source: AsOfSource = hasCreatedAt ? .newestCreatedAt : .newestTimestamp
  return (FoundRecords(byUser: byUser, newest: newest, asOfSource: source), counts)
}

/// Finds the users' events in packed logs.
///
/// - Parameter takesExported: whether the packed users exports count.
private func readPacked(
  _ users: Set<UserID>, _ search: RecordSearch, _ inputs: LogInputs, _ workers: [RecordFinder], takesExported: Bool,
  _ progress: ProgressMeter
) throws {
  let users = users.subtracting(inputs.droppedUsers)
  if users.isEmpty { return }
  try visitPacked(inputs.packs, of: users, threads: workers.count, progress) { thread, pack, reader in
    try workers[thread].take(reader, pack: pack, of: inputs.packs.count, takesExported: takesExported)
  }
}

/// One thread's share of a search.
private final class RecordFinder: @unchecked Sendable {
  private(set) var exported: Set<UserID> = []
  /// The newest created_at that was decoded. If events may be left out, ``stored`` has the created_at of every event.
  private var newest: Instant?
  /// Whether some decoded event says when it was stored.
  private(set) var hasCreatedAt = false
  private var stored: [EventID: Instant] = [:]
  /// Ids of records that are marked as deleted. All records with these ids are left out.
  private(set) var markedIDs: Set<EventID> = []
  /// What the users' records together say about how they were exported.
  private(set) var counts = ReadingCounts()
  private let drops: Bool
  let found: FoundByThread
  private let number: Int32
  private let users: Set<UserID>
  private let names: [IDSearch]
  private let decodesAll: Bool
  /// Users whose events packed logs drop.
  private let droppedUsers: Set<UserID>
  /// Ids of records to leave out: those that packed logs say are deleted, and those that name more than one event.
  private let leftIDs: Set<EventID>
  private let packed: PackedFinder
  private let vocabulary: Vocabulary
  private let decoder: EventDecoder
  private let chunk = RecordChunk()
  private let splitter = FieldSplitter()

  init(
    _ users: Set<UserID>, _ search: RecordSearch, _ inputs: LogInputs, number: Int32,
    unwrapping unwrapped: PayloadColumns
  ) {
    self.users = users
    droppedUsers = inputs.droppedUsers
    leftIDs = inputs.deletedIDs.union(search.ambiguousIDs)
    self.number = number
    found = FoundByThread(
      budget: search.resources.runBudget / 2, directory: search.resources.temporaryDirectory)
    packed = PackedFinder(found, number: number, search.vocabulary)
    vocabulary = search.vocabulary
    names = users.sorted().map { IDSearch($0) }
    drops = search.reading.deleted == .drop
    // A record that is marked as deleted may hold nothing but its id.
    decodesAll = search.findsNewest || drops
    decoder = EventDecoder(
      vocabulary: search.vocabulary.tables,
      arena: found.arena, unwrapped: unwrapped)
  }

  func readAll(_ reader: ChunkReader, _ errors: FirstError, _ progress: ProgressMeter) throws {
    while !errors.isSet, try reader.next(chunk) {
      switch chunk.table {
      case .users: try readUsers()
      case .events: progress.add(events: chunk.form == .ndjson ? try readLines() : try readFields())
      case .projections, .backgroundJobs: preconditionFailure("a table that no log is read for")
      }
    }
  }

  private func readLines() throws -> Int {
    var lines = NDJSONLines(chunk)
    var count = 0
    while lines.next() {
      count += 1
      let line = lines.line
      // A backslash-u escape could spell an id's characters.
      guard decodesAll || mentions(line) || escapes(line, before: "u00") else { continue }
      let position = LogPosition(file: chunk.file, line: lines.lineNumber, byteOffset: lines.byteOffset)
      let start = found.arena.count
      do throws(RecordFault) {
        try decoder.decode(line: line)
        noteMark()
      } catch {
        noteMark()
        note(error.at(position), line)
        continue
      }
      try take(start, position) { (try? JSONTree(parsing: Array(line)))?["event_type"]?.string ?? "" }
    }
    return count
  }

  private func readFields() throws -> Int {
    splitter.begin(chunk)
    var count = 0
    while true {
      do throws(MalformedInput) { guard try splitter.next() else { return count } } catch {
        note(error, splitter.record)
        continue
      }
      count += 1
      // COPY text and SQL strings can spell any character as an escape.
      let mayEscape = chunk.form != .csv && escapes(splitter.record, before: "")
      guard decodesAll || mentions(splitter.record) || mayEscape else {
        continue
      }
      let start = found.arena.count
      do throws(RecordFault) {
        try decoder.decode(record: splitter)
        noteMark()
      } catch {
        noteMark()
        note(error.at(splitter.position), splitter.record)
        continue
      }
      try take(start, splitter.position) {
        String(decoding: splitter[EventColumn.eventType.rawValue].bytes, as: UTF8.self)
      }
    }
  }

  /// Keeps the event decoded at `start` if it is of a requested user.
  ///
  /// - Parameter type: returns the name of its type; called only if no reducer reads that type.
  private func take(_ start: Int, _ position: LogPosition, type: () -> String) throws {
    if !droppedUsers.isEmpty, droppedUsers.contains(decoder.user) {
      found.arena.count = start
      return
    }
    let event = Event(found.arena.base + start)
    if !decoder.traits.contains(.createdAtMissing) { hasCreatedAt = true }
    if leftIDs.isEmpty || !leftIDs.contains(event.id) {
      if drops { stored[event.id] = event.createdAt }
      if newest == nil || newest! < event.createdAt { newest = event.createdAt }
    }
    guard users.contains(decoder.user) else {
      found.arena.count = start
      return
    }
    counts.events += 1
    counts.note(decoder.traits)
    let file = found.texts.number(ofFile: position.file.raw)
    let type = vocabulary.eventType(Event(found.arena.base + start).type)?.name.description ?? type()
    let place = FoundPlace(
      position, chunk: chunk.index, file: file, text: found.texts.number(ofType: type), source: number)
    try found.add(place, eventAt: start, of: decoder.user)
  }

  /// Keeps the events of a user in a block of a pack.
  ///
  /// - Parameter count: the number of packs.
  func take(_ reader: PackBlockReader, pack: Int, of count: Int, takesExported: Bool) throws {
    if reader.isExported, takesExported { exported.insert(reader.user) }
    try packed.take(reader, pack: pack, of: count, &counts)
  }

  private func noteMark() {
    if drops, decoder.mark != nil, let id = decoder.markedID { markedIDs.insert(id) }
  }

  /// The newest created_at of the events that were decoded and are not left out.
  func newest(leavingOut marked: Set<EventID>) -> Instant? {
    marked.isEmpty || stored.isEmpty ? newest : stored.filter { !marked.contains($0.key) }.values.max()
  }

  /// Notes a malformed record for every user that it names.
  private func note(_ fault: MalformedInput, _ record: UnsafeRawBufferPointer) {
    for name in names where name.isIn(record) {
      let position = fault.position ?? LogPosition(file: chunk.file, line: 0, byteOffset: 0)
      let file = found.texts.number(ofFile: position.file.raw)
      let text = found.texts.number(of: FoundTexts.Fault(field: fault.field, reason: fault.reason))
      found.add(
        malformed: FoundPlace(position, chunk: chunk.index, file: file, text: text, source: number), of: name.id)
    }
  }

  private func mentions(_ record: UnsafeRawBufferPointer) -> Bool { names.contains { $0.isIn(record) } }

  /// Whether the record contains a backslash that is followed by `text`.
  private func escapes(_ record: UnsafeRawBufferPointer, before text: StaticString) -> Bool {
    var at = 0
    while let found = memchr(record.baseAddress! + at, 0x5C, record.count - at) {
      at = UnsafeRawPointer(found) - record.baseAddress! + 1
      let count = text.utf8CodeUnitCount
      if record.count - at >= count, areEqual(record.baseAddress! + at, text.utf8Start, count) { return true }
    }
    return false
  }

  private func readUsers() throws {
    let decoder = UserDecoder()
    if chunk.form == .ndjson {
      var lines = NDJSONLines(chunk)
      while lines.next() { if let user = try? decoder.decode(line: lines.line) { note(user) } }
    } else {
      splitter.begin(chunk)
      while try splitter.next() { if let user = try? decoder.decode(record: splitter) { note(user) } }
    }
  }

  private func note(_ user: UserID) { if users.contains(user) { exported.insert(user) } }
}
