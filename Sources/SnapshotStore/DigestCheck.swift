extension SnapshotReader {
  /// Recomputes all digests from the rows of the file. O(size of the file), constant memory.
  package func recomputeDigests() throws(SnapshotError) -> [DigestLine] {
    let digests = SnapshotDigests()
    let scan = try ProjectionScan(self, .init(), .all)
    while try scan.next() {
      let row = scan.row
      digests.projection(
        user: row.bytes(2), type: row.bytes(3), key: row.bytes(4), data: row.bytes(5), lastEvent: row.optionalBytes(7))
    }
    try each("user_id, projection_type, code, event_id, detail", of: "failures", key: 0..<2) { row in
      digests.failure(
        user: row.bytes(0), type: row.bytes(1), code: row.bytes(2), event: row.optionalBytes(3), detail: row.bytes(4))
    }
    try each("id, source", of: "users", key: 0..<1) { row in digests.user(row.bytes(0), source: row.bytes(1)) }
    try each(
      "user_id, event_type, events, first_timestamp, last_timestamp, newest_event_id", of: "signals", key: 0..<2
    ) { row in
      guard let events = row.storedInteger(2) else { return nil }
      return digests.signal(
        user: row.bytes(0), eventType: row.bytes(1), events: events, first: row.bytes(3), last: row.bytes(4),
        newest: row.bytes(5))
    }
    return digests.lines()
  }

  /// Reads a table `WITHOUT ROWID` in the order of its key.
  private func each(
    _ columns: String, of table: String, key: Range<Int32>, _ take: @escaping (SQLiteStatement) -> Void?
  ) throws(SnapshotError) {
    let names = columns.split(separator: ", ").prefix(key.count).joined(separator: ", ")
    let rows = RowCursor(
      try query("SELECT \(columns) FROM \(table) INDEXED BY sqlite_autoindex_\(table)_1 ORDER BY \(names)"), key: key,
      decode: take)
    while try rows.next() != nil {}
  }

  /// Opens a snapshot to compare with it, after checking that its digests are those of its rows.
  ///
  /// O(size of the file): about a tenth of the time of the rebuild.
  package static func verified(_ path: String) throws(SnapshotError) -> SnapshotReader {
    let reader = try SnapshotReader(path)
    _ = try reader.verifyDigests()
    return reader
  }

  /// The digests that the manifest holds.
  package var storedDigests: [DigestLine] {
    manifest.filter { $0.key.hasPrefix("digest") }.map { DigestLine(key: $0.key, value: $0.value) }
  }

  /// The recomputed digests, after checking that the manifest holds the same ones.
  ///
  /// Throws `damaged`, naming the first digest that differs, is missing or is superfluous.
  package func verifyDigests() throws(SnapshotError) -> [DigestLine] {
    try check(try recomputeDigests())
  }

  /// Throws `damaged` unless the manifest holds these digests. Returns them.
  @discardableResult
  fileprivate func check(_ computed: [DigestLine]) throws(SnapshotError) -> [DigestLine] {
    let stored = storedDigests
    if computed == stored { return computed }
    // `digest.snapshot` follows from the others: name it only if it alone is wrong.
    let differing = computed.filter { !stored.contains($0) } + stored.filter { !computed.contains($0) }
    let key = (differing.first { $0.key != "digest.snapshot" } ?? differing.first)?.key ?? "digest"
    throw SnapshotError(
      .damaged, path: path, reason: "\(key) is not the digest of the rows in the file",
      advice: "the file was changed after refold wrote it; rebuild it")
  }
}

/// The digests of all rows of a snapshot, computed while they are read for another purpose. All rows of all tables must be
/// read, by cursors that note them here. One thread at a time.
package final class ReadDigests {
  let digests = SnapshotDigests()

  package init() {}

  /// Throws `damaged` unless the snapshot's digests are those of the rows that were read.
  package func check(_ reader: SnapshotReader) throws(SnapshotError) { try reader.check(digests.lines()) }
}
