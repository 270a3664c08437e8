import EventModel
import Formatting
import JSONTape

/// The result of `refold verify`.
package struct VerifyReport: Sendable {
  /// One side's figures.
  package struct Side: Sendable {
    /// In the domain's order.
    package var backfills: [BackfillFigures]

    package init(_ backfills: [BackfillFigures]) { self.backfills = backfills }
  }

  /// A user behind a count.
  package struct ListedUser: Sendable {
    package var user: UserID
    /// `rebuilt` or `live`.
    package var side: String
    /// As the domain names it.
    package var backfill: String
    package var reason: Foreign
    package var lag: Minutes?

    package init(user: UserID, side: String, backfill: String, reason: String, lag: Minutes? = nil) {
      self.user = user
      self.side = side
      self.backfill = backfill
      self.reason = Foreign(reason)
      self.lag = lag
    }
  }

  /// The instant used for NOW(), and its origin.
  package var now: Instant
  package var nowSource: String
  package var rebuilt: Side?
  package var live: Side?
  package var queue: QueueReport?
  /// The number of users with a row that is behind, and with a row that is changed; `nil` without a log.
  package var causes: (behind: Int, changed: Int)?
  /// The name of the list requested with `--list`.
  package var listName: String?
  package var listed: [ListedUser] = []
  package var notices: [Foreign] = []
  /// Users that lack rows because the reducers fail on their events, by side and backfill.
  package var failing: [Failing] = []

  package struct Failing: Sendable {
    /// `rebuilt` or `live`.
    package var side: String
    package var backfill: String
    package var users: Int

    package init(side: String, backfill: String, users: Int) {
      self.side = side
      self.backfill = backfill
      self.users = users
    }
  }

  /// The reasons for exit status 1; empty for 0.
  package var complaints: [Foreign] = []
  /// What was asked but cannot be known, in words.
  package var unjudged: [Foreign] = []
  /// The number of users checked; `nil` if only the queue was checked.
  package var usersChecked: Int?

  package init(now: Instant, nowSource: String) {
    self.now = now
    self.nowSource = nowSource
  }
}

extension VerifyReport {
  package var judgement: Judgement {
    var judgement = Judgement(of: "users", compared: usersChecked)
    judgement.failed = complaints
    judgement.unjudged = unjudged
    return judgement
  }

  /// Tables for people, or the list alone.
  package var text: String {
    if listName != nil { return listed.map(\.line).joined() }
    var text = "now  \(now)  (\(nowSource))\n"
    let sides = [("rebuilt", rebuilt), ("live", live)].compactMap { name, side in side.map { (name, $0) } }
    for (place, name) in (sides.first?.1.backfills ?? []).map(\.name).enumerated() {
      text += "\n" + Self.table("\(name) coverage", sides) { $0.backfills[place].coverage.map { ($0, "\($1)") } }
      text += "\n" + Self.table("\(name) lag", sides) { $0.backfills[place].lag.rows }
    }
    if let causes { text += "\nusers behind   \(causes.behind)\nusers changed  \(causes.changed)\n" }
    if !failing.isEmpty {
      text += "\n"
      for entry in failing { text += "\(entry.side): reducers fail  \(grouped(entry.users))  (\(entry.backfill))\n" }
    }
    if let queue { text += "\n" + queue.text }
    if !complaints.isEmpty { text += "\n" + complaints.map { "incomplete: \($0.text)\n" }.joined() }
    if !unjudged.isEmpty { text += "\n" + unjudged.map { "not known: \($0.text)\n" }.joined() }
    return text
  }

  /// A table with a name and a column for each side.
  private static func table(
    _ title: String, _ sides: [(name: String, side: Side)], _ rows: (Side) -> [(String, String)]
  ) -> String {
    let columns = sides.map { [$0.name] + rows($0.side).map(\.1) }
    let names = [title] + rows(sides[0].side).map(\.0)
    let width = names.map(\.count).max() ?? 0
    let widths = columns.map { $0.map(\.count).max() ?? 0 }
    return names.indices.map { row in
      let label = names[row] + String(repeating: " ", count: width - names[row].count)
      let values = columns.indices.map { column in
        String(repeating: " ", count: widths[column] - columns[column][row].count) + columns[column][row]
      }
      return ([label] + values).joined(separator: "  ") + "\n"
    }.joined()
  }

