import EventModel
import Formatting
import JSONTape

/// The result of packing a log, as text and as JSON.
package struct PackReport: Sendable {
  /// The packed log.
  package var output: Foreign
  /// Records by what became of them, with their names in JSON and in text. They add up to the first.
  package var records: [(key: String, name: String, count: Int)] = []
  package var events = 0
  package var users = 0
  /// Users of the users export; `nil` without one.
  package var exportedUsers: Int?
  package var newest: Instant?
  /// Users whose events are dropped, now and from now on.
  package var droppedUsers = 0
  /// As in a snapshot's manifest; `nil` of pieces.
  package var eventsDigest: String?
  /// The same of what is read; `nil` if all fields are kept.
  package var eventsContent: String?
  /// Bytes of the packed log, and of what was read.
  package var size = 0
  package var bytesRead = 0
  package var blocks = 0
  /// The number of pieces that the log was split into; `nil` for one packed log.
  package var pieces: Int?
  /// Blocks that were copied from a packed log.
  package var copiedBlocks = 0
  /// Seconds.
  package var phases: [(name: String, seconds: Double)] = []
  package var threads = 1
  /// Bytes; set by the code that reports it.
  package var peakMemory = 0

  package init(output: Foreign) { self.output = output }

  /// One screen for people.
  package var text: String {
    var table = TextTable()
    for (index, record) in records.enumerated() where index < 2 || record.count > 0 {
      table.row((index == 0 ? "" : "  ") + record.name, grouped(record.count))
    }
    table.row("events", grouped(events))
    table.row("users", grouped(users))
    if let exportedUsers { table.row("  in the users export", grouped(exportedUsers)) }
    if droppedUsers > 0 { table.row("dropped users", grouped(droppedUsers)) }
    if let newest { table.row("newest event", newest.description) }
    if let eventsDigest { table.row("events digest", eventsDigest) }
    if let eventsContent { table.row("events content", eventsContent) }
    let share = bytesRead > 0 ? ", \(fixed(100 * Double(size) / Double(bytesRead), 1)) % of what was read" : ""
    table.row("size", "\(grouped(size)) bytes\(share)")
    if let pieces { table.row("pieces", grouped(pieces)) }
    table.row("blocks", grouped(blocks) + (copiedBlocks > 0 ? ", \(grouped(copiedBlocks)) of them copied" : ""))
    let seconds = phases.reduce(0) { $0 + $1.seconds }
    for phase in phases { table.row("  \(phase.name)", "\(fixed(phase.seconds, 2)) s") }
    table.row(
      "time",
      "\(fixed(seconds, 2)) s, \(threads) \(threads == 1 ? "thread" : "threads"), "
        + "peak memory \(fixed(Double(peakMemory) / 1_048_576, 1)) MiB")
    return table.text + "wrote \(output.text)\n"
  }

  /// The same for machines.
  package var json: JSONTree {
    func count(_ value: Int) -> JSONTree { .integer(Int64(value)) }
    return .object([
      .init("pack", .string(output.raw)),
      .init("records", .object(records.map { .init($0.key, count($0.count)) })),
      .init("events", count(events)), .init("users", count(users)),
      .init("exported_users", exportedUsers.map(count) ?? .null),
      .init("dropped_users", count(droppedUsers)),
      .init("newest", newest.map { .string($0.description) } ?? .null),
      .init("events_digest", eventsDigest.map { .string($0) } ?? .null),
      .init("events_content", eventsContent.map { .string($0) } ?? .null),
      .init("bytes", count(size)), .init("bytes_read", count(bytesRead)),
      .init("blocks", count(blocks)), .init("blocks_copied", count(copiedBlocks)),
      .init("pieces", pieces.map(count) ?? .null),
      .init("seconds", .double(phases.reduce(0) { $0 + $1.seconds })), .init("threads", count(threads)),
      .init("peak_memory_bytes", count(peakMemory)),
    ])
  }
}
