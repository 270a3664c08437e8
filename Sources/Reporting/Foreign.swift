import EventModel
import JSONTape

/// A text that came from outside: a name or a value of the data, a path, a label, the words of another program.
///
/// It has one form for each medium and none without: interpolating it does not compile.
package struct Foreign: Hashable, Sendable, Comparable, ExpressibleByStringLiteral {
  /// As it came: for JSON, which escapes by itself, and for comparing.
  package let raw: String

  package init(_ raw: String) { self.raw = raw }
  package init(stringLiteral raw: String) { self.raw = raw }

  package static func < (a: Foreign, b: Foreign) -> Bool { a.raw < b.raw }
}

extension Foreign {
  /// In a line of text, on a terminal or in a file: what could end the line, move the cursor, turn the direction or is not to
  /// be seen is written out.
  package var text: String { visible(raw) }
  /// In a line of text, as a text of JSON: where it begins and ends is seen.
  package var inQuotes: String { visible(JSONTree.string(raw).pretty) }
  /// In Markdown, where nothing of it is markup.
  package var markdown: String { markdownText(raw) }
  /// In Markdown as code.
  package var code: String { quoted(raw) }
}

extension Foreign: CustomStringConvertible, CustomDebugStringConvertible {
  /// For whoever takes any value: the escaped form.
  package var description: String { text }
  package var debugDescription: String { text }
}

extension DefaultStringInterpolation {
  @available(*, unavailable, message: "say for which medium: .text, .markdown, .code; JSON takes .raw")
  package mutating func appendInterpolation(_ text: Foreign) { fatalError("unavailable") }

  @available(*, unavailable, message: "say for which medium: .foreign.text, …")
  mutating func appendInterpolation(_ name: ProjectionName) { fatalError("unavailable") }
}

extension ProjectionName {
  /// `TYPE/KEY`; both may be anything in a live export.
  package var foreign: Foreign { Foreign(description) }
}

/// Text for a line: controls, marks that turn the direction, separators of lines and whatever else is not to be seen as
/// `\u{…}`. O(n).
package func visible(_ text: String) -> String {
  if text.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }) { return text }
  if !text.unicodeScalars.contains(where: \.isHidden) { return text }
  var result = ""
  for scalar in text.unicodeScalars {
    if scalar.isHidden {
      result += "\\u{\(String(scalar.value, radix: 16))}"
    } else {
      result.unicodeScalars.append(scalar)
    }
  }
  return result
}

/// Text of several lines that is about to leave: the lines and tabs are its own, everything else that ``visible(_:)`` writes
/// out is written out as JSON does, so that it is JSON still where it was.
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
  var isDangerous: Bool {
    switch self {
    case "\u{0}"..."\u{1F}", "\u{7F}"..."\u{9F}", "\u{2028}", "\u{2029}": true
    default: turnsDirection
    }
  }

  /// Whether it is dangerous or nothing is seen of it.
  var isHidden: Bool {
    if value < 0x7F { return value < 0x20 }
    switch properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator, .unassigned: return true
    default: return false
    }
  }
}
