import EventModel

/// A user's events of one type, borrowed from their page: valid until the cursor's next step.
package struct StoredSignal {
  package var user: UserID
  package var eventType: UnsafeRawBufferPointer
  package var count: Int
  /// Instants as stored; they sort by their bytes.
  package var first: UnsafeRawBufferPointer
  package var last: UnsafeRawBufferPointer
}

/// Failures of one kind.
package struct FailureCount: Hashable, Sendable {
  package var projectionType: String
  package var code: String
  package var detail: String
  package var count: Int
  /// The lowest id of their events.
  package var event: EventID?
}

extension SnapshotReader {
  /// The ids of the users from `lower` up to but not including `upper` that the users export lacks, ascending.
  package func usersOfEventsAlone(
    from lower: UserID?, to upper: UserID?
  ) throws(SnapshotError) -> RowCursor<UserID> {
    try users(from: lower, to: upper) { $0 == .events }
  }

  /// The ids of a range of users whose source is wanted.
  private func users(
    from lower: UserID?, to upper: UserID?, where isWanted: @escaping (UserSource) -> Bool
  ) throws(SnapshotError) -> RowCursor<UserID> {
    let statement = try query(
      "SELECT id, source FROM users INDEXED BY sqlite_autoindex_users_1 WHERE id >= ?1"
        + "\(upper == nil ? "" : " AND id < ?2") ORDER BY id", [lower?.description ?? "", upper?.description])
    // An invalid source is reported when the row is decoded.
    let source = { (row: SQLiteStatement) in UserSource(rawValue: row.string(1)) }
    let isGiven = { (row: SQLiteStatement) in source(row).map(isWanted) ?? true }
    return RowCursor(statement, key: 0..<1, from: lower?.description, where: isGiven) { row in
      source(row) == nil ? nil : UserID(stored: row.bytes(0))
    }
  }

  /// The number of users from `lower` up to but not including `upper`.
  ///
  /// - Parameter exported: whether to count only users that the users export has.
  package func userCount(from lower: UserID?, to upper: UserID?, exported: Bool) throws(SnapshotError) -> Int {
    let users = try users(from: lower, to: upper) { !exported || $0 != .events }
    var count = 0
    while try users.next() != nil { count += 1 }
    return count
  }

  /// The signals of a range of users, by (user, event type).
  package func storedSignals(
    from lower: UserID?, to upper: UserID?
  ) throws(SnapshotError) -> RowCursor<StoredSignal> {
    let statement = try query(
      "SELECT user_id, event_type, events, first_timestamp, last_timestamp FROM signals "
        + "INDEXED BY sqlite_autoindex_signals_1 WHERE user_id >= ?1\(upper == nil ? "" : " AND user_id < ?2") "
        + "ORDER BY user_id, event_type",
      [lower?.description ?? "", upper?.description])
    return RowCursor(statement, key: 0..<2, from: lower?.description) { row in
      guard let user = UserID(stored: row.bytes(0)), let count = row.storedInteger(2) else { return nil }
      return StoredSignal(
        user: user, eventType: row.bytes(1), count: count, first: row.bytes(3), last: row.bytes(4))
    }
  }

  /// Failures by kind, the most frequent first.
  package func failureCounts() throws(SnapshotError) -> [FailureCount] {
    var kinds: [[String]: FailureCount] = [:]
    let failures = try failures()
    while let failure = try failures.next() {
      let texts = [failure.projectionType, failure.code.rawValue, failure.detail]
      var kind = kinds[texts] ?? FailureCount(projectionType: texts[0], code: texts[1], detail: texts[2], count: 0)
      kind.count += 1
      if let event = failure.event { kind.event = kind.event.map { min($0, event) } ?? event }
      kinds[texts] = kind
    }
    return kinds.sorted { a, b in
      if a.value.count != b.value.count { return a.value.count > b.value.count }
      // By their bytes.
      for (a, b) in zip(a.key, b.key) where a != b { return a.utf8.lexicographicallyPrecedes(b.utf8) }
      return false
    }.map(\.value)
  }
}

extension DifferenceReader {
  /// The records of the differences, one JSON object each, in the order in which they were written.
  package func records() throws(SnapshotError) -> RowCursor<[UInt8]> {
    RowCursor(byNumber: try rows()) { Array($0.bytes(9)) }
  }
}
