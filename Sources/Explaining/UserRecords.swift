import EventLog
import EventModel

/// All records of one user in a log: the input of `explain`.
///
/// The events point into memory that this object keeps, or into a file.
package final class UserRecords: @unchecked Sendable {
  package struct Entry {
    /// `nil` if the history was not read from a file.
    package var position: LogPosition?
    package var content: Content
    /// Number of equal records that are not listed.
    var unlistedRepeats = 0
  }

  package enum Content {
    case event(Event, type: String)
    /// A record that names the user and is not a valid event.
    case malformed(field: String?, reason: String)
  }

  package let user: UserID
  /// Whether a users export names the user; `nil` without one.
  package let isExported: Bool?
  /// By (timestamp, id), then in log order.
  let events: [Event]
  /// In log order.
  private let malformed: [FoundPlace]
  private let origin: Origin
  private let walk: SpilledWalk?

  private enum Origin {
    /// Read from a log: each event is followed by its place. `memory` owns the events, unless they are in a file.
    case log(FoundHistory, [FoundTexts], memory: [FoundParts])
    /// Loaded by the caller, who owns the events. `types` are the names of their types.
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

  /// Creates the records from a sorted history that the caller has loaded and must keep.
  package init(user: UserID, history: [(event: Event, type: String)], isExported: Bool? = nil) {
    self.user = user
    self.isExported = isExported
    events = history.map(\.event)
    malformed = []
    origin = .elsewhere(types: history.map(\.type))
    walk = nil
  }

  package var count: Int { events.count + malformed.count }

  /// Events by (timestamp, id), then in log order; malformed records come last.
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

  /// Notes that an event was examined in a pass from one end to the other, so that memory far from it can be released.
  func looked(at event: Event) {
    walk?.looked(at: event.base)
  }

  /// Whether the events are in a file because they did not fit into the budget.
  package var isInFile: Bool { walk != nil }

  /// Whether neither the log nor a users export knows the user.
  package var isUnknown: Bool { count == 0 && isExported != true }
}
