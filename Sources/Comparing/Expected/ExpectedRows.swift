import EventLog
import EventModel
import Folding
import JSONTape
import Platform
import Rebuilding
import Running
import SnapshotStore
import Synchronization

/// Rows that something else than refold computed, in place of a snapshot: what `--expected` names.
package struct ExpectedPlan: Sendable {
  /// What the rows may be of, and the reducers with which causes are looked for.
  package var catalogue: Catalogue
  /// Exports of the rows, in any form in which live rows can be.
  package var paths: [String] = []
  package var reading = ReadingOptions()
  /// The instant as of which the rows were computed.
  package var asOf: Instant
  package var profile: any DomainProfile
  package var resources = Resources()

  package init(_ catalogue: Catalogue, paths: [String], asOf: Instant) {
    self.catalogue = catalogue
    self.paths = paths
    self.asOf = asOf
    profile = catalogue.profile
  }
}

/// Writes the rows to a snapshot that exists as long as the returned value. It knows nothing of the log.
///
/// Throws if a row is of a projection that no reducer writes, or if there are two rows of one key.
package func importExpected(_ plan: ExpectedPlan, _ progress: ProgressMeter) throws -> TemporarySnapshot {
  var reading = DiffPlan(plan.catalogue)
  reading.live = plan.paths
  reading.liveReading = plan.reading
  reading.resources = plan.resources
  let name = plan.paths.joined(separator: ", ")
  let side = try readLiveSide(reading, progress)
  guard case .export(let export) = side else {
    throw RefoldError.usage("\(name) is a snapshot: name it in place of --expected")
  }
  if let other = export.otherTypes.named.first {
    throw RefoldError.usage(
      """
      \(name): rows of \(Foreign(other.type)), which no reducer here writes (there are \
      \(plan.catalogue.schemas.map(\.type).joined(separator: ", "))); name the file of its reducers with --reducers
      """)
  }
  if export.rows == 0 { throw RefoldError.usage("\(name) holds no rows") }
  let file = try TemporarySnapshot(directory: plan.resources.temporaryDirectory)
  let writer = try SnapshotWriter(
    replacing: file.path, force: true, asOf: plan.asOf, backfills: plan.catalogue.backfillViews)
  let written = try write(side, export, plan, name, to: writer)
  var lines: [(key: String, value: String)] = [
    ("refold.version", refoldVersion), ("as_of", plan.asOf.description), ("as_of.source", "given"),
    ("rows.source", "expected"), ("profile.name", plan.profile.name), ("profile.digest", plan.profile.digest),
    ("users", String(written.users)), ("selection.users", "all"),
    ("selection.projections", written.isWhole ? "all" : written.types.sorted().joined(separator: " ")),
  ]
  lines += plan.catalogue.reducerLines
  _ = try writer.finish(manifest: lines)
  return file
}

private func write(
  _ side: LiveSide, _ export: LiveExport, _ plan: ExpectedPlan, _ name: String, to writer: SnapshotWriter
) throws -> (users: Int, types: Set<String>, isWhole: Bool) {
  let names = plan.catalogue.names
  let rows = try LiveRows(
    plan.catalogue, side, slice: UserSlice(lower: nil, upper: nil),
    bufferSize: plan.resources.readBufferSize(runs: export.runs.count))
  let arena = ByteArena(capacity: 1 << 14)
  var (users, types) = (0, Set<String>())
  while let user = rows.nextUser {
    try rows.next()
    users += 1
    try writer.insertUser(user, source: .events)
    for row in rows.rows {
      let key = row.name(plan.catalogue)
      guard let number = row.number, let data = row.packed else {
        throw RefoldError.usage("\(name): a row of \(Foreign(key.description)), a key that no reducer here writes")
      }
      if row.copies > 1 { throw RefoldError.usage("\(name): user \(user) has \(row.copies) rows of \(names[number])") }
      arena.count = 0
      var json = CanonicalWriter(output: arena)
      json.value(data)
      types.insert(names[number].type)
      try writer.insertProjection(
        user: user, name: names[number], data: arena.bytes, lastEvent: row.bookkeeping.lastEvent ?? nil)
    }
  }
  return (users, types, types.count == plan.catalogue.schemas.count)
}

/// Answers with the rows of a snapshot that ``importExpected(_:_:)`` made, so that a rebuild of the log writes these
/// rows beside the log's users and events.
private final class ExpectedRows: OutsideReducers {
  let name = "expected"
  let version = "given"
  let digest = ""
  let projections: [OutsideProjection]
  private let path: String
  private let catalogue: Catalogue
  private let idle = Mutex<[Reader]>([])
  private let count = Atomic(0)

