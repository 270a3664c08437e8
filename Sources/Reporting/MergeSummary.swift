import EventModel
import Formatting
import JSONTape

/// The result of a merge of partial snapshots.
package struct MergeSummary: Sendable {
  package var snapshot: Foreign
  package var asOf: Instant
  package var parts: Int
  package var users: Int
  package var events: Int
  package var rows: Int
  package var failures: Int
  package var digest: String
  /// Seconds.
  package var phases: [(name: String, seconds: Double)]
  /// Bytes; set by the code that reports it.
  package var peakMemory = 0

  package init(
    snapshot: String, asOf: Instant, parts: Int, users: Int, events: Int, rows: Int, failures: Int, digest: String,
    phases: [(name: String, seconds: Double)]
  ) {
    self.snapshot = Foreign(snapshot)
    self.asOf = asOf
    self.parts = parts
    self.users = users
    self.events = events
    self.rows = rows
    self.failures = failures
    self.digest = digest
    self.phases = phases
  }

  package var text: String {
    var table = TextTable()
    table.row("as of", asOf.description)
    table.row("parts", grouped(parts))
    table.row("events folded", grouped(events))
    table.row("users", grouped(users))
    table.row("rows", grouped(rows))
    table.row("failures", grouped(failures))
    table.row("digest", digest)
    let seconds = phases.reduce(0) { $0 + $1.seconds }
    table.row("time", "\(fixed(seconds, 2)) s, peak memory \(fixed(Double(peakMemory) / 1_048_576, 1)) MiB")
    return table.text + "wrote \(snapshot.text)\n"
  }

  package var json: JSONTree {
    func count(_ value: Int) -> JSONTree { .integer(Int64(value)) }
    return .object([
      .init("snapshot", .string(snapshot.raw)), .init("as_of", .string(asOf.description)), .init("parts", count(parts)),
      .init("events_folded", count(events)), .init("users", count(users)), .init("rows", count(rows)),
      .init("failures", count(failures)), .init("digest", .string(digest)),
      .init(
        "performance",
        .object(
          phases.map { .init($0.name + "_seconds", .double(($0.seconds * 10_000).rounded() / 10_000)) }
            + [.init("peak_memory_bytes", count(peakMemory))])),
    ])
  }
}
