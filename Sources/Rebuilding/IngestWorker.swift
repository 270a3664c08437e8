import EventLog
import EventModel
import Folding
import Running

/// What a reader reads. Errors in the users export come before errors in the log.
enum InputSource: UInt64 {
  case users, log

  func rank(ofChunk chunk: Int) -> UInt64 { rawValue << 63 | UInt64(truncatingIfNeeded: chunk) }
}

extension NDJSONLines {
  fileprivate func position(in chunk: RecordChunk) -> LogPosition {
    LogPosition(file: chunk.file, line: lineNumber, byteOffset: byteOffset)
  }
}

/// One thread's share of reading a log.
final class IngestWorker: @unchecked Sendable {
  /// Whether to keep the id, content hash and place of every line. Otherwise only fingerprints of the ids are kept.
  private let keepsLedger: Bool
  let ledger: EventLedger
  let fingerprints: IDFingerprints
  /// Events of types that some reducer reads, and of all other types. Counted only without a ledger.
  private(set) var folded = 0
  private(set) var unread = 0
  /// Ids whose records are examined; the worker then does nothing else. `nil` for the reading itself.
  let examined: RepeatedIDs?
  private let builder: RunBuilder
  private let decoder: EventDecoder
  private let chunk = RecordChunk()
  private let splitter = FieldSplitter()
  private let onlyUsers: Set<UserID>
  /// The partition whose users are folded, if the run folds one partition.
  let part: PartRecords?
  private(set) var sortedRuns: [SortedRun] = []
  private let ambiguous: Set<EventID>
  /// Ids of records that are marked as deleted. All records with these ids are left out. `nil` before the ids are
  /// known.
  private let dropped: Set<EventID>?
  private let deletion: DeletedRows?
  /// Ids of records found to be marked as deleted, if these are to be left out.
  private(set) var markedIDs: Set<EventID> = []
  /// Records left out because a record with their id is marked as deleted.
  private(set) var deleted = 0
  private let tables: EventVocabulary
  private let left: LeftOut
  private let leavesOut: Bool
  /// Records of dropped users, and records that others replace.
  private(set) var erased = 0
  private(set) var replaced = 0
  private var ownCounts = ReadingCounts()
  private(set) var markedUsers = MarkedRows()
  /// Receives malformed records; `nil`: a malformed record is an error.
  let spool: QuarantineSpool?
  private(set) var records = 0
  private(set) var malformed = 0
  private(set) var usersRecords = 0
  private(set) var malformedUsers = 0
  private(set) var newest: Instant?
  private(set) var days: DayCounts?
  /// The worker's place in the input, to tell which of several errors comes first.
  private(set) var rank: UInt64 = .max

  init(
    _ plan: IngestPlan, leavingOut ambiguous: Set<EventID>, dropping dropped: Set<EventID>?,
    _ left: LeftOut, unwrapping unwrapped: PayloadColumns, keepsLedger: Bool, examining examined: RepeatedIDs? = nil
  ) {
    self.left = left
    tables = plan.tables
    leavesOut = !(left.deletedInPacks.isEmpty && left.replaced.isEmpty && left.droppedUsers.isEmpty)
    self.examined = examined
    self.ambiguous = ambiguous
    self.dropped = dropped
    deletion = plan.reading.deleted
    spool = plan.setsMalformedAside ? QuarantineSpool(directory: plan.resources.temporaryDirectory) : nil
    let resources = plan.resources
    builder = RunBuilder(
      budget: resources.runBudget, wholeTypes: plan.tables.wholeTypes,
      directory: resources.temporaryDirectory)
    let (budget, directory) = (resources.ledgerBudget, resources.temporaryDirectory)
    self.keepsLedger = keepsLedger
    ledger = EventLedger(budget: budget, directory: directory)
    fingerprints = IDFingerprints(budget: budget, directory: directory)
    decoder = EventDecoder(
      vocabulary: plan.tables,
      arena: builder.arena, unwrapped: unwrapped,
      scope: keepsLedger || examined != nil || plan.packing != nil ? .readAndWhole : .read,
      keepsTails: plan.packing != nil)
    onlyUsers = plan.onlyUsers
    part = plan.part.map { PartRecords($0) }
    if plan.countsDays { days = DayCounts() }
  }

