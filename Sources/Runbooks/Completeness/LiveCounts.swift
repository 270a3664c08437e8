import EventLog
import EventModel
import Running

/// What live counted: the result of ``CompletenessSQL``, in any order of users and columns.
///
/// Memory: 48 bytes for each user, and as much again while they are read.
package struct LiveCounts: Sendable {
  /// One user's row.
  struct Row: Sendable {
    var user: UserID
    var events: Int
    /// The file's index, and the line in it.
    fileprivate var place: UInt64
    var ids: Int128

    var tally: EventTally { EventTally(user: user, events: events, ids: ids) }
  }

  /// Ascending by user, each user once.
  private(set) var rows: [Row] = []
  /// Up to which instant live counted; `nil`: all events, or there is no row.
  private(set) var asOf: Instant?

  /// Reads the files. Throws for the first row that is not a user's counts, for a file without all of its rows, and for a
  /// user with two rows.
  package init(_ paths: [String]) throws {
    let paths = try expandLogPaths(paths)
    for (file, path) in paths.enumerated() { try read(path, UInt64(file)) }
    try sort(paths)
  }

  private mutating func read(_ path: String, _ file: UInt64) throws(MalformedInput) {
    var lines = try CountLines(path)
    let header: Columns?
    do throws(MalformedInput) { header = try lines.next(Columns.init) } catch {
      throw error.position == nil ? error : error.expecting(Columns.expected)
    }
    guard let columns = header else { throw MalformedInput(file: path, reason: "empty").expecting(Columns.expected) }
    let before = rows.count
    var users: Int?
    while let (row, said) = try lines.next({ (fields, place) throws(MalformedInput) in
      try columns.row(fields, place, file)
    }) {
      if rows.isEmpty {
        asOf = said.asOf
      } else if said.asOf != asOf {
        throw MalformedInput(
          at: lines.position, field: "as_of",
          reason: "another instant than in the first row; count all users up to one instant")
      }
      if users == nil { users = said.users }
      if users != said.users {
        throw MalformedInput(at: lines.position, field: "users", reason: "another number than in the file's first row")
      }
      if let last = rows.last, last.user == row.user { throw LiveCounts.repeated(lines.position) }
      rows.append(row)
    }
    if let users, rows.count - before != users {
      throw MalformedInput(
        file: path,
        reason: "\(rows.count - before) rows where each says that there are \(users): it was cut off; count again")
    }
  }

  private mutating func sort(_ paths: [String]) throws(MalformedInput) {
    let isSorted = zip(rows, rows.dropFirst()).allSatisfy { $0.user < $1.user }
    if isSorted { return }
    rows.sort { $0.user == $1.user ? $0.place < $1.place : $0.user < $1.user }
    var first: UInt64?
    for (row, next) in zip(rows, rows.dropFirst()) where row.user == next.user {
      first = min(first ?? next.place, next.place)
    }
    guard let first else { return }
    throw MalformedInput(
      file: paths[Int(first >> Columns.lineBits)],
      reason: "line \(first & Columns.lineMask): user_id: \(LiveCounts.twice)")
  }

  private static func repeated(_ place: LogPosition) -> MalformedInput {
    MalformedInput(at: place, field: "user_id", reason: twice)
  }

  private static let twice = "a second row of one user; the counts have one row for each user"
}

extension MalformedInput {
  fileprivate func expecting(_ words: String) -> MalformedInput {
    var fault = self
    fault.reason += "; expected \(words)"
    return fault
  }
}

/// What each row says of all rows of its file.
private struct WholeFile {
  /// How many rows there are.
  var users: Int
  var asOf: Instant?
}

/// Which field of a line is which column.
private struct Columns {
  static let lineBits: UInt64 = 48
  static let lineMask: UInt64 = 1 << lineBits - 1
  /// No user has more events, and the sum over all users is still a number.
  private static let mostEvents = 1 << 40
  static let expected =
    "a line with the names \(CompletenessSQL.columns.joined(separator: ",")), as refold verify --completeness-sql prints"

  private let user: Int
  private let events: Int
  private let ids: Int
  private let users: Int
  private let asOf: Int
  private let count: Int

  init(_ header: CountLines.Fields, _ place: LogPosition) throws(MalformedInput) {
    let names = header.map { String(decoding: $0, as: UTF8.self) }
    func column(_ name: String) throws(MalformedInput) -> Int {
      let places = names.indices.filter { names[$0] == name }
      if places.count > 1 { throw MalformedInput(at: place, field: name, reason: "the column is named twice") }
      guard let found = places.first else {
        throw MalformedInput(at: place, field: name, reason: "no such column")
      }
      return found
    }
    user = try column("user_id")
    events = try column("events")
    ids = try column("ids")
    users = try column("users")
    asOf = try column("as_of")
    count = names.count
  }

  func row(
    _ fields: CountLines.Fields, _ place: LogPosition, _ file: UInt64
  ) throws(MalformedInput) -> (LiveCounts.Row, WholeFile) {
    if fields.count != count {
      throw MalformedInput(
        at: place, reason: "wrong number of columns: \(fields.count) where the header names \(count)")
    }
    guard let user = UserID(fields[self.user]) else {
      throw MalformedInput(at: place, field: "user_id", reason: "not a UUID")
    }
    guard let number = Columns.number(fields[self.events]), let events = Int(exactly: number),
      (0...Columns.mostEvents).contains(events)
    else {
      throw MalformedInput(at: place, field: "events", reason: "not a whole number of events")
    }
    guard let ids = Columns.number(fields[self.ids]) else {
      throw MalformedInput(at: place, field: "ids", reason: "not a whole number")
    }
    let limit = Int128(events) << 63
    guard (-limit...limit).contains(ids) else {
      throw MalformedInput(at: place, field: "ids", reason: "not the sum of as many hashes as there are events")
    }
    guard let users = Columns.number(fields[self.users]).flatMap({ Int(exactly: $0) }) else {
      throw MalformedInput(at: place, field: "users", reason: "not a whole number of users")
    }
    var asOf: Instant?
    if !fields[self.asOf].isEmpty {
      do throws(TimestampText.Fault) { asOf = try TimestampText.parse(fields[self.asOf]) } catch {
        throw MalformedInput(at: place, field: "as_of", reason: error.reason)
      }
    }
    let line = UInt64(place.line)
    return (
      LiveCounts.Row(user: user, events: events, place: file << Columns.lineBits | line, ids: ids),
      WholeFile(users: users, asOf: asOf)
    )
  }

  /// A whole number in digits, perhaps with a minus sign.
  private static func number(_ text: UnsafeRawBufferPointer) -> Int128? {
    if text.first == UInt8(ascii: "+") { return nil }
    return Int128(String(decoding: text, as: UTF8.self))
  }
}
