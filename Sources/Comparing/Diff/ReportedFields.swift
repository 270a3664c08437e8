import EventModel
import JSONTape
import Reconciliation

/// Writes what differs between two rows as it is reported. One per thread.
package struct ReportedFields {
  /// Drops free text; `nil`: all is kept.
  let redaction: Redaction?
  private let output = ByteArena(capacity: 1 << 12)
  /// Fields of a row that a report keeps.
  static let limit = 500

  package init(_ redaction: Redaction?) { self.redaction = redaction }

  package func fields(
    _ found: some Sequence<(difference: ValueDifference, status: FieldDifference.Status)>
  ) -> [FieldDifference] {
    found.map { difference, status in
      let path = redaction?.path(difference.path) ?? difference.path
      return FieldDifference(
        path: path.text, field: path.field, rebuilt: difference.rebuilt.map(text), live: difference.live.map(text),
        status: status)
    }
  }

  /// Canonical JSON.
  func text(_ value: JSONValue) -> String {
    output.count = 0
    var writer = CanonicalWriter(output: output)
    if let redaction { redaction.write(value, to: &writer) } else { writer.value(value) }
    return String(decoding: output.bytes, as: UTF8.self)
  }
}
