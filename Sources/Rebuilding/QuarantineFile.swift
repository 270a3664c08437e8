import EventLog
import EventModel
import Platform
import Running
import SnapshotStore

/// The file that malformed records are set aside in: one JSON object a line, in the order of the input, first those of
/// the users export. Owner-only; nothing is under its name before it is whole.
final class QuarantineFile {
  private let target: String
  private let file: OutputFile

  /// Throws, before any work, when the target exists and `force` is false or cannot be written.
  init(_ target: String, force: Bool, mode: mode_t?) throws {
    if target == "-" { throw RefoldError.usage("--quarantine -: name a file; the summary is on standard output") }
    file = try OutputFile(target, force: force, mode: mode)
    self.target = target
  }

  /// Writes what was set aside, an empty file for none; gives the file, which is to be published with the snapshot. Throws
  /// when `limit` does not allow so many: then the file has its name and tells which.
  func complete(_ log: Ingested, limit: BadRecordLimit?) throws -> PendingFile? {
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
