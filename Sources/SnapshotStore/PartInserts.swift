import EventModel
import Hashing

/// The additional tables of a partial snapshot. With them, merging can check what a single run checks: the digest of
/// each user's events, from which the digest of all events follows, and the ids of the events, because an id must not
/// name events of users in two partitions.
///
/// | table | columns |
/// | --- | --- |
/// | `event_sets` | `user_id`, `digest`: 32 bytes; users without events have no row |
/// | `event_ids` | `block` from 1, `ids`: up to ``idsInBlock`` ids of 16 bytes, in the order of the run's ledger |
final class PartInserts {
  private let sets: BTree
  private let ids: BTree
  private let path: String
  private let record = Record()
  private let user = ByteArena()
  private let setDigest = ByteArena()
  private let block = ByteArena(capacity: PartInserts.idsInBlock * 16)
  private(set) var count = 0
  private var digest = SHA256()

  static let idsInBlock = 1024
  static let tables = """
    CREATE TABLE event_sets (
      user_id TEXT NOT NULL PRIMARY KEY,
      digest BLOB NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE event_ids (
      block INTEGER PRIMARY KEY,
      ids BLOB NOT NULL
    ) STRICT;
    """

  init(_ pages: PageFile, roots: [String: UInt32], path: String) throws(SnapshotError) {
    guard let sets = roots["event_sets"], let ids = roots["event_ids"] else {
      throw .failed(path, "SQLite made no tables for a part")
    }
    self.sets = BTree(pages, root: sets, keyColumns: 1)
    self.ids = BTree(pages, root: ids, keyColumns: 0)
    self.path = path
  }

  func eventSet(_ id: UserID, digest: ArraySlice<UInt8>) throws(SnapshotError) {
    user.reserve(UUID128.textBytes)
    id.writeText(to: user.base)
    user.count = UUID128.textBytes
    setDigest.count = 0
    digest.withUnsafeBytes { setDigest.append($0) }
    record.begin()
    record.add(user.bytes)
    record.add(blob: setDigest.bytes)
    guard try sets.append(entry: record) else { throw .failed(path, "event sets come twice or out of order") }
  }

  /// Ids must arrive in the order of the ledger.
  func eventID(_ id: EventID) throws(SnapshotError) {
    block.reserve(16)
    block.put(id.high.bigEndian)
    block.put(id.low.bigEndian)
    count += 1
    if block.count == PartInserts.idsInBlock * 16 { try flush() }
  }

  private func flush() throws(SnapshotError) {
    if block.isEmpty { return }
    digest.update(bufferPointer: block.bytes)
    // The block's number is its rowid, and is stored nowhere else.
    record.begin()
    record.addNull()
    record.add(blob: block.bytes)
    try ids.append(row: record)
    block.count = 0
  }

  /// SHA-256 of all ids in their order, in hex.
  func finishIDs() throws(SnapshotError) -> String {
    try flush()
    return hexDigits(digest.finalize())
  }

  /// Completes the tables.
  func finish() throws(SnapshotError) {
    try flush()
    try sets.finish()
    try ids.finish()
  }
}

/// Lower-case hex digits.
func hexDigits(_ bytes: some Sequence<UInt8>) -> String {
  bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
}

extension SnapshotWriter {
  /// Whether the snapshot is a partial one, which also takes event sets and event ids.
  package var isPart: Bool { part != nil }

  /// Inserts the digest of a user's events, 32 bytes.
  package func insertEventSet(of user: UserID, digest: ArraySlice<UInt8>) throws(SnapshotError) {
    try part?.eventSet(user, digest: digest)
  }

  /// Inserts ids in the order of the ledger, each once.
  package func insertEventIDs(_ ids: [EventID]) throws(SnapshotError) {
    for id in ids { try part?.eventID(id) }
  }

  /// The number of event ids that were inserted, and their digest. Call once, after the last.
  package func finishEventIDs() throws(SnapshotError) -> (count: Int, digest: String) {
    guard let part else { return (0, "") }
    return (part.count, try part.finishIDs())
  }
}
