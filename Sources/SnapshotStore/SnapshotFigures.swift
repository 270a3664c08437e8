import EventModel

/// A user's events of one type, borrowed from the page they stand on: valid until the cursor's next step.
package struct StoredSignal {
  package var user: UserID
  package var eventType: UnsafeRawBufferPointer
  package var count: Int
  /// Instants as stored; their order is that of their bytes.
  package var first: UnsafeRawBufferPointer
  package var last: UnsafeRawBufferPointer
}

/// Failures of one kind.
package struct FailureCount: Hashable, Sendable {
  package var projectionType: String
  package var code: String
  package var detail: String
  package var count: Int
  /// The least of their events.
  package var event: EventID?
}

extension SnapshotReader {
  /// The users from `lower` on, up to but without `upper`, that the users export lacks, by id.
  package func usersOfEventsAlone(
    from lower: UserID?, to upper: UserID?
  ) throws(SnapshotError) -> RowCursor<UserID> {
    let statement = try query(
      "SELECT id FROM users WHERE id >= ?1\(upper == nil ? "" : " AND id < ?2") AND source = 'events' ORDER BY id",
      [lower?.description ?? "", upper?.description])
    return RowCursor(statement) { UserID($0.bytes(0)) }
  }

  /// How many users there are from `lower` on, up to but without `upper`.
  ///
  /// - Parameter exported: whether only those that the users export has are counted.
  package func userCount(from lower: UserID?, to upper: UserID?, exported: Bool) throws(SnapshotError) -> Int {
    let statement = try query(
      "SELECT count(*) FROM users WHERE id >= ?1\(upper == nil ? "" : " AND id < ?2")"
        + (exported ? " AND source <> 'events'" : ""), [lower?.description ?? "", upper?.description])
    return try statement.step() ? statement.integer(0) : 0
  }

  /// The signals of a range of users, by (user, event type).
  package func storedSignals(
    from lower: UserID?, to upper: UserID?
  ) throws(SnapshotError) -> RowCursor<StoredSignal> {
    let statement = try query(
      "SELECT user_id, event_type, events, first_timestamp, last_timestamp FROM signals WHERE user_id >= ?1"
        + "\(upper == nil ? "" : " AND user_id < ?2") ORDER BY user_id, event_type",
      [lower?.description ?? "", upper?.description])
    return RowCursor(statement) { row in
      guard let user = UserID(row.bytes(0)) else { return nil }
      return StoredSignal(
        user: user, eventType: row.bytes(1), count: row.integer(2), first: row.bytes(3), last: row.bytes(4))
    }
  }

  /// Failures by kind, the most frequent first.
  package func failureCounts() throws(SnapshotError) -> [FailureCount] {
    let statement = try query(
      "SELECT projection_type, code, detail, count(*), min(event_id) FROM failures GROUP BY 1, 2, 3 "
        + "ORDER BY 4 DESC, 1, 2, 3")
    return try RowCursor(statement) { row in
      FailureCount(
        projectionType: row.string(0), code: row.string(1), detail: row.string(2), count: row.integer(3),
        event: row.optionalBytes(4).flatMap { EventID($0) })
    }.all()
  }
}

extension DifferenceReader {
  /// The records of the differences, one JSON object each, in the order they were written.
  package func records() throws(SnapshotError) -> RowCursor<[UInt8]> {
    RowCursor(try query("SELECT record FROM differences ORDER BY id")) { Array($0.bytes(0)) }
  }
}
