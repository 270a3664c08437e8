import EventModel

/// Trouble that is not about one record or one file.
package enum RefoldError: Error, CustomStringConvertible {
  case noEventToTakeAsOfFrom
  case accountingDoesNotAddUp(Accounting)
  case profile(file: String, reason: String)
  case usage(String)

  package var description: String {
    switch self {
    case .noEventToTakeAsOfFrom: "the log holds no event to take the as-of from; give one with --as-of INSTANT"
    case .accountingDoesNotAddUp(let counts):
      """
      the count does not add up, which is a bug in refold: \(counts.records) records, \(counts.folded) folded, \
      \(counts.unread) of types no reducer reads, \(counts.notSelected) not selected, \
      \(counts.duplicates) duplicates, \(counts.malformed) malformed
      """
    case .profile(let file, let reason): "\(file): \(reason)"
    case .usage(let text): text
    }
  }
}
