import EventLog
import EventModel
import Platform
import Running
import SnapshotStore

/// An open part, or an open temporary part that several parts were joined into.
struct JoinedSource {
  /// For the rows.
  let reader: SnapshotReader
  /// For the event ids, which another thread may read at the same time.
  let ids: SnapshotReader
  /// `nil` for a temporary part.
  let partition: UserPartition?
  /// Keeps the temporary part from being removed.
  let file: TemporarySnapshot?
}

/// Joins groups of parts into temporary parts until all that remain can be open at once.
struct PartJoining {
  private let plan: MergePlan
  private let asOf: Instant
  private let parts: [MergedPart]

  init(_ plan: MergePlan, asOf: Instant, parts: [MergedPart]) {
    self.plan = plan
    self.asOf = asOf
    self.parts = parts
  }

  /// Bytes of memory per open part: SQLite's pages and statements, and the part's next rows.
  private static let bytesPerPart = 320 << 10
  /// Other open files: standard files, temporary files, the snapshot.
  private static let otherFiles = 32

  /// The number of parts that can be open at once, at least 2.
  private var most: Int {
    let files = openFiles(atLeast: parts.count + PartJoining.otherFiles) - PartJoining.otherFiles
    // Each is opened twice.
    return max(2, min(files, plan.memory / PartJoining.bytesPerPart) / 2)
  }

  /// A part or a temporary part that is not open yet.
  private enum Closed {
    case part(MergedPart)
    case joined(TemporarySnapshot)

    func open() throws -> JoinedSource {
      let source: JoinedSource =
        switch self {
        case .part(let part):
          JoinedSource(
            reader: try SnapshotReader(part.path), ids: try SnapshotReader(part.path), partition: part.partition,
            file: nil)
        case .joined(let file):
          JoinedSource(
            reader: try SnapshotReader(file.path), ids: try SnapshotReader(file.path), partition: nil, file: file)
        }
      try source.reader.readInOrder()
      try source.ids.readInOrder()
      return source
    }
  }

  /// Opens all parts, after joining them as far as necessary. O(rows · log parts / log open parts).
  func sources() throws -> [JoinedSource] {
    let most = most
    var sources = parts.map { Closed.part($0) }
    while sources.count > most {
      // As few groups as possible, of nearly equal size.
      let groups = (sources.count + most - 1) / most
      sources = try (0..<groups).map { group in
        let range = sources.count * group / groups..<sources.count * (group + 1) / groups
        return .joined(try join(sources[range].map { try $0.open() }))
      }
    }
    return try sources.map { try $0.open() }
  }

  private func join(_ sources: [JoinedSource]) throws -> TemporarySnapshot {
    let file = try TemporarySnapshot(directory: plan.temporaryDirectory)
    let writer = try SnapshotWriter(replacing: file.path, force: true, asOf: asOf, isPart: true)
    try compareEventIDs(sources) { try writer.insertEventIDs([$0]) }
    let users = try mergeRows(sources, to: writer, threads: plan.threads) {}
    let ids = try writer.finishEventIDs()
    try writer.finish(manifest: [
      ("events.digest", users.eventsDigest), (PartManifest.idCount, String(ids.count)),
      (PartManifest.idDigest, ids.digest),
    ])
    return file
  }

  /// Throws if an event id is in two sources. Calls `take` with all ids in ledger order.
  func compareEventIDs(_ sources: [JoinedSource], take: (EventID) throws -> Void) throws {
    guard let id = try repeatedEventID(sources.map(\.ids), take: take) else { return }
    // Name the original parts, not the temporary parts that they were joined into.
    let files = try parts.filter { try PartJoining.holds($0.path, id) }.map(\.path)
    guard files.count > 1 else { throw RefoldError.part("the parts changed while they were merged; merge them again") }
    throw RefoldError.part(
      "the event id \(id) is in \(files[0]) and in \(files[1]): it names events of two users, which is malformed "
        + "input; correct the log and fold both partitions again")
  }

  private static func holds(_ path: String, _ id: EventID) throws -> Bool {
    let cursor = try SnapshotReader(path).eventIDs()
    while let other = try cursor.next() {
      if other == id { return true }
      if EventLedger.precedes(id, other) { return false }
    }
    return false
  }
}

/// Raises the limit of open files to `count`, as far as allowed, and returns the limit.
private func openFiles(atLeast count: Int) -> Int {
  var limit = rlimit()
  let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
  // The minimum that POSIX guarantees.
  guard getrlimit(resource, &limit) == 0 else { return Int(_POSIX_OPEN_MAX) }
  if limit.rlim_cur < count {
    limit.rlim_cur = min(limit.rlim_max, rlim_t(count))
    setrlimit(resource, &limit)
    guard getrlimit(resource, &limit) == 0 else { return Int(_POSIX_OPEN_MAX) }
  }
  return Int(clamping: limit.rlim_cur)
}
