import EventLog
import EventModel

/// All that a log says of one user, record by record: what `explain` explains.
///
/// Events point into memory that this keeps, or into a file.
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
  /// By (timestamp, id), then in the order of the log.
  let events: [Event]
  /// In the order of the log.
  private let malformed: [FoundPlace]
  private let origin: Origin
  private let walk: SpilledWalk?

  private enum Origin {
    /// Read from a log, each event with its place after it; what holds them.
    case log(FoundHistory, [FoundTexts], memory: [FoundParts])
    /// Loaded by somebody else, who keeps them; the types' names.
    case elsewhere(types: [String])
  }

  init(
    user: UserID, history: FoundHistory, malformed: [FoundPlace], texts: [FoundTexts], isExported: Bool?,
    memory: [FoundParts]
  ) {
    self.user = user
    self.isExported = isExported
    events = history.events
    self.malformed = malformed.sorted { $0.isBefore($1) }
    origin = .log(history, texts, memory: memory)
    walk = history.memory.map(SpilledWalk.init)
  }

  /// A history, in order, that somebody has loaded already, and keeps.
  package init(user: UserID, history: [(event: Event, type: String)], isExported: Bool? = nil) {
    self.user = user
    self.isExported = isExported
    events = history.map(\.event)
    malformed = []
    origin = .elsewhere(types: history.map(\.type))
    walk = nil
  }

  package var count: Int { events.count + malformed.count }

  /// Events by (timestamp, id), then in the order of the log; malformed records after them.
  package var entries: some RandomAccessCollection<Entry> { (0..<count).lazy.map { self[$0] } }

  package subscript(index: Int) -> Entry {
    switch origin {
    case .elsewhere(let types): return Entry(content: .event(events[index], type: types[index]))
    case .log(let history, let sources, _):
      let isEvent = index < events.count
      let place = isEvent ? FoundEvent(events[index].base).place : malformed[index - events.count]
      let texts = sources[Int(place.source)]
      let position = LogPosition(
        file: texts.files[Int(place.file)], line: place.line, byteOffset: place.byteOffset)
      if isEvent {
        return Entry(
          position: position, content: .event(events[index], type: texts.types[Int(place.text)]),
          unlistedRepeats: history.unlisted.isEmpty ? 0 : history.unlisted[events[index].base, default: 0])
      }
      let fault = texts.faults[Int(place.text)]
      return Entry(
        position: position, content: .malformed(field: fault.field, reason: fault.reason),
        unlistedRepeats: place.unlistedRepeats)
    }
  }

  /// Notes that the event was looked at, on the way from one end to the other: those before it need not be held.
  func looked(at event: Event) {
    walk?.looked(at: event.base)
  }

  /// Whether the events are in a file, as they do not fit in the budget.
  package var isInFile: Bool { walk != nil }

  /// Whether neither the log nor a users export knows the user.
  package var isUnknown: Bool { count == 0 && isExported != true }
}
