/// How much of a list a page or a Markdown text shows.
package enum ReportLimits {
  package static let users = 10
  package static let patterns = 40
  package static let changes = 40
  /// Fields with a picture.
  package static let pictures = 6
  /// Points of one picture.
  package static let points = 200
  package static let failures = 40
  package static let eventTypes = 40
  package static let otherTypes = 10
  /// Of one row.
  package static let fields = 20
  /// Rows of one user.
  package static let rows = 12
  /// Characters of how one row came about.
  package static let explanation = 4000
  /// Characters of one value or name.
  package static let text = 100
  /// Fewer say more as numbers.
  package static let fewestPoints = 3
  /// Bytes of a page.
  package static let page = 2_000_000
  /// Bins of a picture over time.
  package static let bins = 48
}

extension String {
  /// At most so many characters; what is cut is said by `…`.
  package func cut(_ limit: Int = ReportLimits.text) -> String {
    // By scalars: one character can be of any length.
    let scalars = unicodeScalars
    guard let end = scalars.index(scalars.startIndex, offsetBy: limit, limitedBy: scalars.endIndex),
      end < scalars.endIndex
    else { return self }
    return String(String.UnicodeScalarView(scalars[..<end])) + "…"
  }
}