  /// What all records together say about the export; for a partition, only the records of its users.
  var counts: ReadingCounts {
    var counts = ownCounts
    if part == nil { counts.events = records - malformed - deleted - skippedMarked - erased - replaced }
    return counts
  }

  var repeatedHeaders: Int { splitter.repeatedHeaders }

  var userSample: UserSample { builder.userSample }
  var spilledBytes: Int { builder.spilledBytes + ledger.spilledBytes + fingerprints.spilledBytes }

  /// Call after the last record.
  func finish() throws(StorageFault) {
    try fingerprints.finish()
    sortedRuns = try builder.finish()
  }

  func readAll(
    _ reader: ChunkReader, _ source: InputSource, places: ChunkPlaces?, _ errors: FirstError?,
    _ progress: ProgressMeter
  ) throws {
    while errors?.isSet != true {
      // An error of a file itself ranks after the errors of all records; an error of the users export ranks first.
      rank = source == .users ? 0 : .max
      guard try reader.next(chunk) else { break }
      rank = source.rank(ofChunk: chunk.index)
      spool?.begin(rank)
      let before = records
      switch chunk.table {
      case .events:
        try places?.note(chunk)
        if chunk.form == .ndjson { try readLines() } else { try readFields() }
      case .users: if examined == nil { try readUsers() }
      case .projections, .backgroundJobs: preconditionFailure("a table that no log is read for")
      }
      progress.add(events: records - before)
    }
  }

  /// Whether a piece was read whose log has a users export.
  private(set) var pieceHasExport = false
  /// Bytes of the pieces read.
  private(set) var pieceBytes = 0

  /// Reads a piece of a split log. Its events are decoded once: they become part of this worker's runs.
  ///
  /// - Parameter chunk: the number that the ledger has for the piece, as for a chunk.
  func read(_ piece: PackedLog, place chunk: Int, _ progress: ProgressMeter) throws {
    rank = InputSource.log.rank(ofChunk: chunk)
    let reader = PackBlockReader(piece)
    let events = PackedEvents(
      piece.header, vocabulary: tables, arena: builder.arena, scope: .read, keepsTails: false)
    for block in piece.blocks.indices {
      try reader.load(block)
      let before = records
      while reader.next() {
        let user = reader.user
        guard part?.includes(user) == true else { throw reader.damage }
        if reader.isExported, !reader.continues { try take(user: user) }
        let isWanted = onlyUsers.isEmpty || onlyUsers.contains(user)
        while reader.eventsLeft > 0 {
          let event = reader.event()
          records += 1
          if newest == nil || newest! < event.createdAt { newest = event.createdAt }
          try ledger.add(
            id: event.id, content: event.content,
            bucket: isWanted ? (event.type == 0 ? .unread : .folded) : .notSelected,
            place: LedgerPlace(chunk: chunk, line: 0, byte: 0))
          if days != nil { days?.note(event.timestamp, Int(event.type)) }
          guard isWanted else { continue }
          try builder.makeRoom(forRecordOf: event.payloadSize)
          let start = builder.arena.count
          try events.append(event, of: reader)
          builder.add(from: start, of: user)
        }
      }
      progress.add(events: records - before)
    }
    guard let counts = ReadingCounts({ piece.summary.reading[$0] }) else {
      throw StorageFault(path: piece.path, reason: "a piece that does not say how many records were read; split again")
    }
    ownCounts.add(counts)
    if piece.summary.hasUsersExport { pieceHasExport = true }
    pieceBytes += piece.size
  }

  private func readLines() throws {
    var lines = NDJSONLines(chunk)
    decoder.begin(lines: chunk.bytes)
    while lines.next() {
      if let examined, !decoder.mayHaveID(lines.line, of: examined) { continue }
      try builder.makeRoom(forRecordOf: lines.line.count)
      let start = builder.arena.count
      do throws(RecordFault) {
        try decoder.decode(line: lines.line)
        if decoder.mark != nil, try takeMarked(start) { continue }
        try checkAmbiguous(start)
        try part?.check(decoder.user)
      } catch {
        if try take(part?.record(line: lines.line)) || takeMarked(afterFault: error) { continue }
        try refuse(error.at(lines.position(in: chunk)), lines.line)
        continue
      }
      try take(start, line: lines.lineNumber - chunk.firstLine, byte: lines.byteOffset - chunk.byteOffset)
    }
  }

