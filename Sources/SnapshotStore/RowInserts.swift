import EventModel
import GRDBSQLite

/// The four prepared inserts, each feeding the digests with the very bytes it stores.
///
/// A call gives SQLite's result code. Identifiers and instants are written as text into buffers that live as long as
/// this and are bound without a copy. A row allocates nothing but what its id's SHA-1 does.
final class RowInserts {
  let digests = SnapshotDigests()
  private let projections: SQLiteStatement
  private let failures: SQLiteStatement
  private let users: SQLiteStatement
  private let signals: SQLiteStatement
  /// The as-of, as the two instants of every projection.
  private let asOf: [UInt8]
  /// The current user and its id as text.
  private var user: UserID?
  private var userText: [UInt8] = []
  /// The other identifiers and the instants of the current row, one after the other.
  private var texts: [UInt8] = []
  /// The name whose UUID is the current projection's id.
  private var rowName: [UInt8] = []

  private typealias Text = UnsafeRawBufferPointer

  init(on connection: SQLiteConnection, asOf: Instant) throws(SnapshotError) {
    projections = try SQLiteStatement("INSERT INTO projections VALUES (?, ?, ?, ?, ?, 1, ?, ?, ?)", on: connection)
    failures = try SQLiteStatement("INSERT INTO failures VALUES (?, ?, ?, ?, ?)", on: connection)
    users = try SQLiteStatement("INSERT INTO users VALUES (?, ?)", on: connection)
    signals = try SQLiteStatement("INSERT INTO signals VALUES (?, ?, ?, ?, ?, ?)", on: connection)
    self.asOf = Array(asOf.description.utf8)
    userText.reserveCapacity(36)
    texts.reserveCapacity(128)
    rowName.reserveCapacity(128)
  }

  func user(_ id: UserID, source: UserSource) -> Int32 {
    begin(id)
    var source = source.rawValue
    return source.withUTF8 { source in
      userText.withUnsafeBytes { id in
        digests.user(id, source: Text(source))
        users.bind(1, id)
        users.bind(2, Text(source))
        return users.run()
      }
    }
  }

  func projection(user: UserID, name: ProjectionName, data: UnsafeRawBufferPointer, lastEvent: EventID?) -> Int32 {
    begin(user)
    var type = name.type
    var key = name.key
    return type.withUTF8 { type in
      key.withUTF8 { key in
        rowID(type: Text(type), key: Text(key)).append(to: &texts)
        lastEvent?.append(to: &texts)
        return insertProjection(type: Text(type), key: Text(key), data: data, hasEvent: lastEvent != nil)
      }
    }
  }

  func failure(_ failure: Failure) -> Int32 {
    begin(failure.user)
    failure.event?.append(to: &texts)
    var type = failure.projectionType
    var reason = failure.code.rawValue
    var detail = failure.detail
    return type.withUTF8 { type in
      reason.withUTF8 { reason in
        detail.withUTF8 { detail in
          insertFailure(type: Text(type), code: Text(reason), detail: Text(detail), hasEvent: failure.event != nil)
        }
      }
    }
  }

  func signal(_ signal: SignalSummary) -> Int32 {
    begin(signal.user)
    signal.first.append(to: &texts)
    let first = texts.count
    signal.last.append(to: &texts)
    let last = texts.count
    signal.newestEvent.append(to: &texts)
    var eventType = signal.eventType
    return eventType.withUTF8 { type in
      insertSignal(type: Text(type), events: signal.count, firstEnd: first, lastEnd: last)
    }
  }

  /// Makes `user` the current one and clears the texts of the row before.
  @inline(__always)
  private func begin(_ user: UserID) {
    texts.removeAll(keepingCapacity: true)
    if user == self.user { return }
    precondition(self.user.map { $0 < user } ?? true, "rows arrive in ascending user order")
    self.user = user
    userText.removeAll(keepingCapacity: true)
    user.append(to: &userText)
  }

  private func rowID(type: Text, key: Text) -> UUID128 {
    rowName.removeAll(keepingCapacity: true)
    rowName.append(contentsOf: userText)
    rowName.append(0x2F)
    rowName.append(contentsOf: type)
    rowName.append(0x2F)
    rowName.append(contentsOf: key)
    return rowName.withUnsafeBytes { UUID128.version5(namespace: .projectionNamespace, name: $0) }
  }

  private func insertProjection(type: Text, key: Text, data: Text, hasEvent: Bool) -> Int32 {
    texts.withUnsafeBytes { texts in
      userText.withUnsafeBytes { user in
        asOf.withUnsafeBytes { asOf in
          let event = hasEvent ? Text(rebasing: texts[36...]) : nil
          digests.projection(user: user, type: type, key: key, data: data, lastEvent: event)
          projections.bind(1, Text(rebasing: texts[..<36]))
          projections.bind(2, user)
          projections.bind(3, type)
          projections.bind(4, key)
          projections.bind(5, data)
          projections.bind(6, event)
          projections.bind(7, asOf)
          projections.bind(8, asOf)
          return projections.run()
        }
      }
    }
  }

  private func insertFailure(type: Text, code: Text, detail: Text, hasEvent: Bool) -> Int32 {
    texts.withUnsafeBytes { texts in
      userText.withUnsafeBytes { user in
        let event = hasEvent ? texts : nil
        digests.failure(user: user, type: type, code: code, event: event, detail: detail)
        failures.bind(1, user)
        failures.bind(2, type)
        failures.bind(3, code)
        failures.bind(4, event)
        failures.bind(5, detail)
        return failures.run()
      }
    }
  }

  private func insertSignal(type: Text, events: Int, firstEnd: Int, lastEnd: Int) -> Int32 {
    texts.withUnsafeBytes { texts in
      userText.withUnsafeBytes { user in
        let first = Text(rebasing: texts[..<firstEnd])
        let last = Text(rebasing: texts[firstEnd..<lastEnd])
        let newest = Text(rebasing: texts[lastEnd...])
        digests.signal(user: user, eventType: type, events: events, first: first, last: last, newest: newest)
        signals.bind(1, user)
        signals.bind(2, type)
        signals.bind(3, events)
        signals.bind(4, first)
        signals.bind(5, last)
        signals.bind(6, newest)
        return signals.run()
      }
    }
  }
}
