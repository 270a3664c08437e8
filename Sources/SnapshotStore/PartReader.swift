import Crypto
import EventModel

extension SnapshotReader {
  /// Whether the snapshot is that of one partition, to be merged with others.
  package var isPart: Bool { manifestValue("partition") != nil }

  /// Keeps no more pages than a few tables read in order need: many parts are open at a time.
  package func readInOrder() throws(SnapshotError) { _ = try query("PRAGMA cache_size = -96").step() }

  /// The digests of the users' events, by user: 32 bytes each.
  package func eventSets() throws(SnapshotError) -> RowCursor<(user: UserID, digest: [UInt8])> {
    RowCursor(try query("SELECT user_id, digest FROM event_sets ORDER BY user_id")) { row in
      guard let user = UserID(row.bytes(0)), row.bytes(1).count == 32 else { return nil }
      return (user, Array(row.bytes(1)))
    }
  }

  /// The ids of the part's events, in the order of the ledger.
  package func eventIDs() throws(SnapshotError) -> EventIDCursor {
    EventIDCursor(try query("SELECT ids FROM event_ids ORDER BY block"))
  }
}

/// Ids of events, one at a time, with a digest over those that were read. One thread at a time.
package final class EventIDCursor {
  private let statement: SQLiteStatement
  private var block: [UInt8] = []
  private var at = 0
  private var hasher = SHA256()
  package private(set) var count = 0

  init(_ statement: SQLiteStatement) { self.statement = statement }

  /// The next id, `nil` after the last.
  package func next() throws(SnapshotError) -> EventID? {
    if at == block.count {
      guard try statement.step() else { return nil }
      block = Array(statement.bytes(0))
      at = 0
      hasher.update(data: block)
      if block.isEmpty || block.count % 16 != 0 {
        throw SnapshotError(
          .damaged, path: statement.connection.path, reason: "a block of event ids is cut off", advice: "fold it again")
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

  /// SHA-256 over all ids read so far, in hex. Call once, at the end.
  package func digest() -> String { hexDigits(hasher.finalize()) }
}
