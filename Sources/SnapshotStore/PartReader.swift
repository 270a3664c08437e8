import EventModel
import Hashing

extension SnapshotReader {
  /// Whether the snapshot holds one partition, to be merged with others.
  package var isPart: Bool { manifestValue("partition") != nil }

  /// Limits the page cache to what reading a few tables in order needs: many parts are open at a time.
  package func readInOrder() throws(SnapshotError) { _ = try query("PRAGMA cache_size = -96").step() }

  /// The digests of the users' events, by user: 32 bytes each.
  package func eventSets() throws(SnapshotError) -> RowCursor<(user: UserID, digest: [UInt8])> {
    let statement = try query(
      "SELECT user_id, digest FROM event_sets INDEXED BY sqlite_autoindex_event_sets_1 ORDER BY user_id")
    return RowCursor(statement, key: 0..<1) { row in
      let digest = row.bytes(1)
      guard let user = UserID(stored: row.bytes(0)), digest.count == 32 else { return nil }
      return (user, Array(digest))
    }
  }

  /// The ids of the part's events, in the order of the ledger.
  package func eventIDs() throws(SnapshotError) -> EventIDCursor {
    EventIDCursor(
      RowCursor(byNumber: try query("SELECT block, ids FROM event_ids NOT INDEXED ORDER BY block")) {
        Array($0.bytes(1))
      },
      path: path)
  }
}

/// Event ids, one at a time, with a digest of those read so far. One thread at a time.
package final class EventIDCursor {
  private let blocks: RowCursor<[UInt8]>
  private let path: String
  private var block: [UInt8] = []
  private var at = 0
  private var hasher = SHA256()
  package private(set) var count = 0

  init(_ blocks: RowCursor<[UInt8]>, path: String) {
    self.blocks = blocks
    self.path = path
  }

  /// The next id, `nil` after the last.
  package func next() throws(SnapshotError) -> EventID? {
    if at == block.count {
      guard let next = try blocks.next() else { return nil }
      block = next
      at = 0
      hasher.update(data: block)
      if block.isEmpty || block.count % 16 != 0 {
        throw SnapshotError(
          .damaged, path: path, reason: "a block of event ids is cut off", advice: "fold it again")
      }
    }
    defer { at += 16 }
    count += 1
    return block.withUnsafeBytes { bytes in
      EventID(
        high: UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: at, as: UInt64.self)),
        low: UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: at + 8, as: UInt64.self)))
    }
  }

  /// SHA-256 of all ids read so far, in hex. Call once, at the end.
  package func digest() -> String { hexDigits(hasher.finalize()) }
}
