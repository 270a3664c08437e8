import EventModel
import Formatting
import JSONTape

/// Whether a rebuild depends on something that it must not depend on.
package struct ProveReport: Sendable {
  /// One rebuild.
  package struct Run: Sendable {
    package var setting: String
    package var digest: String
    /// The first difference from the snapshot of the first run.
    package var divergence: Divergence?

    package init(setting: String, digest: String) {
      self.setting = setting
      self.digest = digest
    }
  }

  package struct Divergence: Sendable, Hashable {
    package var user: UserID?
    package var place: Foreign
    package var path: Foreign?
    package var first: Foreign?
    package var second: Foreign?

    package init(user: UserID?, place: String, path: String?, first: String?, second: String?) {
      self.user = user
      self.place = Foreign(place)
      self.path = path.map { Foreign($0) }
      self.first = first.map { Foreign($0) }
      self.second = second.map { Foreign($0) }
    }
  }

  /// A program, asked for the same users in several ways.
  package struct Program: Sendable {
    /// A way to ask that must not matter.
    package enum Way: String, Sendable {
      case again
      case otherOrder = "other_order"
      case anotherProcess = "another_process"

      fileprivate var words: String {
        switch self {
        case .again: "again"
        case .otherOrder: "with members in another order"
        case .anotherProcess: "in another process, after other users"
        }
      }
    }

    package struct Difference: Sendable {
      package var user: UserID
      package var way: Way
      /// `TYPE/KEY`, or the type of a failure; empty if it is not known.
      package var place: Foreign

      package init(user: UserID, way: Way, place: Foreign) {
        self.user = user
        self.way = way
        self.place = place
      }
    }

    package var name: Foreign
    package var users = 0
    /// The first user whose answers differ.
    package var difference: Difference?

    package init(name: Foreign) { self.name = name }
  }

  package var runs: [Run] = []
  package var programs: [Program] = []
  package var ties = TieReport()

  package init() {}

  /// What the exit status is derived from.
  package var judgement: Judgement {
    var judgement = Judgement(of: "rebuilds", compared: runs.count + programs.count)
    judgement.differing = runs.count { $0.divergence != nil } + programs.count { $0.difference != nil }
    return judgement
  }

  package var isDeterministic: Bool {
    runs.allSatisfy { $0.divergence == nil } && programs.allSatisfy { $0.difference == nil }
  }
}

/// Rows that depend on the order of ids among events with equal timestamps.
package struct TieReport: Sendable {
  package struct Row: Sendable {
    package var user: UserID
    /// `TYPE/KEY`, or the type if a failure appears or disappears.
    package var projection: Foreign
    /// Whether only `last_event_id` differs and the data are equal.
    package var isOnlyLastEvent: Bool
    /// The first path that differs, with its values in the two orders.
    package var path: Foreign?
    package var first: Foreign?
    package var second: Foreign?

    package init(user: UserID, projection: String, isOnlyLastEvent: Bool) {
      self.user = user
      self.projection = Foreign(projection)
      self.isOnlyLastEvent = isOnlyLastEvent
    }
  }

  /// Users who have events with equal timestamps.
  package var users = 0
  /// Groups of such events, and the number of events in them.
  package var groups = 0
  package var events = 0
  package var rows: [Row] = []

  package init() {}

  package mutating func add(_ other: TieReport) {
    users += other.users
    groups += other.groups
    events += other.events
    rows += other.rows
  }

  package var rowsOfData: [Row] { rows.filter { !$0.isOnlyLastEvent } }
}

extension ProveReport.Run {
  /// The setting, with the digest or the divergence.
  package var text: String {
    let width = 80
    let name = setting + String(repeating: " ", count: max(1, width - setting.count))
    guard let divergence else { return name + String(digest.prefix(16)) + "\n" }
    return name + "DIVERGES\n" + divergence.text
  }
}

extension ProveReport.Divergence {
  var text: String {
    "    \(user.map { "\($0)  " } ?? "")\(place.text)\n    \(path.map { $0.text + ": " } ?? "")\(shown(first, 100)) → \(shown(second, 100))\n"
  }

