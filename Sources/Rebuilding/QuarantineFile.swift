import EventLog
import EventModel
import Platform
import Running
import SnapshotStore

/// Where malformed records go, for a command that writes no snapshot.
package struct QuarantinePlan: Sendable {
  package var path: String
  /// How many malformed records are allowed; `nil`: any number.
  package var maxBad: BadRecordLimit?
  /// Whether an existing file is replaced.
  package var force: Bool

  package init(path: String, maxBad: BadRecordLimit?, force: Bool) {
    self.path = path
    self.maxBad = maxBad
    self.force = force
  }
}

/// The file for malformed records: one JSON object per line, in input order, records of the users export first.
/// Readable by its owner only, unless a mode is given. The file gets its name only when it is complete.
package final class QuarantineFile {
  private let target: String
  private let file: OutputFile

  package convenience init(_ plan: QuarantinePlan, mode: mode_t?) throws {
    try self.init(plan.path, force: plan.force, mode: mode)
  }

  /// Throws, before any work, if the target exists and `force` is false, or if it cannot be written.
  init(_ target: String, force: Bool, mode: mode_t?) throws {
    if target == "-" { throw RefoldError.usage("--quarantine -: name a file; the summary is on standard output") }
    file = try OutputFile(target, force: force, mode: mode)
    self.target = target
  }

  /// Writes all records that were set aside (an empty file if there are none) and returns the file, which is to be
  /// published with the snapshot. Throws if there are more than `limit` allows. The file is then published first, to
  /// show the records.
  package func complete(_ log: Ingested, limit: BadRecordLimit?) throws -> PendingFile? {
    let pieces = try log.setAside.flatMap { try $0.finish() }.sorted { $0.rank < $1.rank }
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 16)
    defer { buffer.deallocate() }
    for piece in pieces {
      var offset = piece.start
      while offset < piece.end {
        let part = UnsafeMutableRawBufferPointer(rebasing: buffer[..<min(buffer.count, piece.end - offset)])
        let count = try piece.spool.read(part, at: offset)
        if count == 0 { throw StorageFault(path: "temporary file", reason: "shorter than what was written") }
        try file.write(UnsafeRawBufferPointer(rebasing: part[..<count]))
        offset += count
      }
    }
    let whole = try file.complete()
    let counts = log.accounting
    let malformed = counts.malformed + counts.malformedUsers
    let records = counts.records + counts.usersRecords
    if let limit, !limit.allows(malformed, of: records) {
      try whole?.publish()
      throw RefoldError.tooManyMalformed(count: malformed, records: records, limit: limit, quarantine: target)
    }
    return whole
  }
}
