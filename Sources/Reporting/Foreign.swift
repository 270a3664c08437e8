import EventModel
import JSONTape

extension Foreign {
  /// At most so many characters; what is cut is said by `…`.
  package func cut(_ limit: Int = ReportLimits.text) -> Foreign { Foreign(raw.cut(limit)) }

  /// In a line of text, as a text of JSON: where it begins and ends is seen.
  package var inQuotes: String { Foreign(JSONTree.string(raw).pretty).text }
  /// In Markdown, where nothing of it is markup.
  package var markdown: String { markdownText(raw) }
  /// In Markdown as code.
  package var code: String { quoted(raw) }
  /// In Markdown as code, between backticks where nothing of it could end them or be mistaken: for files people read as text.
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

/// Text of several lines that is about to leave: the lines and tabs are its own, everything else that is more than text
/// is written out as JSON does, so that it is JSON still where it was.
///
/// - Parameter isStyled: keeps the escape sequences of ``TextStyle``.
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
  /// Whether a terminal or a page may take it for more than a character: controls, marks that turn the direction, separators
  /// of lines.
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
