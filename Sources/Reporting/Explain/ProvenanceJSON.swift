import EventModel
import Folding
import Formatting
import JSONTape

extension Provenance {
  /// For machines; the documentation's page on explain describes it. Members may be added, but never change.
  package var json: JSONTree {
    .object(
      head(shown: records.count) + [
        .init("events", .array(records.map(\.json))), .init("projections", listedProjections.tree),
      ] + added.map { .init($0.key, $0.value.tree) })
  }

  /// Writes the same as text, piece by piece; the records come from the closure `records`.
  package func writeJSON(_ shown: Shown, _ records: ((Record) -> Void) -> Void, to output: @escaping (String) -> Void) {
    output("{\n")
    for member in head(shown: shown.count) {
      member.writePretty(indent: "  ", to: output)
      output(",\n")
    }
    var isFirst = true
    output("  \"events\": [")
    records { record in
      output(isFirst ? "\n    " : ",\n    ")
      record.json.writePretty(indent: "    ", to: output)
      isFirst = false
    }
    output((isFirst ? "]" : "\n  ]") + ",\n")
    output("  \"projections\": ")
    listedProjections.writePretty(indent: "  ", to: output)
    for member in added {
      output(",\n  \"\(member.key)\": ")
      member.value.writePretty(indent: "  ", to: output)
    }
    output("\n}\n")
  }

  /// The members that exist only if they were asked for.
  private var added: [(key: String, value: StreamedJSON)] {
    var members: [(key: String, value: StreamedJSON)] = []
    if let live { members.append(("live", .tree(live.json))) }
    if let overTime { members.append(("over_time", .list(count: overTime.count) { overTime[$0].json })) }
    if let influence { members.append(("influence", .list(count: influence.count) { influence[$0].json })) }
    return members
  }

  private var listedProjections: StreamedJSON { .list(count: projections.count) { projections[$0].json } }

  private func head(shown: Int) -> [JSONTree.Member] {
    [
      .init("schema_version", .string("refold.explain.v1")),
      .init("user_id", .string(user.description)),
      .init("as_of", .string(asOf.description)),
      .init("as_of_source", .string(asOfSource.rawValue)),
      .init("stored_by", storedBy.map { .string($0.description) } ?? .null),
      .init("exported", isExported.map(JSONTree.bool) ?? .null),
      .init("projection", wanted.map { .string($0.raw) } ?? .null),
      .init(
        "records",
        .object(
          [.init("total", number(total)), .init("shown", number(shown))]
            + zip(Disposition.names, counts).map { .init($0, number($1)) })),
    ]
  }
}

extension Provenance.Record {
  fileprivate var json: JSONTree {
    var members: [JSONTree.Member] = [
      .init("id", event.map { .string($0.id.description) } ?? .null),
      .init("timestamp", event.map { instant($0.timestamp) } ?? .null),
      .init("created_at", event.map { instant($0.createdAt) } ?? .null),
      .init("event_type", event.map { .string($0.type.raw) } ?? .null),
      .init("position", position.map(place) ?? .null),
      .init("disposition", .string(disposition.name)),
    ]
    switch disposition {
    case .retracted(let by): members.append(.init("retracted_by", strings(by.map(\.description))))
    case .represented(let by):
      members.append(.init("represented_by", by.map { .string($0.description) } ?? .null))
    case .repeated(let first): members.append(.init("repeats", first.map(place) ?? .null))
    case .malformed(let field, let reason):
      members.append(.init("field", field.map { .string($0.raw) } ?? .null))
      members.append(.init("reason", .string(reason.raw)))
    case .folded, .withoutEffect, .refused, .projectionFailed, .notStored, .unread: break
    }
    if let sameKey { members.append(.init("same_idempotency_key_as", .string(sameKey.description))) }
    if unlistedRepeats > 0 { members.append(.init("unlisted_repeats", number(unlistedRepeats))) }
    members.append(.init("facts", .array(facts.map(\.json))))
    return .object(members)
  }

  private func place(_ position: LogPosition) -> JSONTree {
    if position.isPacked { return .object([.init("file", .string(position.file.raw)), .init("packed", .bool(true))]) }
    return .object([
      .init("file", .string(position.file.raw)), .init("line", number(position.line)),
      .init("byte", number(position.byteOffset)),
    ])
  }
}

extension Provenance.Projection {
  fileprivate var json: StreamedJSON {
    var members: [(key: String, value: StreamedJSON)] = [
      ("projection_type", .tree(.string(name.type))), ("key", .tree(.string(name.key))),
    ]
    switch outcome {
    case .row(let data, let lastEvent):
      members += [
        ("outcome", .tree(.string("row"))), ("steps", steps.map(\.json) ?? .tree(.null)), ("data", .tree(data)),
        ("last_event_id", .tree(lastEvent.map { .string($0.description) } ?? .null)),
      ]
    case .failed(let code, let event, let detail):
      let failure = JSONTree.object([
        .init("code", .string(code.rawValue)), .init("detail", .string(detail.raw)),
        .init("event_id", event.map { .string($0.description) } ?? .null),
      ])
      members += [("outcome", .tree(.string("failed"))), ("failure", .tree(failure))]
    case .noRow: members.append(("outcome", .tree(.string("no_row"))))
    }
    return .object(members)
  }
}
