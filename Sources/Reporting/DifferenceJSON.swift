import EventModel
import Formatting
import JSONTape

extension RowDifference {
  /// The difference as one JSON object: the line of `--ndjson` and the element of `--json`.
  ///
  /// - Parameter digest: the snapshot's digest, for a line, which has no context that names the snapshot.
  package func write(to json: inout CanonicalWriter, _ names: NameStyle, ofSnapshot digest: String? = nil) {
    json.beginObject()
    name.write(of: user, to: &json, names)
    json.key("causes")
    json.beginArray()
    for cause in causes { json.string(cause.rawValue) }
    json.endArray()
    json.key("paths")
    json.beginArray()
    for field in fields { json.string(field.path.raw) }
    json.endArray()
    json.key("path_count")
    json.integer(fieldCount)
    json.key("baseline")
    json.string(baseline.rawValue)
    json.key("fields")
    json.beginArray()
    for field in fields { field.write(to: &json, sides: ("rebuilt", "live")) }
    json.endArray()
    if let codes {
      json.key("codes")
      json.beginObject()
      json.key("only_rebuilt")
      write(codes.onlyRebuilt, &json)
      json.key("only_live")
      write(codes.onlyLive, &json)
      json.endObject()
    }
    for detail in details { detail.write(to: &json, names) }
    json.key("generated_at")
    write(generatedAt, &json)
    json.key("updated_at")
    write(updatedAt, &json)
    marks.write(to: &json)
    if let digest {
      json.key("snapshot_digest")
      json.string(digest)
    }
    json.endObject()
  }

  private func write(_ texts: [Foreign], _ json: inout CanonicalWriter) {
    json.beginArray()
    for text in texts { json.string(text.raw) }
    json.endArray()
  }

  private func write(_ instant: Instant?, _ json: inout CanonicalWriter) {
    if let instant { json.instant(instant) } else { json.null() }
  }
}

extension ProjectionName {
  /// The members that identify a user's row.
  func write(of user: UserID, to json: inout CanonicalWriter, _ names: NameStyle) {
    json.key("user_id")
    json.string(names.user(user))
    json.key("projection_type")
    json.string(type)
    json.key("key")
    json.string(key)
  }
}

extension CauseDetail {
  /// A member of the difference's object, named by the cause.
  func write(to json: inout CanonicalWriter, _ names: NameStyle) {
    func object(_ key: StaticString, _ members: (inout CanonicalWriter) -> Void) {
      json.key(key)
      json.beginObject()
      members(&json)
      json.endObject()
    }
    func reason(_ key: StaticString, _ text: StaticString) {
      object(key) { json in
        json.key("reason")
        json.literal(text)
      }
    }
    switch self {
    case .behind(let events, let first, let since, let microseconds, let evidence):
      object("behind") { json in
        json.key("events")
        json.integer(events)
        json.key("first_event_id")
        json.string(names.event(first))
        json.key("since")
        json.instant(since)
        json.key("seconds")
        json.double(Double(microseconds) / 1e6)
        json.key("evidence")
        json.string(evidence.rawValue)
      }
    case .version(let version, let isStamped):
      object("version") { json in
        json.key("equal_under")
        json.string(version)
        json.key("stamped")
        json.bool(isStamped)
      }
    case .nearestVersion(let version, let isStamped):
      object("version") { json in
        json.key("nearest_to")
        json.string(version)
        json.key("stamped")
        json.bool(isStamped)
      }
    case .unknownStamp(let version):
      object("unknown_version") { json in
        json.key("stamp")
        json.string(version.raw)
      }
    case .ahead(let event, let isOwn):
      object("ahead") { json in
        json.key("event_id")
        json.string(names.event(event))
        json.key("own")
        json.bool(isOwn)
      }
    case .unseen(let events, let count, let isSuffix, let microseconds):
      object("unseen") { json in
        json.key("events")
        json.integer(count)
        json.key("event_ids")
        json.beginArray()
        for event in events { json.string(names.event(event)) }
        json.endArray()
        json.key("all_from_first")
        json.bool(isSuffix)
        json.key("seconds")
        json.double(Double(microseconds) / 1e6)
      }
    case .afterLog(let newest, let computed):
      object("after_log") { json in
        json.key("newest")
        json.instant(newest)
        json.key("computed")
        json.instant(computed)
      }
    case .moreObserved(let live, let rebuilt, let events, let until):
      object("more_observed") { json in
        json.key("live")
        json.integer(live)
        json.key("rebuilt")
        json.integer(rebuilt)
        json.key("events")
        json.integer(events)
        json.key("until")
        json.instant(until)
      }
    case .equalWithout(let event, let microseconds):
      object("equal_without") { json in
        json.key("event_id")
        json.string(names.event(event))
        json.key("seconds")
        json.double(Double(microseconds) / 1e6)
      }
    case .searchCut(let tries):
      object("search_cut") { json in
        json.key("folds")
        json.integer(tries)
      }
    case .notSearched:
      json.key("not_searched")
      json.bool(true)
    case .failed(let code, let event, let detail):
      object("failed") { json in
        json.key("code")
        json.string(code.raw)
        json.key("event_id")
        if let event { json.string(names.event(event)) } else { json.null() }
        json.key("detail")
        json.string(detail.raw)
      }
    case .neverComputed(let events, let newest):
      object("missing") { json in
        json.key("reason")
        json.literal("never_computed")
        json.key("triggering_events")
        json.integer(events)
        json.key("newest_event_id")
        json.string(names.event(newest))
      }
    case .needsSeeding: reason("missing", "needs_seeding")
    case .failedThere(let code):
      object("missing") { json in
        json.key("reason")
        json.literal("failed_there")
        json.key("code")
        json.string(code.raw)
      }
    case .otherFailure(let code, let event):
      guard let code else {
        json.key("failed_there")
        return json.null()
      }
      object("failed_there") { json in
        json.key("code")
        json.string(code.raw)
        json.key("event_id")
        if let event { json.string(names.event(event)) } else { json.null() }
      }
    case .unknownUser: reason("surplus", "unknown_user")
    case .noEventOfTheKind: reason("surplus", "no_event_of_the_kind")
    case .unknownKey: reason("surplus", "unknown_key")
    case .repeated(let copies):
      object("repeated") { json in
        json.key("copies")
        json.integer(copies)
      }
    case .moreUnknownKeys(let keys, let rows):
      object("more_unknown_keys") { json in
        json.key("keys")
        json.integer(keys)
        json.key("rows")
        json.integer(rows)
      }
    }
  }
}

extension FieldDifference {
  /// - Parameter sides: the keys for the values of the two sides.
  func write(to json: inout CanonicalWriter, sides: (StaticString, StaticString)) {
    json.beginObject()
    json.key("path")
    json.string(path.raw)
    // A side without the value has no key here, which distinguishes absence from null.
    for (side, value) in [(sides.0, rebuilt), (sides.1, live)] {
      guard let value else { continue }
      json.key(side)
      json.digits(value.raw)
    }
    json.key("status")
    json.string(status.rawValue)
    json.endObject()
  }
}
