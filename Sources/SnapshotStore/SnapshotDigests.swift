/// A line of `refold digest` and a row of the manifest: the digest's key and its 64 hex digits.
package struct DigestLine: Hashable, Sendable {
  package var key: String
  package var value: String

  package init(key: String, value: String) {
    self.key = key
    self.value = value
  }
}

/// The logical digests of a snapshot: equal when the rebuilt facts are equal, whatever the file's bytes, its as-of in
/// the bookkeeping columns or the version of SQLite.
///
/// Each is the SHA-256 of rows in the form of ``RowDigest`` (fields as netstrings, a line feed after each row), ordered by
/// the named columns as bytes:
///
/// | manifest key | fields of a row | order |
/// | --- | --- | --- |
/// | `digest.projections.<type>` | user_id, key, data | user_id, key |
/// | `digest.failures` | user_id, projection_type, code, event_id, detail | user_id, projection_type |
/// | `digest.users` | id, source | id |
/// | `digest.signals` | user_id, event_type, events, first_timestamp, last_timestamp, newest_event_id | user_id, event_type |
/// | `digest.last_event_ids` | user_id, projection_type, key, last_event_id | user_id, projection_type, key |
/// | `digest.snapshot` | manifest key and value of all the above but `digest.last_event_ids` | key |
///
/// A type without rows has no line. `id`, `version`, `created_at` and `updated_at` follow from the rest and are in
/// none; `last_event_id` is bookkeeping that a diff reports apart, hence apart here. Anyone can recompute a digest:
///
///     sqlite3 snapshot.sqlite "select format('%d:%s,%d:%s,%d:%s,', length(cast(user_id as blob)), user_id,
///       length(cast(key as blob)), key, length(cast(data as blob)), data) from projections
///       where projection_type = 'TYPE' order by user_id, key" | sha256sum
final class SnapshotDigests {
  private var types: [(name: [UInt8], digest: RowDigest)] = []
  private var latest = 0
  private let lastEvents = RowDigest()
  private let failures = RowDigest()
  private let users = RowDigest()
  private let signals = RowDigest()

  typealias Text = UnsafeRawBufferPointer

  func projection(user: Text, type: Text, key: Text, data: Text, lastEvent: Text?) {
    let digest = digest(ofType: type)
    digest.field(user)
    digest.field(key)
    digest.field(data)
    digest.endRow()
    lastEvents.field(user)
    lastEvents.field(type)
    lastEvents.field(key)
    lastEvents.field(lastEvent)
    lastEvents.endRow()
  }

  func failure(user: Text, type: Text, code: Text, event: Text?, detail: Text) {
    failures.field(user)
    failures.field(type)
    failures.field(code)
    failures.field(event)
    failures.field(detail)
    failures.endRow()
  }

  func user(_ id: Text, source: Text) {
    users.field(id)
    users.field(source)
    users.endRow()
  }

  func signal(user: Text, eventType: Text, events: Int, first: Text, last: Text, newest: Text) {
    signals.field(user)
    signals.field(eventType)
    signals.field(events)
    signals.field(first)
    signals.field(last)
    signals.field(newest)
    signals.endRow()
  }

  /// All digests of the rows so far, by key.
  func lines() -> [DigestLine] {
    var lines = types.map {
      DigestLine(key: "digest.projections." + String(decoding: $0.name, as: UTF8.self), value: $0.digest.hex())
    }
    lines.append(DigestLine(key: "digest.failures", value: failures.hex()))
    lines.append(DigestLine(key: "digest.users", value: users.hex()))
    lines.append(DigestLine(key: "digest.signals", value: signals.hex()))
    lines.sort { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
    let snapshot = RowDigest()
    for line in lines {
      snapshot.field(line.key)
      snapshot.field(line.value)
      snapshot.endRow()
    }
    lines.append(DigestLine(key: "digest.last_event_ids", value: lastEvents.hex()))
    lines.append(DigestLine(key: "digest.snapshot", value: snapshot.hex()))
    return lines.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
  }

  /// The digest of a type. There are few types, and the rows of one user use the same ones in turn.
  private func digest(ofType type: Text) -> RowDigest {
    if latest < types.count, types[latest].name.elementsEqual(type) { return types[latest].digest }
    latest = types.firstIndex { $0.name.elementsEqual(type) } ?? types.count
    if latest == types.count { types.append((Array(type), RowDigest())) }
    return types[latest].digest
  }
}
