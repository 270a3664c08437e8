import EventModel
import Formatting
import JSONTape

extension OverTime {
  /// For machines; the documentation's page on explain describes it.
  var json: StreamedJSON {
    .object(
      [
        ("projection_type", .tree(.string(name.type))), ("key", .tree(.string(name.key))),
        ("as_of", .tree(instant(asOf))), ("number", .tree(number.map { .string($0.raw) } ?? .null)),
        ("other_events", .tree(Formatting.number(otherEvents))),
      ] + series.map { ($0.order.rawValue, $0.json(number)) })
  }
}

extension OverTime.Series {
  fileprivate func json(_ path: Foreign?) -> StreamedJSON {
    .object([
      ("events", .tree(number(events))), ("unchanged", .tree(number(unchanged))),
      ("grouped", .tree(number(inGroups))), ("cancelled", .tree(number(cancelled))), ("folds", .tree(number(folds))),
      ("complete", .tree(.bool(isComplete))), ("largest", .tree(.array(largest(3, path).map(number)))),
      ("steps", .list(count: steps.count) { .tree(steps[$0].json) }),
      ("finally", .tree(finally.map(\.json) ?? .null)),
    ])
  }
}

extension OverTime.Step {
  fileprivate var json: JSONTree {
    var members: [JSONTree.Member] = [.init("event", last.json)]
    if count > 1 { members.append(.init("first_event", first.json)) }
    return .object(
      members + [
        .init("events", number(count)), .init("place", number(place)),
        .init("by_time", byTime.map(\.json) ?? .null), .init("by_events", byEvents.json),
      ])
  }
}

extension Influence {
  /// For machines; the documentation's page on explain describes it.
  var json: StreamedJSON {
    .object([
      ("projection_type", .tree(.string(name.type))), ("key", .tree(.string(name.key))),
      ("number", .tree(number.map { .string($0.raw) } ?? .null)), ("events", .tree(Formatting.number(events))),
      ("tried", .tree(Formatting.number(tried))), ("other_events", .tree(Formatting.number(otherEvents))),
      (
        "moving",
        .list(count: entries.count) {
          .tree(.object([.init("event", entries[$0].event.json), .init("without", entries[$0].move.json)]))
        }
      ),
    ])
  }
}

extension LiveStanding {
  /// For machines; the documentation's page on explain describes it.
  var json: JSONTree {
    .object([
      .init("projection_type", .string(name.type)), .init("key", .string(name.key)),
      .init("generated_at", generatedAt.map(instant) ?? .null), .init("updated_at", updatedAt.map(instant) ?? .null),
      .init("updated_at_counts", .bool(isUpdateTrusted)), .init("computed", computed.json),
      .init("equal", .bool(isEqual)), .init("fields", .array(fields.map(\.tree))),
      .init("fields_total", number(fieldCount)),
    ])
  }
}

extension FieldDifference {
  /// A side without the value has no member, which tells absence from null.
  fileprivate var tree: JSONTree {
    var members: [JSONTree.Member] = [.init("path", .string(path.raw))]
    if let rebuilt { members.append(.init("rebuilt", rebuilt.json)) }
    if let live { members.append(.init("live", live.json)) }
    return .object(members + [.init("status", .string(status.rawValue))])
  }
}

extension Provenance.Head {
  fileprivate var json: JSONTree {
    .object([
      .init("id", .string(id.description)), .init("timestamp", instant(timestamp)),
      .init("created_at", instant(createdAt)), .init("event_type", .string(type.raw)),
    ])
  }
}

extension RowMove {
  var json: JSONTree {
    var members: [JSONTree.Member] = []
    if before != after {
      members.append(.init("row", .object([.init("before", before.json), .init("after", after.json)])))
    }
    members.append(.init("values", .array(values.map(\.json))))
    if valueCount > values.count { members.append(.init("values_total", number(valueCount))) }
    return .object(members)
  }
}

extension RowMove.Outcome {
  fileprivate var json: JSONTree {
    switch self {
    case .row: .string("row")
    case .none: .string("no_row")
    case .failed(let code, let event):
      .object([
        .init("failed", .string(code.rawValue)), .init("event_id", event.map { .string($0.description) } ?? .null),
      ])
    }
  }
}

extension ValueMove {
  fileprivate var json: JSONTree {
    var members: [JSONTree.Member] = [.init("path", .string(path.raw))]
    if let before { members.append(.init(isElement ? "removed" : "before", before.json)) }
    if let after { members.append(.init(isElement ? "added" : "after", after.json)) }
    if let difference { members.append(.init("difference", real(difference))) }
    return .object(members)
  }
}

extension Foreign {
  /// The JSON that the text is.
  fileprivate var json: JSONTree {
    do throws(JSONFault) { return try JSONTree(parsing: Array(raw.utf8)) } catch {
      preconditionFailure("a value of a row is JSON")
    }
  }
}
