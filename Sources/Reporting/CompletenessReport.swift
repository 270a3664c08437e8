import EventModel
import Formatting
import JSONTape

/// The result of `refold verify LOG --completeness`: the log's events and live's, in numbers.
package struct CompletenessReport: Sendable {
  /// A user's numbers of events.
  package struct User: Sendable, Equatable {
    package var user: UserID
    package var log: Int
    package var live: Int

    package init(user: UserID, log: Int, live: Int) {
      self.user = user
      self.log = log
      self.live = live
    }

    /// How the events of a user differ.
    package enum Difference: String, Sendable, CaseIterable {
      /// The log has fewer events than live.
      case lacks
      /// The log has more events than live.
      case tooMany = "too_many"
      /// The log has as many events as live, with other ids.
      case otherIDs = "other_ids"
    }

    /// Of a user whose events differ.
    package var difference: Difference { log < live ? .lacks : log > live ? .tooMany : .otherIDs }

    /// By how many events the sides differ.
    package var distance: Int { abs(log - live) }

    /// Most events first, then lacking before too many, then by id.
    fileprivate func isWorse(than other: User) -> Bool {
      if distance != other.distance { return distance > other.distance }
      if difference != other.difference { return difference == .lacks }
      return user < other.user
    }
  }

  /// Numbers of users and, of these, the events by which they differ.
  package struct Share: Sendable, Equatable {
    package var users: Int
    package var events: Int

    package init(users: Int = 0, events: Int = 0) {
      self.users = users
      self.events = events
    }
  }

  /// Up to which instant both sides are counted; `nil`: all events.
  package var asOf: Instant?
  /// The newest created_at of the log, or the newest timestamp if it has no created_at; `nil` without events.
  package let newest: Instant?
  /// How many users to list.
  package let limit: Int
  package private(set) var logEvents = 0
  package private(set) var liveEvents = 0
  /// Events of the log after ``asOf``.
  package var laterEvents = 0
  package private(set) var equalUsers = 0
  package private(set) var lacking = Share()
  package private(set) var exceeding = Share()
  package private(set) var withOtherIDs = 0
  /// Users with events in the log alone, and on live alone: among those above.
  package private(set) var onlyInLog = 0
  package private(set) var onlyOnLive = 0
  /// The users that differ most, the worst first; at most ``limit``.
  package private(set) var worst: [User] = []
  package var notices: [Foreign] = []

  package init(newest: Instant?, limit: Int) {
    self.newest = newest
    self.limit = limit
  }

  /// Counts a user. A user without events on both sides does not count. Amortised O(log ``limit``).
  package mutating func add(_ user: User, haveEqualIDs: Bool) {
    if user.log == 0, user.live == 0 { return }
    logEvents += user.log
    liveEvents += user.live
    if user.log == user.live, haveEqualIDs {
      equalUsers += 1
      return
    }
    switch user.difference {
    case .lacks:
      lacking.users += 1
      lacking.events += user.distance
      if user.log == 0 { onlyOnLive += 1 }
    case .tooMany:
      exceeding.users += 1
      exceeding.events += user.distance
      if user.live == 0 { onlyInLog += 1 }
    case .otherIDs: withOtherIDs += 1
    }
    worst.append(user)
    if worst.count >= 2 * max(limit, 512) { finish() }
  }

  /// Call after the last user: puts the worst users in order.
  package mutating func finish() {
    worst.sort { $0.isWorse(than: $1) }
    worst.removeLast(max(0, worst.count - limit))
  }

  /// Adds what an operator must know about the instant.
  ///
  /// - Parameters:
  ///   - counted: the instant of live's counts.
  ///   - hasRows: whether live's counts have any row, and so an instant.
  ///   - hasInstants: whether the log has created_at.
  package mutating func note(countedUpTo counted: Instant?, hasRows: Bool, hasInstants: Bool) {
    guard hasRows else {
      notices.append("live's counts have no user")
      return
    }
    guard let counted else {
      notices.append("live's counts have no as_of: all events of both sides are compared")
      return
    }
    guard hasInstants else {
      notices.append(
        """
        no event of the log has created_at, so live's as_of cannot be used: all events of the log are compared with \
        those that live stored up to \(counted)
        """)
      return
    }
    guard let newest else { return }
    if counted > newest {
      notices.append(
        """
        live counted up to \(counted), which is after the log's newest created_at, \(newest): what live stored in \
        between counts as lacking
        """)
    } else if counted == newest {
      notices.append(
        """
        live counted up to the log's newest created_at: a log that lacks the newest events of all would look complete; \
        to see that, count up to the instant of the export
        """)
    } else if laterEvents > 0 {
      notices.append("live counted up to \(counted): \(plural(laterEvents, "later event")) of the log not compared")
    }
  }

  /// The number of users with events on one side at least.
  package var users: Int { equalUsers + differingUsers }

  package var differingUsers: Int { lacking.users + exceeding.users + withOtherIDs }
}