  var json: JSONTree {
    .object([
      .init("user_id", user.map { .string($0.description) } ?? .null), .init("place", .string(place.raw)),
      .init("path", path.map { .string($0.raw) } ?? .null), .init("first", first.map { .string($0.raw) } ?? .null),
      .init("second", second.map { .string($0.raw) } ?? .null),
    ])
  }
}

extension ProveReport {
  /// What remains to be printed after the runs: the digest, or which settings differ; then the ties.
  package var text: String {
    var text = ""
    if let other = runs.first(where: { $0.divergence != nil }), let first = runs.first {
      text = "NOT DETERMINISTIC: \"\(first.setting)\" and \"\(other.setting)\" give different snapshots\n"
    } else if let digest = runs.first?.digest {
      text = "deterministic: \(counted(runs.count, "rebuild")), one snapshot, digest \(digest)\n"
    }
    for program in programs { text += program.text }
    return text + ties.text
  }

  package var json: JSONTree {
    .object([
      .init("deterministic", .bool(isDeterministic)),
      .init("digest", runs.first.map { .string($0.digest) } ?? .null),
      .init(
        "runs",
        .array(
          runs.map { run in
            .object([
              .init("setting", .string(run.setting)), .init("digest", .string(run.digest)),
              .init("divergence", run.divergence?.json ?? .null),
            ])
          })),
      .init("programs", .array(programs.map(\.json))),
      .init("ties", ties.json),
    ])
  }
}

extension ProveReport.Program {
  fileprivate var text: String {
    guard let difference else {
      return
        "deterministic: program \(name.text), \(counted(users, "user")), asked twice, with members in another order, and in another process after other users\n"
    }
    let place = difference.place.raw.isEmpty ? "" : ", \(difference.place.text)"
    return
      "NOT DETERMINISTIC: program \(name.text) answers otherwise for user \(difference.user)\(place) when asked \(difference.way.words)\n"
  }

  fileprivate var json: JSONTree {
    .object([
      .init("name", .string(name.raw)), .init("users", .integer(Int64(users))),
      .init(
        "difference",
        difference.map { difference in
          .object([
            .init("user_id", .string(difference.user.description)), .init("asked", .string(difference.way.rawValue)),
            .init("place", difference.place.raw.isEmpty ? .null : .string(difference.place.raw)),
          ])
        } ?? .null),
    ])
  }
}

extension TieReport {
  var text: String {
    if groups == 0 { return "no user has two events with the same timestamp\n" }
    let rows = rowsOfData
    let others = self.rows.count - rows.count
    var text =
      "\(counted(users, "user")) with \(counted(groups, "group")) of events with the same timestamp (\(counted(events, "event"))); "
    if self.rows.isEmpty { return text + "no row depends on which of them has the smaller id\n" }
    text += "\(counted(rows.count, "row")) depend on which of them has the smaller id"
    text += others > 0 ? "; of \(counted(others, "row")) more, only the last_event_id depends on it\n" : "\n"
    for row in rows.prefix(10) {
      text += "    \(row.user)  \(row.projection.text)\n"
      if let path = row.path {
        text += "        \(path.text): \(shown(row.first, 60)) or \(shown(row.second, 60))\n"
      }
    }
    if rows.count > 10 { text += "    … \(grouped(rows.count - 10)) more rows; --json lists them\n" }
    return text
  }

  var json: JSONTree {
    .object([
      .init("users", .integer(Int64(users))), .init("groups", .integer(Int64(groups))),
      .init("events", .integer(Int64(events))),
      .init(
        "rows",
        .array(
          rows.map { row in
            .object([
              .init("user_id", .string(row.user.description)), .init("projection", .string(row.projection.raw)),
              .init("only_last_event_id", .bool(row.isOnlyLastEvent)),
              .init("path", row.path.map { .string($0.raw) } ?? .null),
              .init("one_way", row.first.map { .string($0.raw) } ?? .null),
              .init("other_way", row.second.map { .string($0.raw) } ?? .null),
            ])
          })),
    ])
  }
}
