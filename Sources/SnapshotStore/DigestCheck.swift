extension SnapshotReader {
  /// Computes all digests again from the rows of the file. O(size of the file), flat memory.
  package func recomputeDigests() throws(SnapshotError) -> [DigestLine] {
    let digests = SnapshotDigests()
    let projections = try query(
      """
      SELECT user_id, projection_type, key, data, last_event_id FROM projections
      ORDER BY user_id, projection_type, key
      """)
    while try projections.step() {
      digests.projection(
        user: projections.bytes(0), type: projections.bytes(1), key: projections.bytes(2), data: projections.bytes(3),
        lastEvent: projections.optionalBytes(4))
    }
    let failures = try query(
      "SELECT user_id, projection_type, code, event_id, detail FROM failures ORDER BY user_id, projection_type")
    while try failures.step() {
      digests.failure(
        user: failures.bytes(0), type: failures.bytes(1), code: failures.bytes(2), event: failures.optionalBytes(3),
        detail: failures.bytes(4))
    }
    let users = try query("SELECT id, source FROM users ORDER BY id")
    while try users.step() { digests.user(users.bytes(0), source: users.bytes(1)) }
    let signals = try query(
      """
      SELECT user_id, event_type, events, first_timestamp, last_timestamp, newest_event_id FROM signals
      ORDER BY user_id, event_type
      """)
    while try signals.step() {
      digests.signal(
        user: signals.bytes(0), eventType: signals.bytes(1), events: signals.integer(2), first: signals.bytes(3),
        last: signals.bytes(4), newest: signals.bytes(5))
    }
    return digests.lines()
  }

  /// The digests that the manifest holds.
  package var storedDigests: [DigestLine] {
    manifest.filter { $0.key.hasPrefix("digest") }.map { DigestLine(key: $0.key, value: $0.value) }
  }

  /// The recomputed digests, after checking that the manifest holds the same ones.
  ///
  /// Throws `damaged`, naming the first digest that differs, is missing or is one too many.
  package func verifyDigests() throws(SnapshotError) -> [DigestLine] {
    let computed = try recomputeDigests()
    let stored = storedDigests
    if computed == stored { return computed }
    // `digest.snapshot` follows from the others: named only when it alone is wrong.
    let differing = computed.filter { !stored.contains($0) } + stored.filter { !computed.contains($0) }
    let key = (differing.first { $0.key != "digest.snapshot" } ?? differing.first)?.key ?? "digest"
    throw SnapshotError(
      .damaged, path: path, reason: "\(key) is not the digest of the rows in the file",
      advice: "the file was changed after refold wrote it; rebuild it")
  }
}
