import Crypto
import EventModel

/// What a partial snapshot holds besides its rows, so that merging can check what a single run checks: the digest of each
/// user's events, from which the digest of all events follows, and the ids of the events, since an id must not name events
/// of users in two partitions.
///
/// | table | columns |
/// | --- | --- |
/// | `event_sets` | `user_id`, `digest`: 32 bytes; users without events have no row |
/// | `event_ids` | `block` from 1, `ids`: up to ``idsInBlock`` ids of 16 bytes, in the order of the run's ledger |
final class PartInserts {
  private let sets: SQLiteStatement
  private let ids: SQLiteStatement
  private var user: [UInt8] = []
  private var block: [UInt8] = []
  private var blocks = 0
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

  init(on connection: SQLiteConnection) throws(SnapshotError) {
    try connection.execute(PartInserts.tables)
    sets = try SQLiteStatement("INSERT INTO event_sets VALUES (?, ?)", on: connection)
    ids = try SQLiteStatement("INSERT INTO event_ids VALUES (?, ?)", on: connection)
  }

  func eventSet(_ user: UserID, digest: ArraySlice<UInt8>) -> Int32 {
    self.user.removeAll(keepingCapacity: true)
    user.append(to: &self.user)
    return self.user.withUnsafeBytes { user in
      digest.withUnsafeBytes { digest in
        sets.bind(1, user)
        sets.bind(2, blob: digest)
        return sets.run()
      }
    }
  }

  /// Ids arrive in ascending order of the ledger.
  func eventID(_ id: EventID) throws(SnapshotError) {
    for word in [id.high, id.low] { withUnsafeBytes(of: word.bigEndian) { block.append(contentsOf: $0) } }
    count += 1
    if block.count == PartInserts.idsInBlock * 16 { try flush() }
  }

  private func flush() throws(SnapshotError) {
    if block.isEmpty { return }
    blocks += 1
    digest.update(data: block)
    let code = block.withUnsafeBytes { bytes in
      ids.bind(1, blocks)
      ids.bind(2, blob: bytes)
      return ids.run()
    }
    try ids.connection.check(code, "write event ids")
    block.removeAll(keepingCapacity: true)
  }

  /// SHA-256 over all ids in their order, in hex.
  func finish() throws(SnapshotError) -> String {
    try flush()
    return hexDigits(digest.finalize())
  }
}

/// Lower-case hex digits.
func hexDigits(_ bytes: some Sequence<UInt8>) -> String {
  bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
}

extension SnapshotWriter {
  /// Whether the snapshot is a partial one, which takes event sets and event ids too.
  package var isPart: Bool { part != nil }

  /// The digest of a user's events, 32 bytes.
  package func insertEventSet(of user: UserID, digest: ArraySlice<UInt8>) throws(SnapshotError) {
    if let part { try check(part.eventSet(user, digest: digest), bytes: 96) }
  }

  /// Ids in the order of the ledger, each once.
  package func insertEventIDs(_ ids: [EventID]) throws(SnapshotError) {
    for id in ids { try part?.eventID(id) }
  }

  /// How many event ids were inserted and the digest over them. Call once, after the last.
  package func finishEventIDs() throws(SnapshotError) -> (count: Int, digest: String) {
    guard let part else { return (0, "") }
    return (part.count, try part.finish())
  }
}
