/// How much of each list a page or a Markdown text shows.
package enum ReportLimits {
  package static let users = 10
  package static let patterns = 40
  package static let changes = 40
  /// Fields with a chart.
  package static let pictures = 6
  /// Points in one chart.
  package static let points = 200
  package static let failures = 40
  package static let eventTypes = 40
  package static let otherTypes = 10
  /// Fields of one row.
  package static let fields = 20
  /// Rows of one user.
  package static let rows = 12
  /// Characters of the explanation of one row.
  package static let explanation = 4000
  /// Characters of one value or name.
  package static let text = 100
  /// With fewer points, numbers say more than a chart.
  package static let fewestPoints = 3
  /// Bytes of a page.
  package static let page = 2_000_000
  /// Bytes that a row of a user takes on a page at least.
  package static let leastRow = 64
  /// Bins of a chart over time.
  package static let bins = 48
}

extension String {
  /// At most `limit` Unicode scalars; `…` marks a cut.
  package func cut(_ limit: Int = ReportLimits.text) -> String {
    // Count scalars: one character can have any length.
    let scalars = unicodeScalars
    guard let end = scalars.index(scalars.startIndex, offsetBy: limit, limitedBy: scalars.endIndex),
      end < scalars.endIndex
    else { return self }
    return String(String.UnicodeScalarView(scalars[..<end])) + "…"
  }
}
