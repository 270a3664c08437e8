import EventModel
import JSONTape
import Reporting
import SnapshotStore

/// Projections and failures of one user.
package struct ShownUser {
  /// A failure as stored in the snapshot.
  package struct ShownFailure {
    package var user: UserID
    package var projectionType: Foreign
    package var code: FailureCode
    package var event: EventID?
    package var detail: Foreign

    init(_ failure: Failure) {
      user = failure.user
      projectionType = Foreign(failure.projectionType)
      code = failure.code
      event = failure.event
      detail = Foreign(failure.detail)
    }
  }

  package var rows: [ProjectionRow]
  package var failures: [ShownFailure]

  package var isEmpty: Bool { rows.isEmpty && failures.isEmpty }

  private func data(_ row: ProjectionRow) -> JSONTree { (try? JSONTree(parsing: row.data)) ?? .null }

  /// For each row a heading and its data, for each failure a heading and its description.
  package var text: String {
    var parts = rows.map { "\($0.name.foreign.text)\n\(data($0).pretty)\n" }
    parts += failures.map { failure in
      let event = failure.event.map { " (event \($0))" } ?? ""
      return
        "\(failure.projectionType.text)\nfailed: \(failure.code.rawValue), \(failure.detail.text)\(event)\n"
    }
    return parts.joined(separator: "\n")
  }

  /// An array of rows with the columns of the live table. A failure has a `failure` member instead of `data`.
  package var json: JSONTree {
    .array(
      rows.map {
        .object([
          .init("user_id", .string($0.user.description)), .init("projection_type", .string($0.name.type)),
          .init("key", .string($0.name.key)), .init("data", data($0)),
          .init("last_event_id", $0.lastEvent.map { .string($0.description) } ?? .null),
        ])
      }
        + failures.map {
          .object([
            .init("user_id", .string($0.user.description)), .init("projection_type", .string($0.projectionType.raw)),
            .init(
              "failure",
              .object([
                .init("code", .string($0.code.rawValue)), .init("detail", .string($0.detail.raw)),
                .init("event_id", $0.event.map { .string($0.description) } ?? .null),
              ])),
          ])
        })
  }
}

/// `refold show`: one user's rows and failures in a snapshot, of one type and key if given. The key does not filter
/// failures.
package func show(_ path: String, user: UserID, type: String?, key: String?) throws -> ShownUser {
  let reader = try SnapshotReader(path)
  var shown = ShownUser(rows: [], failures: [])
  let rows = try reader.projections(of: user, type: type, key: key)
  while let row = try rows.next() { shown.rows.append(row.row) }
  let failures = try reader.failures(of: user).all().filter { type == nil || $0.projectionType == type }
  shown.failures = failures.map { ShownUser.ShownFailure($0) }
  return shown
}

/// The digests of a snapshot.
package struct ShownDigests {
  package var lines: [(key: Foreign, value: Foreign)]

  package var text: String { lines.map { "\($0.value.text)  \($0.key.text)\n" }.joined() }
  package var json: JSONTree { .object(lines.map { .init($0.key.raw, .string($0.value.raw)) }) }
}

/// `refold digest`: recomputes the digests and checks them against the stored ones.
package func verifiedDigests(_ path: String) throws -> ShownDigests {
  ShownDigests(lines: try SnapshotReader(path).verifyDigests().map { (Foreign($0.key), Foreign($0.value)) })
}
