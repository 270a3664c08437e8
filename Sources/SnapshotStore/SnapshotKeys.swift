import EventModel

/// A projection row without its data.
package struct StoredKey: Hashable, Sendable {
  package var user: UserID
  package var name: ProjectionName
}

extension SnapshotReader {
  /// The keys of all projections by (user, type, key), read from their index alone.
  package func projectionKeys() throws(SnapshotError) -> RowCursor<StoredKey> {
    RowCursor(
      try query("SELECT user_id, projection_type, key FROM projections ORDER BY user_id, projection_type, key")
    ) { row in
      guard let user = UserID(row.bytes(0)) else { return nil }
      return StoredKey(user: user, name: ProjectionName(type: row.string(1), key: row.string(2)))
    }
  }

  /// The instant the snapshot was rebuilt for, which is when its rows were written.
  package func asOf() throws(SnapshotError) -> Instant {
    guard let text = manifestValue("as_of"), let asOf = try? TimestampText.parse(text) else {
      throw SnapshotError(.damaged, path: path, reason: "its manifest has no as_of", advice: "rebuild it")
    }
    return asOf
  }
}
