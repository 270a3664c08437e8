import EventModel

/// A projection row without its data.
package struct StoredKey: Hashable, Sendable {
  package var user: UserID
  package var name: ProjectionName
}

extension SnapshotReader {
  /// The keys of all projections by (user, type, key).
  package func projectionKeys() throws(SnapshotError) -> RowCursor<StoredKey> {
    let scan = try ProjectionScan(self, .init(), .keys)
    return RowCursor(scan) { row in
      StoredKey(user: scan.user, name: ProjectionName(type: row.string(3), key: row.string(4)))
    }
  }

  /// The instant for which the snapshot was rebuilt: `created_at` and `updated_at` of its rows.
  package func asOf() throws(SnapshotError) -> Instant {
    guard let text = manifestValue("as_of"), let asOf = try? TimestampText.parse(text) else {
      throw SnapshotError(.damaged, path: path, reason: "its manifest has no as_of", advice: "rebuild it")
    }
    return asOf
  }
}