extension CompletenessReport {
  package var judgement: Judgement {
    var judgement = Judgement(of: "users", compared: users)
    judgement.differing = differingUsers
    judgement.failed = complaints
    judgement.unjudged = unjudged
    return judgement
  }

  /// The reasons for exit status 1.
  package var complaints: [Foreign] {
    var complaints: [Foreign] = []
    if lacking.users > 0 {
      complaints.append("the log lacks \(plural(lacking.events, "event")) of \(plural(lacking.users, "user"))")
    }
    if exceeding.users > 0 {
      complaints.append(
        "the log has \(plural(exceeding.events, "event")) too many, of \(plural(exceeding.users, "user"))")
    }
    if withOtherIDs > 0 {
      complaints.append("the log has as many events as live, but other ids, of \(plural(withOtherIDs, "user"))")
    }
    return complaints
  }

  /// Why there is no answer.
  package var unjudged: [Foreign] {
    users == 0 ? ["neither the log nor live's counts have an event up to then: nothing to check"] : []
  }

  package var text: String {
    var table = TextTable()
    table.row("as of", asOf?.description ?? "no instant: all events")
    table.row("events in the log", grouped(logEvents))
    table.row("events on live", grouped(liveEvents))
    table.row("users compared", grouped(users))
    table.row("  equal", grouped(equalUsers))
    table.row("  lacking events", CompletenessReport.line(lacking, "event"))
    table.row("  with too many", CompletenessReport.line(exceeding, "event"))
    table.row("  with other ids", grouped(withOtherIDs))
    table.row("  only in the log", grouped(onlyInLog))
    table.row("  only on live", grouped(onlyOnLive))
    var text = table.text
    if !worst.isEmpty { text += "\n" + worst.map(\.line).joined() }
    let others = differingUsers - worst.count
    if others > 0 { text += "\(plural(others, "other user")) not listed: --limit lists more\n" }
    if !complaints.isEmpty { text += "\n" + complaints.map { "incomplete: \($0.text)\n" }.joined() }
    if !unjudged.isEmpty { text += "\n" + unjudged.map { "not known: \($0.text)\n" }.joined() }
    return text
  }

  private static func line(_ share: Share, _ noun: String) -> String {
    share.users == 0 ? "0" : "\(grouped(share.users))  (\(plural(share.events, noun)))"
  }

  package var json: JSONTree {
    func number(_ value: Int) -> JSONTree { .integer(Int64(value)) }
    return .object([
      .init("as_of", asOf.map { .string($0.description) } ?? .null),
      .init("newest", newest.map { .string($0.description) } ?? .null),
      .init(
        "events",
        .object([
          .init("log", number(logEvents)), .init("live", number(liveEvents)), .init("later", number(laterEvents)),
          .init("lacking", number(lacking.events)), .init("too_many", number(exceeding.events)),
        ])),
      .init(
        "users",
        .object([
          .init("compared", number(users)), .init("equal", number(equalUsers)), .init("lacking", number(lacking.users)),
          .init("too_many", number(exceeding.users)), .init("other_ids", number(withOtherIDs)),
          .init("only_in_log", number(onlyInLog)), .init("only_on_live", number(onlyOnLive)),
        ])),
      .init("worst", .array(worst.map(\.json))),
      .init("complete", .bool(judgement.status == 0)),
      .init("verdict", .string(judgement.verdict.rawValue)),
      .init("notices", .array(notices.map { .string($0.raw) })),
      .init("unjudged", .array(unjudged.map { .string($0.raw) })),
      .init("complaints", .array(complaints.map { .string($0.raw) })),
    ])
  }
}

extension CompletenessReport.User {
  /// One line for people.
  var line: String {
    let words =
      switch difference {
      case .lacks: "lacks \(grouped(distance)) of \(plural(live, "event"))"
      case .tooMany: "has \(grouped(distance)) too many: \(plural(log, "event")), on live \(grouped(live))"
      case .otherIDs: "has \(plural(log, "event")) as on live, with other ids"
      }
    return "\(user)  \(words)\n"
  }

  var json: JSONTree {
    .object([
      .init("user_id", .string(user.description)), .init("difference", .string(difference.rawValue)),
      .init("log", .integer(Int64(log))), .init("live", .integer(Int64(live))),
    ])
  }
}
