import EventModel
import Formatting
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
    /// The operator's rules cover what differs.
    case tolerated

    /// The cause that a diff of two snapshots, before and after, gives such a row.
    package var cause: Cause {
      switch self {
      case .changed: .changed
      case .texts: .texts
      case .onlyBefore: .missing
      case .onlyAfter: .surplus
      case .failure: .failed
      case .tolerated: .tolerated
      }
    }
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
  /// The paths of ``fields`` that are neither texts nor tolerated, not redacted; for the fingerprint.
  package var ownPaths: [String] = []
  /// See ``DifferenceMarks/fingerprint``.
  package var fingerprint: String?
  /// Whether the change does not fail the comparison.
  package var isAccepted = false

  package init(user: UserID, name: ProjectionName, kind: Kind) {
    self.user = user
    self.name = name
    self.kind = kind
  }
}

extension RowChange {
  /// A line for the row and one for each field, values cut at `width` characters.
  package func text(_ names: NameStyle, width: Int = 80, fields limit: Int = 12) -> String {
    let head: Foreign = "\(name)  \(kind.rawValue)\(isAccepted ? "  (accepted)" : "")"
    var lines = [head.text, "    user \(names.user(user))"]
    for (side, failed) in [("before", failedBefore), ("after", failedAfter)] {
      if let failed { lines.append(wrapped("    \(side): \(failed.words(names).text)", width: width, indent: 6)) }
    }
    lines += fields.lines(of: fieldCount, width, limit)
    return lines.joined(separator: "\n") + "\n"
  }

  /// The change as one JSON object: the line of `--ndjson` and the element of `--json`.
  package func write(to json: inout CanonicalWriter, _ names: NameStyle) {
    json.beginObject()
    name.write(of: user, to: &json, names)
    json.key("change")
    json.string(kind.rawValue)
    if isAccepted {
      json.key("accepted")
      json.bool(true)
    }
    if let fingerprint {
      json.key("fingerprint")
      json.string(fingerprint)
    }
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
