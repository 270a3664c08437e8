import EventLog
import EventModel

/// All that a log says of one user, record by record: what `explain` explains.
///
/// Events point into memory that this keeps.
package final class UserRecords: @unchecked Sendable {
  package struct Entry {
    /// `nil` where the history was not read from a file.
    package var position: LogPosition?
    /// Order in the log.
    var place: (chunk: Int, byte: Int) = (0, 0)
    package var content: Content
  }

  package enum Content {
    case event(Event, type: String)
    /// A record that names the user and cannot be an event.
    case malformed(field: String?, reason: String)
  }

  package let user: UserID
  /// Events by (timestamp, id), then as they stand in the log; malformed records behind them.
  package let entries: [Entry]
  /// Whether a users export names the user; `nil` without one.
  package let isExported: Bool?
  private let memory: [AnyObject]

  init(user: UserID, entries: [Entry], isExported: Bool?, memory: [AnyObject]) {
    self.user = user
    self.isExported = isExported
    self.memory = memory
    self.entries = entries.sorted(by: UserRecords.precedes)
  }

  /// A history that somebody has loaded already, and keeps.
  package convenience init(user: UserID, history: [(event: Event, type: String)], isExported: Bool? = nil) {
    self.init(
      user: user, entries: history.map { Entry(position: nil, content: .event($0.event, type: $0.type)) },
      isExported: isExported, memory: [])
  }

  /// Whether neither the log nor a users export knows the user.
  package var isUnknown: Bool { entries.isEmpty && isExported != true }

  private static func precedes(_ a: Entry, _ b: Entry) -> Bool {
    switch (a.content, b.content) {
    case (.event(let x, _), .event(let y, _)):
      if x.timestamp != y.timestamp || x.id != y.id { return Event.precedesInHistory(x, y) }
    case (.event, .malformed): return true
    case (.malformed, .event): return false
    case (.malformed, .malformed): break
    }
    return a.place < b.place
  }
}
