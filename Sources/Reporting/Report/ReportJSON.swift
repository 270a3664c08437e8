import EventModel
import Formatting
import JSONTape

extension ReportFacts {
  /// The facts for machines. The documentation's page on reports describes them.
  package var json: JSONTree {
    let key: String? = isIdentified ? nil : pseudonymKey
    let members: [JSONTree.Member] = [
      .init("mode", .string(mode.rawValue)), .init("snapshot", .string(snapshot.raw)),
      .init("against", texts(against)), .init("log", texts(logs)), .init("identified", .bool(isIdentified)),
      .init("pseudonym_key", text(key)),
      .init("verdict", .string(verdict.raw)), .init("headline", .string(headline)),
      .init("exit_status", count(exitStatus)),
      .init("manifest", .object(manifest.map { .init($0.key.raw, .string($0.value.raw)) })),
      .init("comparison", diff.map { $0.figures } ?? .null),
      .init("changes", .array(changes.map { $0.json })),
      .init("behind", behind.map { $0.json } ?? .null),
      .init("users", .array(users.map { $0.json })),
      .init("quality", .array(quality.map { $0.json })),
      .init("coverage", coverage.map { $0.json } ?? .null),
      .init("failures", .array(failures.map { $0.json })),
      .init("log_figures", log.json), .init("unknown", texts(unknown)), .init("cuts", texts(cuts)),
    ]
    return .object(members)
  }
}

extension ReportFacts.FailureGroup {
  fileprivate var json: JSONTree {
    .object([
      .init("projection_type", .string(projection.raw)), .init("code", .string(code.raw)),
      .init("place", .string(place.raw)), .init("users", count(users)), .init("event", text(event)),
    ])
  }
}

private func count(_ value: Int) -> JSONTree { .integer(Int64(value)) }
private func text(_ value: String?) -> JSONTree { value.map { .string($0) } ?? .null }
private func texts(_ values: [Foreign]) -> JSONTree { .array(values.map { .string($0.raw) }) }

extension DiffReport {
  /// The members of ``json`` that depend on the inputs alone.
  fileprivate var figures: JSONTree {
    guard case .object(let members) = json else { return json }
    return .object(members.filter { !["performance", "snapshot", "live", "worst_users", "fields"].contains($0.key) })
  }
}

extension ReportFacts.FieldChanges {
  fileprivate var json: JSONTree {
    .object([
      .init("projection", .string(projection.raw)), .init("field", .string(field.raw)),
      .init("values", Reporting.count(count)),
      .init("least", .double(least)), .init("median", .double(median)), .init("most", .double(most)),
      .init("points", .array(points.map { .array([.double($0.rebuilt), .double($0.live)]) })),
    ])
  }
}

extension ReportFacts.Behind {
  fileprivate var json: JSONTree {
    .object([
      .init("rows", count(rows)), .init("users", count(users)), .init("events", count(events)),
      .init("since", since.json), .init("duration", list(duration)), .init("unseen", list(unseen)),
    ])
  }
}

private func list(_ bins: [ReportFacts.Bin]) -> JSONTree {
  .array(bins.map { .object([.init("label", .string($0.label)), .init("counts", .array($0.counts.map(count)))]) })
}

extension ReportFacts.TimeSeries {
  fileprivate var json: JSONTree {
    .object([
      .init("unit", .string(unit)), .init("names", texts(names)), .init("bins", list(bins)),
      .init("outside", count(outside)),
    ])
  }
}

extension ReportFacts.User {
  fileprivate var json: JSONTree {
    .object([
      .init("name", .string(name)), .init("unacceptable", count(unacceptable)),
      .init("accepted", count(accepted)), .init("rows_cut", count(cut)),
      .init("rows", .array(rows.map { $0.json })), .init("commands", texts(commands)),
    ])
  }
}

extension ReportFacts.Row {
  fileprivate var json: JSONTree {
    .object([
      .init("projection", .string(projection.raw)), .init("causes", strings(causes.map(\.rawValue))),
      .init("accepted", .bool(isAccepted)),
      .init("details", texts(details)), .init("baseline", baseline.map { .string($0) } ?? .null),
      .init("field_count", count(fieldCount)),
      .init(
        "fields",
        .array(
          fields.map {
            .object([
              .init("path", .string($0.path.raw)), .init("rebuilt", $0.rebuilt.map { .string($0.raw) } ?? .null),
              .init("live", $0.live.map { .string($0.raw) } ?? .null), .init("status", .string($0.status.rawValue)),
            ])
          })),
      .init("explanation", explanation.map { .string($0) } ?? .null),
    ])
  }
}

extension ReportFacts.Quality {
  fileprivate var json: JSONTree {
    .object([
      .init("projection", .string(projection.raw)), .init("rebuilt", rebuilt.json),
      .init("live", live.map { $0.json } ?? .null),
    ])
  }
}

extension ReportFacts.Mix {
  fileprivate var json: JSONTree {
    .object([
      .init("rows", count(rows)),
      .init("statuses", .object(zip(names, statuses).map { .init($0, count($1)) })),
      .init("confidence", .array(confidence.map(count))), .init("without_confidence", count(withoutConfidence)),
    ])
  }
}

extension ReportFacts.Coverage {
  fileprivate var json: JSONTree {
    .object([
      .init("rebuilt", rebuilt.json), .init("live", live.map { $0.json } ?? .null), .init("lag", list(lag)),
      .init("lag_side", .string(lagSide)),
    ])
  }
}

extension ReportFacts.LogFigures {
  fileprivate var json: JSONTree {
    .object([
      .init("buckets", .object(buckets.map { .init($0.name, $0.records.map(count) ?? .null) })),
      .init(
        "types",
        .array(
          types.map {
            .object([
              .init("type", .string($0.type.raw)), .init("events", count($0.events)), .init("users", count($0.users)),
              .init("first", .string($0.first.raw)), .init("last", .string($0.last.raw)),
            ])
          })),
      .init("days", days.map { $0.json } ?? .null),
    ])
  }
}