  package var json: JSONTree {
    var members: [JSONTree.Member] = [
      .init("now", .string(now.description)), .init("now_source", .string(nowSource)),
    ]
    if let rebuilt { members.append(.init("rebuilt", rebuilt.json)) }
    if let live { members.append(.init("live", live.json)) }
    if let causes {
      members.append(
        .init(
          "diff",
          .object([
            .init("users_behind", .integer(Int64(causes.behind))),
            .init("users_changed", .integer(Int64(causes.changed))),
          ])))
    }
    if let queue { members.append(.init("queue", queue.json)) }
    if let listName { members.append(.init(listName, .array(listed.map(\.json)))) }
    members.append(
      .init(
        "failing",
        .array(
          failing.map {
            .object([
              .init("rows", .string($0.side)), .init("backfill", .string($0.backfill)),
              .init("users", .integer(Int64($0.users))),
            ])
          })))
    members.append(.init("complete", .bool(judgement.status == 0)))
    members.append(.init("verdict", .string(judgement.verdict.rawValue)))
    members.append(.init("unjudged", .array(unjudged.map { .string($0.raw) })))
    members.append(.init("complaints", .array(complaints.map { .string($0.raw) })))
    return .object(members)
  }
}

extension VerifyReport.ListedUser {
  /// Tab-separated: user, side, backfill, lag in minutes (may be empty), reason.
  var line: String { "\(user)\t\(side)\t\(backfill)\t\(lag?.description ?? "")\t\(reason.text)\n" }

  var json: JSONTree {
    .object([
      .init("user_id", .string(user.description)), .init("rows", .string(side)), .init("backfill", .string(backfill)),
      .init("lag_minutes", lag.json), .init("reason", .string(reason.raw)),
    ])
  }
}

extension VerifyReport.Side {
  var json: JSONTree {
    func counts(_ columns: [(name: String, count: Int)]) -> JSONTree {
      .object(columns.map { .init($0.name, .integer(Int64($0.count))) })
    }
    return .object(
      backfills.map {
        .init(
          $0.name,
          .object([
            .init("coverage", counts($0.coverage)), .init("lag", $0.lag.json), .init("spread", $0.lag.spreadJSON),
          ]))
      })
  }
}

extension LagFigures {
  /// The runbooks' columns, then the spread.
  package var rows: [(String, String)] {
    let spread =
      percentiles.isEmpty
      ? ["min", "p05", "p50", "p95", "max"].map { ($0, "-") } : percentiles.map { ($0.name, $0.minutes.description) }
    return [
      ("users_considered", String(usersConsidered)), ("users_without_projection", String(usersWithoutProjection)),
      ("avg_projection_minus_signal_minutes", averageMinusSignal?.description ?? "-"),
      ("avg_projection_age_minutes", averageAge?.description ?? "-"),
      ("max_projection_age_minutes", maximumAge?.description ?? "-"), ("users_lagging", String(usersLagging)),
      ("max_lag_minutes", maximumLag?.description ?? "-"),
    ] + spread.map { ("projection_minus_signal_minutes \($0.0)", $0.1) }
  }

  /// The runbooks' columns alone.
  var json: JSONTree {
    .object([
      .init("users_considered", .integer(Int64(usersConsidered))),
      .init("users_without_projection", .integer(Int64(usersWithoutProjection))),
      .init("avg_projection_minus_signal_minutes", averageMinusSignal.json),
      .init("avg_projection_age_minutes", averageAge.json), .init("max_projection_age_minutes", maximumAge.json),
    ])
  }

  var spreadJSON: JSONTree {
    .object([
      .init("users_lagging", .integer(Int64(usersLagging))), .init("max_lag_minutes", maximumLag.json),
      .init(
        "projection_minus_signal_minutes", .object(percentiles.map { .init($0.name, Optional($0.minutes).json) })),
    ])
  }
}

extension Minutes? {
  var json: JSONTree { map { .double(Double($0.hundredths) / 100) } ?? .null }
}
