import EventModel
import JSONTape

/// A row that one set of reducers writes differently from another.
package struct RowChange: Sendable {
  package enum Kind: String, Sendable, CaseIterable {
    /// Values differ.
    case changed
    /// Only human-readable texts of the profiles differ.
    case texts
    /// Only the reducers before write the row.
    case onlyBefore = "only_before"
    /// Only the reducers after write the row.
    case onlyAfter = "only_after"
    /// Neither writes the row, for different reasons.
    case failure
  }

  /// Why a side writes no row.
  package struct Failed: Sendable, Equatable {
    package var code: String
    package var event: EventID?
    package var detail: String

    package init(code: String, event: EventID?, detail: String) {
      self.code = code
      self.event = event
      self.detail = detail
    }
  }

  package var user: UserID
  package var name: ProjectionName
  package var kind: Kind
  /// Before and after, as ``FieldDifference/rebuilt`` and ``FieldDifference/live``. The version stamp is not among
  /// them.
  package var fields: [FieldDifference] = []
  /// The number of fields that differ; exceeds ``fields`` when those were cut.
  package var fieldCount = 0
  package var failedBefore: Failed?
  package var failedAfter: Failed?

  package init(user: UserID, name: ProjectionName, kind: Kind) {
    self.user = user
    self.name = name
    self.kind = kind
  }
}

extension RowChange {
  /// A line for the row and one for each field, values cut at `width` characters.
  package func text(_ names: NameStyle, width: Int = 100, fields limit: Int = 12) -> String {
    let head: Foreign = "\(names.user(user))  \(name)  \(kind.rawValue)"
    var lines = [head.text]
    if let failedBefore { lines.append("    before: \(failedBefore.words(names).text)") }
    if let failedAfter { lines.append("    after: \(failedAfter.words(names).text)") }
    lines += fields.lines(of: fieldCount, width, limit)
    return lines.joined(separator: "\n") + "\n"
  }

  /// The change as one JSON object: the line of `--ndjson` and the element of `--json`.
  package func write(to json: inout CanonicalWriter, _ names: NameStyle) {
    json.beginObject()
    name.write(of: user, to: &json, names)
    json.key("change")
    json.string(kind.rawValue)
    json.key("path_count")
    json.integer(fieldCount)
    json.key("fields")
    json.beginArray()
    for field in fields { field.write(to: &json, sides: ("before", "after")) }
    json.endArray()
    if let failedBefore { failedBefore.write("failed_before", to: &json, names) }
    if let failedAfter { failedAfter.write("failed_after", to: &json, names) }
    json.endObject()
  }
}

extension RowChange.Failed {
  func words(_ names: NameStyle) -> Foreign {
    let place: Foreign = event.map { " (event \(names.event($0)))" } ?? ""
    return "fails, \(code), \(detail)\(place)"
  }

  fileprivate func write(_ key: StaticString, to json: inout CanonicalWriter, _ names: NameStyle) {
    json.key(key)
    json.beginObject()
    json.key("code")
    json.string(code)
    json.key("event_id")
    if let event { json.string(names.event(event)) } else { json.null() }
    json.key("detail")
    json.string(detail)
    json.endObject()
  }
}
