import EventModel

/// An error that stops a run.
package enum RefoldError: Error, CustomStringConvertible {
  case noEventToTakeAsOfFrom
  case accountingDoesNotAddUp(Accounting)
  case profile(file: String, reason: String)
  case malformedRecord(MalformedInput)
  case tooManyMalformed(count: Int, records: Int, limit: BadRecordLimit, quarantine: String)
  case usage(String)
  /// An error in the input or the files of partitions.
  case part(String)

  package var description: String {
    switch self {
    case .noEventToTakeAsOfFrom: "the log holds no event to take the as-of from; give one with --as-of INSTANT"
    case .accountingDoesNotAddUp(let counts):
      """
      the count does not add up, which is a bug in refold: \(counts.records) records, \(counts.folded) folded, \
      \(counts.unread) of types no reducer reads, \(counts.notSelected) not selected, \
      \(counts.duplicates) duplicates, \(counts.malformed) malformed, \(counts.deleted) deleted, \
      \(counts.erased) of dropped users, \(counts.replaced) replaced
      """
    case .profile(let file, let reason): "\(file): \(reason)"
    case .malformedRecord(let fault):
      "\(fault); correct the record, or leave such records out: --quarantine FILE"
    case .tooManyMalformed(let count, let records, let limit, let quarantine):
      """
      \(count) of \(records) records are malformed, more than --max-bad \(limit) allows; no snapshot is written, \
      the records are in \(quarantine)
      """
    case .usage(let text), .part(let text): text
    }
  }
}
