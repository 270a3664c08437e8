import EventLog
import EventModel

/// All that a log says of one user, record by record: what `explain` explains.
///
/// Events point into memory that this keeps.
package final class UserRecords: @unchecked Sendable {
  package struct Entry {
    /// `nil` where the history was not read from a file.
    package var position: LogPosition?
    package var content: Content
    /// Equal records after those that are listed.
    var unlistedRepeats = 0
  }

  package enum Content {
    case event(Event, type: String)
    /// A record that names the user and cannot be an event.
    case malformed(field: String?, reason: String)
  }

  package let user: UserID
  /// Whether a users export names the user; `nil` without one.
  package let isExported: Bool?
  /// By (timestamp, id), then in the order of the log; malformed records after them.
  private let found: [FoundRecord]
  private let sources: [FoundTexts]
  private let memory: [AnyObject]

  init(user: UserID, found: [FoundRecord], sources: [FoundTexts], isExported: Bool?, memory: [AnyObject]) {
    self.user = user
    self.isExported = isExported
    self.sources = sources
    self.memory = memory
    var found = found
    found.sort(by: FoundRecord.precedes)
    found.limitRepeats()
    if found.holdsConflicts { found.sort(by: FoundRecord.precedesInLog) }
    self.found = found
  }

  /// A history that somebody has loaded already, and keeps.
  package convenience init(user: UserID, history: [(event: Event, type: String)], isExported: Bool? = nil) {
    let texts = FoundTexts()
    let found = history.enumerated().map { number, record in
      FoundRecord(event: record.event, text: texts.number(ofType: record.type), place: (number, 0))
    }
    self.init(user: user, found: found, sources: [texts], isExported: isExported, memory: [])
  }

  package var count: Int { found.count }

  /// Events by (timestamp, id), then in the order of the log; malformed records after them.
  package var entries: some RandomAccessCollection<Entry> { found.indices.lazy.map { self[$0] } }

  package subscript(index: Int) -> Entry {
    let record = found[index]
    let texts = sources[Int(record.source)]
    let content: Content =
      if let event = record.event {
        .event(event, type: texts.types[Int(record.text)])
      } else {
        .malformed(field: texts.faults[Int(record.text)].field, reason: texts.faults[Int(record.text)].reason)
      }
    let position = record.file.map {
      LogPosition(file: texts.files[$0], line: record.line, byteOffset: record.byteOffset)
    }
    return Entry(position: position, content: content, unlistedRepeats: record.unlistedRepeats)
  }

  /// The event of an entry; `nil` for a malformed record.
  func event(_ index: Int) -> Event? { found[index].event }

  /// Whether neither the log nor a users export knows the user.
  package var isUnknown: Bool { found.isEmpty && isExported != true }
}