  private func readFields() throws {
    splitter.begin(chunk)
    while true {
      do throws(MalformedInput) { guard try splitter.next() else { return } } catch {
        try refuse(error, splitter.record)
        continue
      }
      try builder.makeRoom(forRecordOf: splitter.record.count)
      let start = builder.arena.count
      do throws(RecordFault) {
        try decoder.decode(record: splitter)
        if decoder.mark != nil, try takeMarked(start) { continue }
        try checkAmbiguous(start)
        try part?.check(decoder.user)
      } catch {
        if try take(part?.record(fields: splitter)) || takeMarked(afterFault: error) { continue }
        try refuse(error.at(splitter.position), splitter.record)
        continue
      }
      try take(
        start, line: splitter.lineNumber - chunk.firstLine, byte: splitter.byteOffset - chunk.byteOffset)
    }
  }

  /// Handles a record that is marked as deleted. Returns `false` if such records are read like all others.
  private func takeMarked(_ start: Int) throws(RecordFault) -> Bool {
    guard let column = decoder.mark else { return false }
    let isOwn = part.map { $0.includes(decoder.user) } ?? true
    if isOwn { ownCounts.marked.counts[column] += 1 }
    if !skipsMarked { return false }
    let id = Event(builder.arena.base + start).id
    builder.arena.count = start
    records += 1
    leaveOut(id)
    return true
  }

  /// The same for a record that is not a valid event: of a deleted row, only the id has to be readable.
  private func takeMarked(afterFault fault: RecordFault) -> Bool {
    // In a sealed partition, which another program made, events with that id may be in another partition.
    guard skipsMarked, !fault.stopsRun, part?.isSealed != true, let column = decoder.mark, let id = decoder.markedID
    else { return false }
    ownCounts.marked.counts[column] += 1
    records += 1
    leaveOut(id)
    return true
  }

  /// Whether marked records are left out. A partition without the option reads them: that is for the merge to judge.
  private var skipsMarked: Bool { deletion == .drop || (deletion == nil && part == nil) }

  private func leaveOut(_ id: EventID) {
    if dropped != nil {
      deleted += 1
    } else {
      skippedMarked += 1
      if deletion == .drop { markedIDs.insert(id) }
    }
  }

  /// Marked records left out before all such ids were known, in a pass that is not the last.
  private var skippedMarked = 0

  /// Discards the event decoded at `start`, and throws, if its id names other events too.
  @inline(__always)
  private func checkAmbiguous(_ start: Int) throws(RecordFault) {
    if ambiguous.isEmpty || !ambiguous.contains(Event(builder.arena.base + start).id) { return }
    builder.arena.count = start
    throw RecordFault(field: "id", reason: "the id of several records with differing content, all left out")
  }

  /// Sets a malformed record aside, or throws.
  private func refuse(_ fault: MalformedInput, _ record: UnsafeRawBufferPointer) throws {
    if fault.stopsRun || (chunk.isOneDocument && fault.leavesDocumentOpen) { throw fault }
    guard let spool else { throw RefoldError.malformedRecord(fault) }
    try spool.add(fault, record)
    if chunk.table == .users {
      malformedUsers += 1
      usersRecords += 1
    } else {
      malformed += 1
      records += 1
    }
  }

