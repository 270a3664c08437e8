/// A text that came from outside: a name or a value of the data, a path, a label, the words of another program.
///
/// It has one form for each medium and no default form: interpolating it into a string does not compile. A sentence
/// with foreign parts is itself foreign until its medium is known: `let notice: Foreign = "\(file) holds no event"`.
package struct Foreign: Hashable, Sendable, Comparable {
  /// Unchanged: for JSON, whose writer escapes, and for comparing.
  package let raw: String

  package init(_ raw: String) { self.raw = raw }
  package init(stringLiteral raw: String) { self.raw = raw }

  package static func < (a: Foreign, b: Foreign) -> Bool { a.raw < b.raw }
}

extension Foreign {
  /// For a line of text, on a terminal or in a file. Characters that could end the line, move the cursor or change the
  /// text's direction, and invisible characters, are written as `\u{…}`.
  package var text: String { visible(raw) }
}

extension Foreign {
  /// The number that the text spells, if it does.
  package var number: Double? { Double(raw) }
}

extension Foreign: CustomStringConvertible, CustomDebugStringConvertible {
  /// For code that prints any value: the escaped form.
  package var description: String { text }
  package var debugDescription: String { text }
}

extension DefaultStringInterpolation {
  @available(*, unavailable, message: "say for which medium: .text, .markdown, .code; JSON takes .raw")
  package mutating func appendInterpolation(_ text: Foreign) { fatalError("unavailable") }
}

extension Foreign: ExpressibleByStringInterpolation {
  /// Takes foreign texts unchanged: the result is foreign.
  package struct StringInterpolation: StringInterpolationProtocol {
    fileprivate var raw = ""

    package init(literalCapacity: Int, interpolationCount: Int) { raw.reserveCapacity(literalCapacity) }

    package mutating func appendLiteral(_ text: String) { raw += text }
    package mutating func appendInterpolation(_ text: Foreign) { raw += text.raw }
    package mutating func appendInterpolation(_ value: some CustomStringConvertible) { raw += value.description }
    package mutating func appendInterpolation(_ error: any Error) { raw += String(describing: error) }
  }

  package init(stringInterpolation: StringInterpolation) { self.init(stringInterpolation.raw) }
}

extension Sequence where Element == Foreign {
  package func joined(separator: String) -> Foreign { Foreign(map(\.raw).joined(separator: separator)) }
}

/// Text for one line: controls, direction marks, line separators and other invisible characters become `\u{…}`. O(n).
private func visible(_ text: String) -> String {
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

extension Unicode.Scalar {
  /// Whether it is dangerous or invisible.
  fileprivate var isHidden: Bool {
    if value < 0x7F { return value < 0x20 }
    switch properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator, .unassigned: return true
    default: return false
    }
  }
}
