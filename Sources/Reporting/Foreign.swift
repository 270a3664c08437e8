import EventModel
import JSONTape

extension Foreign {
  /// At most `limit` Unicode scalars; `…` marks a cut.
  package func cut(_ limit: Int = ReportLimits.text) -> Foreign { Foreign(raw.cut(limit)) }

  /// As a JSON string in a line of text, which shows where it begins and ends.
  package var inQuotes: String { Foreign(JSONTree.string(raw).pretty).text }
  /// In Markdown, without being markup.
  package var markdown: String { markdownText(raw) }
  /// In Markdown as code.
  package var code: String { quoted(raw) }
  /// In Markdown as code for files that people read as text: in backticks if no character can end them or be misread.
  package var plainCode: String {
    let isPlain =
      !raw.isEmpty
      && raw.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"):
          true
        default: "_.-:[]".utf8.contains(byte)
        }
      }
    return isPlain ? "`\(raw)`" : code
  }
}

extension DefaultStringInterpolation {
  @available(*, unavailable, message: "say for which medium: .foreign.text, …")
  mutating func appendInterpolation(_ name: ProjectionName) { fatalError("unavailable") }
}

extension ProjectionName {
  /// `TYPE/KEY`; both may be anything in a live export.
  package var foreign: Foreign { Foreign(description) }
}

/// Text of several lines for output. Keeps line feeds and tabs. Writes every other dangerous character as JSON does, so
/// that JSON in the text stays JSON.
///
/// - Parameter isStyled: whether the escape sequences of ``TextStyle`` are kept.
package func screened(_ text: String, isStyled: Bool = false) -> String {
  func isKept(_ scalar: Unicode.Scalar) -> Bool {
    scalar == "\n" || scalar == "\t" || !scalar.isDangerous || (isStyled && scalar == "\u{1B}")
  }
  if text.utf8.allSatisfy({ $0 < 0x7F && ($0 >= 0x20 || $0 == 0x0A) }) { return text }
  if text.unicodeScalars.allSatisfy(isKept) { return text }
  var result = ""
  for scalar in text.unicodeScalars {
    if isKept(scalar) {
      result.unicodeScalars.append(scalar)
    } else {
      let digits = String(scalar.value, radix: 16)
      result += "\\u" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    }
  }
  return result
}

extension Unicode.Scalar {
  /// Whether a terminal or a page may interpret it: a control character, a mark that changes the text direction, or a
  /// line separator.
  package var isDangerous: Bool {
    switch self {
    case "\u{0}"..."\u{1F}", "\u{7F}"..."\u{9F}", "\u{2028}", "\u{2029}": true
    default: turnsDirection
    }
  }

  /// Whether it is a mark that turns the direction of the text after it.
  var turnsDirection: Bool {
    switch self {
    case "\u{61C}", "\u{200E}", "\u{200F}", "\u{202A}"..."\u{202E}", "\u{2066}"..."\u{2069}": true
    default: false
    }
  }

  /// `⟨U+202E⟩`.
  package var name: String { "⟨U+\(String(value, radix: 16, uppercase: true))⟩" }
}