  /// Counts the event decoded at `start` and adds it to the run.
  @inline(__always)
  private func take(_ start: Int, line: Int, byte: Int) throws(StorageFault) {
    records += 1
    let event = Event(builder.arena.base + start)
    let (type, createdAt) = (event.type, event.createdAt)
    if let dropped, !dropped.isEmpty, dropped.contains(event.id) {
      builder.arena.count = start
      deleted += 1
      return
    }
    if leavesOut, isLeftOut(event) {
      builder.arena.count = start
      return
    }
    if examined != nil { return examine(event, start) }
    if part.map({ $0.includes(decoder.user) }) ?? true {
      if part != nil { ownCounts.events += 1 }
      if !decoder.traits.isEmpty { ownCounts.note(decoder.traits) }
    }
    if days != nil { days?.note(event.timestamp, Int(type)) }
    if newest == nil || newest! < createdAt { newest = createdAt }
    if !keepsLedger {
      if type == 0 { unread += 1 } else { folded += 1 }
      try fingerprints.add(event.id)
      return builder.add(from: start, of: decoder.user)
    }
    var bucket = type == 0 ? LineBucket.unread : .folded
    if !onlyUsers.isEmpty, !onlyUsers.contains(decoder.user) { bucket = .notSelected }
    if let part, !part.includes(decoder.user) { bucket = .notSelected }
    try ledger.add(
      id: event.id, content: decoder.wholeContent, bucket: bucket,
      place: LedgerPlace(chunk: chunk.index, line: line, byte: byte))
    if bucket == .notSelected { builder.arena.count = start } else { builder.add(from: start, of: decoder.user) }
  }

  /// Whether the event decoded last is left out by what is known of other files, and counts it.
  private func isLeftOut(_ event: Event) -> Bool {
    if left.droppedUsers.contains(decoder.user) {
      erased += 1
    } else if left.deletedInPacks.contains(event.id) {
      deleted += 1
    } else if left.replaced.contains(event.id) {
      replaced += 1
    } else {
      return false
    }
    return true
  }

  /// Takes the event decoded at `start` if its id is examined, and discards it.
  private func examine(_ event: Event, _ start: Int) {
    if let examined, examined.contains(event.id) {
      examined.add(event.id, content: decoder.wholeContent, bucket: event.type == 0 ? .unread : .folded)
    }
    builder.arena.count = start
  }

  private func take(user: UserID) throws(StorageFault) {
    usersRecords += 1
    if let part, !part.includes(user) { return }
    if leavesOut, left.droppedUsers.contains(user) { return }
    if onlyUsers.isEmpty || onlyUsers.contains(user) { try builder.add(seed: user) }
  }

  /// Handles a partition's record that is not an event. Returns `false` if there is none, or if its user is refused.
  private func take(_ record: PartRecord?) throws -> Bool {
    switch record {
    case .user(let user):
      do throws(RecordFault) { try part?.check(user) } catch { return false }
      try take(user: user)
      part?.users += 1
    case .end(let count): part?.ends.append(count)
    case nil: return false
    }
    return true
  }

  private func readUsers() throws {
    let decoder = UserDecoder()
    if chunk.form == .ndjson {
      var lines = NDJSONLines(chunk)
      while lines.next() {
        let id: UserID
        do throws(RecordFault) {
          id = try decoder.decode(line: lines.line)
          if let column = decoder.mark { markedUsers.counts[column] += 1 }
        } catch {
          try refuse(error.at(lines.position(in: chunk)), lines.line)
          continue
        }
        try take(user: id)
      }
    } else {
      splitter.begin(chunk)
      while true {
        do throws(MalformedInput) { guard try splitter.next() else { return } } catch {
          try refuse(error, splitter.record)
          continue
        }
        let id: UserID
        if let column = splitter.countedMark { markedUsers.counts[column] += 1 }
        do throws(RecordFault) { id = try decoder.decode(record: splitter) } catch {
          try refuse(error.at(splitter.position), splitter.record)
          continue
        }
        try take(user: id)
      }
    }
  }
}

extension RecordFault {
  package func at(_ position: LogPosition) -> MalformedInput {
    MalformedInput(at: position, field: field, reason: reason, stopsRun: stopsRun)
  }
}

extension MalformedInput {
  /// Whether the record is not valid JSON. In a JSON array, it is then unclear where the next record begins.
  var leavesDocumentOpen: Bool {
    field == nil
      && (reason.hasPrefix("not JSON") || reason.hasPrefix("the JSON value") || reason.hasPrefix("text after"))
  }
}
