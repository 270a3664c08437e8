import EventModel
import JSONTape
import Reconciliation

/// Converts the differences between two rows to their reported form. One per thread.
package struct ReportedFields {
  /// Removes free text; `nil`: nothing is removed.
  let redaction: Redaction?
  private let output = ByteArena(capacity: 1 << 12)
  /// Maximum number of fields of a row in a report.
  package static let limit = 500

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
  package func text(_ value: JSONValue) -> String {
    output.count = 0
    var writer = CanonicalWriter(output: output)
    if let redaction { redaction.write(value, to: &writer) } else { writer.value(value) }
    return String(decoding: output.bytes, as: UTF8.self)
  }
}
