import EventModel
import Formatting
import JSONTape

/// The result of a rebuild, as text and as JSON.
package struct RebuildSummary: Sendable {
  package var snapshot: Foreign
  package var asOf: Instant
  package var asOfSource: AsOfSource
  package var profile: Foreign
  package var records: Int
  package var folded: Int
  package var unread: Int
  package var duplicates: Int
  package var malformed: Int
  package var notSelected: Int
  package var users: Int
  package var hasUsersExport: Bool
  package var usersNotExported: Int
  package var usersWithoutEvents: Int
  package var rows: [(name: ProjectionName, count: Int)]
  package var failures: [(type: Foreign, code: Foreign, count: Int)]
  package var digests: [(key: String, value: String)]
  /// Seconds.
  package var phases: [(name: String, seconds: Double)]
  package var bytesRead: Int
  package var spilledBytes: Int
  package var threads: Int
  /// Bytes; set by the code that reports it.
  package var peakMemory = 0
  /// Records of the users export that were left out.
  package var malformedUsers = 0
  /// The file with the malformed records.
  package var quarantine: Foreign?
  /// Events that share their idempotency key with another event of the same user.
  package var repeatedKeys = 0
  /// Records that were left out because a record with the same id is marked as deleted.
  package var deleted = 0
  /// Records that were left out because their users were dropped from a packed log.
  package var erased = 0
  /// Records that were left out because a file replaces them.
  package var replaced = 0
  /// Records without `metadata`, read as null.
  package var withoutMetadata = 0
  /// Repeated header lines.
  package var repeatedHeaders = 0
  /// Columns of the log that are not read.
  package var unreadColumns: [Foreign] = []
  /// Columns whose texts were read as JSON documents.
  package var unwrapped: [String] = []
  /// What an operator must know about how the log was read.
  package var notices: [Foreign] = []

  package init(
    snapshot: String, asOf: Instant, asOfSource: AsOfSource, profile: String, records: Int, folded: Int, unread: Int,
    duplicates: Int, malformed: Int, notSelected: Int, users: Int, hasUsersExport: Bool, usersNotExported: Int,
    usersWithoutEvents: Int, rows: [(name: ProjectionName, count: Int)],
    failures: [(type: String, code: String, count: Int)], digests: [(key: String, value: String)],
    phases: [(name: String, seconds: Double)], bytesRead: Int, spilledBytes: Int, threads: Int
  ) {
    self.snapshot = Foreign(snapshot)
    self.asOf = asOf
    self.asOfSource = asOfSource
    self.profile = Foreign(profile)
    self.records = records
    self.folded = folded
    self.unread = unread
    self.duplicates = duplicates
    self.malformed = malformed
    self.notSelected = notSelected
    self.users = users
    self.hasUsersExport = hasUsersExport
    self.usersNotExported = usersNotExported
    self.usersWithoutEvents = usersWithoutEvents
    self.rows = rows
    self.failures = failures.map { (Foreign($0.type), Foreign($0.code), $0.count) }
    self.digests = digests
    self.phases = phases
    self.bytesRead = bytesRead
    self.spilledBytes = spilledBytes
    self.threads = threads
  }

  private var seconds: Double { phases.reduce(0) { $0 + $1.seconds } }

  /// One screen for people.
  package var text: String {
    var table = TextTable()
    table.row("as of", asOf.description + asOfSource.note)
    table.row("records", grouped(records))
    table.row("  folded", grouped(folded))
    table.row("  no reducer reads their type", grouped(unread))
    if notSelected > 0 { table.row("  of users not asked for", grouped(notSelected)) }
    table.row("  duplicates", grouped(duplicates))
    table.row("  malformed, left out", grouped(malformed) + (quarantine.map { "  (in \($0.text))" } ?? ""))
    if deleted > 0 { table.row("  marked as deleted, left out", grouped(deleted)) }
    if erased > 0 { table.row("  of dropped users, left out", grouped(erased)) }
    if replaced > 0 { table.row("  replaced", grouped(replaced)) }
    if withoutMetadata > 0 { table.row("without metadata, read as null", grouped(withoutMetadata)) }
    if repeatedHeaders > 0 { table.row("repeated header lines", grouped(repeatedHeaders)) }
    if !unwrapped.isEmpty { table.row("JSON texts unwrapped", unwrapped.joined(separator: ", ")) }
    if !unreadColumns.isEmpty {
      table.row("columns not read", unreadColumns.prefix(16).map(\.text).joined(separator: ", "))
    }
    if repeatedKeys > 0 { table.row("repeated idempotency keys, kept", grouped(repeatedKeys)) }
    table.row("users", grouped(users))
    if hasUsersExport {
      table.row("  without events", grouped(usersWithoutEvents))
      table.row("  not in the users export", grouped(usersNotExported))
      if malformedUsers > 0 { table.row("  malformed, left out", grouped(malformedUsers)) }
    }
    for (name, count) in rows { table.row(name.foreign.text, grouped(count)) }
    table.row("failures", grouped(failures.reduce(0) { $0 + $1.count }))
    for failure in failures { table.row("  \(failure.type.text) \(failure.code.text)", grouped(failure.count)) }
    if let digest = digests.first(where: { $0.key == "digest.snapshot" }) { table.row("digest", digest.value) }
    let rate = seconds > 0 ? Double(records) / seconds : 0
    let bandwidth = seconds > 0 ? Double(bytesRead) / seconds / 1e6 : 0
    table.row(
      "time",
      "\(fixed(seconds, 2)) s, \(grouped(Int(rate))) events/s, \(fixed(bandwidth, 1)) MB/s, peak memory \(fixed(Double(peakMemory) / 1_048_576, 1)) MiB"
    )
    return table.text + "wrote \(snapshot.text)\n"
  }

  /// The same for machines.
  package var json: JSONTree {
    func count(_ value: Int) -> JSONTree { .integer(Int64(value)) }
    return .object([
      .init("snapshot", .string(snapshot.raw)),
      .init("as_of", .string(asOf.description)),
      .init("as_of_source", .string(asOfSource.rawValue)),
      .init("profile", .string(profile.raw)),
      .init(
        "records",
        .object([
          .init("total", count(records)), .init("folded", count(folded)), .init("unread", count(unread)),
          .init("not_selected", count(notSelected)), .init("duplicates", count(duplicates)),
          .init("malformed", count(malformed)), .init("deleted", count(deleted)),
          .init("of_dropped_users", count(erased)), .init("replaced", count(replaced)),
        ])),
      .init("without_metadata", count(withoutMetadata)),
      .init("repeated_headers", count(repeatedHeaders)),
      .init("columns_not_read", .array(unreadColumns.map { .string($0.raw) })),
      .init("unwrapped", .array(unwrapped.map { .string($0) })),
      .init("notices", .array(notices.map { .string($0.raw) })),
      .init("repeated_idempotency_keys", count(repeatedKeys)),
      .init("quarantine", quarantine.map { .string($0.raw) } ?? .null),
      .init(
        "users",
        .object([
          .init("total", count(users)), .init("without_events", count(usersWithoutEvents)),
          .init("not_exported", hasUsersExport ? count(usersNotExported) : .null),
          .init("malformed", count(malformedUsers)),
        ])),
      .init("rows", .object(rows.map { .init($0.name.description, count($0.count)) })),
      .init(
        "failures",
        .array(
          failures.map {
            .object([
              .init("projection_type", .string($0.type.raw)), .init("code", .string($0.code.raw)),
              .init("users", count($0.count)),
            ])
          })),
      .init("digests", .object(digests.map { .init($0.key, .string($0.value)) })),
      .init(
        "performance",
        .object([
          .init("phases", .object(phases.map { .init($0.name + "_seconds", .double(rounded($0.seconds))) })),
          .init("seconds", .double(rounded(seconds))),
          .init("events_per_second", .double((seconds > 0 ? Double(records) / seconds : 0).rounded())),
          .init("megabytes_per_second", .double(rounded(seconds > 0 ? Double(bytesRead) / seconds / 1e6 : 0))),
          .init("bytes_read", count(bytesRead)),
          .init("peak_memory_bytes", count(peakMemory)),
          .init("spilled_bytes", count(spilledBytes)),
          .init("threads", count(threads)),
        ])),
    ])
  }

  private func rounded(_ value: Double) -> Double { (value * 10_000).rounded() / 10_000 }
}