  /// A reader for one thread at a time.
  private final class Reader: @unchecked Sendable {
    let snapshot: SnapshotReader
    let packer: DocumentPacker
    let arena = ByteArena(capacity: 1 << 14)

    init(_ path: String) throws(SnapshotError) {
      snapshot = try SnapshotReader(path)
      packer = DocumentPacker(arena: arena)
    }
  }

  init(_ path: String, _ catalogue: Catalogue) {
    self.path = path
    self.catalogue = catalogue
    projections = catalogue.schemas.map { schema in
      OutsideProjection(
        type: schema.type, keys: schema.keys.map(\.description), triggers: [], sources: [],
        clock: schema.clock?.description, stamp: schema.stamp?.description, requires: nil)
    }
  }

  /// The number of rows that were handed out.
  var rowCount: Int { count.load(ordering: .relaxed) }

  func ask(_ question: OutsideQuestion, into answer: OutsideAnswer) throws(OutsideFault) {
    do {
      let reader = try idle.withLock { $0.popLast() } ?? Reader(path)
      let slice = UserSlice(lower: question.user.id, upper: question.user.id.next)
      let side = try SnapshotSide(catalogue, reader.snapshot, slice: slice)
      if side.nextUser == question.user.id {
        try side.next()
        for row in side.rows {
          guard let text = row.text else { preconditionFailure("a snapshot's row is text") }
          reader.arena.count = 0
          let place = try reader.packer.pack(text)
          let packed = JSONValue(reader.arena.base + place)
          let offset = answer.arena.count
          answer.arena.append(packed.packed)
          answer.rows.append(
            OutsideAnswer.Row(
              name: row.name(catalogue), data: offset, lastEvent: row.bookkeeping.lastEvent ?? nil))
        }
        count.wrappingAdd(side.rows.count, ordering: .relaxed)
      }
      idle.withLock { $0.append(reader) }
    } catch {
      throw OutsideFault("cannot read the expected rows: \(error)")
    }
  }
}

extension RebuildPlan {
  /// Makes the rebuild write expected rows in place of those that the reducers compute. Users, signals and digests of
  /// events are the log's.
  ///
  /// - Returns: a check for after the rebuild: throws if a user of an expected row is neither in the log nor in the
  ///   users export.
  package mutating func write(expected: TemporarySnapshot) throws -> () throws -> Void {
    let reader = try SnapshotReader(expected.path)
    let rows = ExpectedRows(expected.path, catalogue)
    writes = try catalogue.own.replacing([rows]).knowing(catalogue)
    if let types = reader.manifestValue("selection.projections"), types != "all" {
      filter.wanted = types.split(separator: " ").map { (String($0), nil) }
    }
    let all = try reader.rowCount()
    return {
      let missing = all - rows.rowCount
      if missing > 0 {
        throw RefoldError.usage(
          """
          \(missing) of \(all) expected rows are of users who are neither in the log nor in a users export; name the \
          whole log, or the export with --users
          """)
      }
    }
  }
}

extension UserID {
  /// The next id; `nil` after the last.
  package var next: UserID? {
    if low < .max { return UserID(high: high, low: low + 1) }
    return high < .max ? UserID(high: high + 1, low: 0) : nil
  }
}

/// The users of expected rows as a users export, for as long as the value exists.
package final class UsersFile {
  package let path: String
  private let entry: TemporaryFiles.Entry

  package init(of rows: TemporarySnapshot, directory: String) throws {
    path = rows.path + ".users.ndjson"
    entry = try TemporaryFiles.create(path)
    let cursor = try SnapshotReader(rows.path).users()
    var block: [UInt8] = []
    while let user = try cursor.next() {
      block += "{\"id\":\"\(user.id)\"}\n".utf8
      if block.count > 1 << 16 { try flush(&block) }
    }
    try flush(&block)
  }

  deinit {
    TemporaryFiles.remove(entry)
    close(entry.descriptor)
  }

  private func flush(_ block: inout [UInt8]) throws {
    var done = 0
    while done < block.count {
      let written = block.withUnsafeBytes { Platform.write(entry.descriptor, $0.baseAddress! + done, $0.count - done) }
      if written < 0, errno == EINTR { continue }
      if written < 0 {
        throw RefoldError.usage("\(path): cannot write it: \(String(cString: strerror(errno)).lowercased())")
      }
      done += written
    }
    block.removeAll(keepingCapacity: true)
  }
}
