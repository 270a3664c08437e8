import Reporting

/// A piece of an HTML page. Names of elements and attributes are literals of the program; everything else is escaped
/// when it is written, so that no text from data can become markup.
package indirect enum Markup: Sendable {
  case element(StaticString, [Attribute], [Markup])
  case text(String)
  /// Several pieces in order.
  case group([Markup])
  /// A style sheet or script of the program, unchanged.
  case asset(ReportAsset)

  package static let nothing = Markup.group([])
}

/// An attribute of an element.
package struct Attribute: Sendable {
  let name: StaticString
  /// `nil`: the attribute consists of its name only.
  let value: String?

  package init(_ name: StaticString, _ value: String? = nil) {
    self.name = name
    self.value = value
  }

  package static func `class`(_ name: StaticString) -> Attribute { Attribute("class", "\(name)") }
  package static func id(_ name: StaticString) -> Attribute { Attribute("id", "\(name)") }
}

extension Markup: ExpressibleByStringLiteral, ExpressibleByStringInterpolation {
  package init(stringLiteral text: String) { self = .text(text) }
}

/// An element with its attributes and children.
func tag(_ name: StaticString, _ attributes: [Attribute] = [], _ children: [Markup] = []) -> Markup {
  .element(name, attributes, children)
}

/// An element with a class.
func tag(_ name: StaticString, class: StaticString, _ children: [Markup] = []) -> Markup {
  .element(name, [.class(`class`)], children)
}

// MARK: Writing

extension Markup {
  /// Writes the page as UTF-8.
  package func write(to output: inout [UInt8]) {
    switch self {
    case .text(let text): Markup.escape(text, &output)
    case .group(let pieces): for piece in pieces { piece.write(to: &output) }
    case .asset(let asset): output += asset.bytes
    case .element(let name, let attributes, let children):
      output.append(UInt8(ascii: "<"))
      Markup.literal(name, &output)
      for attribute in attributes {
        output.append(UInt8(ascii: " "))
        Markup.literal(attribute.name, &output)
        guard let value = attribute.value else { continue }
        output += Array("=\"".utf8)
        Markup.escape(value, &output)
        output.append(UInt8(ascii: "\""))
      }
      output.append(UInt8(ascii: ">"))
      if Markup.isVoid(name) { return }
      for child in children { child.write(to: &output) }
      output += Array("</".utf8)
      Markup.literal(name, &output)
      output.append(UInt8(ascii: ">"))
      if Markup.endsLine(name) { output.append(0x0A) }
    }
  }

  private static func literal(_ name: StaticString, _ output: inout [UInt8]) {
    output += UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount)
  }

  private static func isVoid(_ name: StaticString) -> Bool {
    switch name.description {
    case "meta", "br", "wbr": true
    default: false
    }
  }

  /// Elements that end a line, so that two reports can be compared line by line.
  private static func endsLine(_ name: StaticString) -> Bool {
    switch name.description {
    case "p", "h1", "h2", "h3", "tr", "table", "section", "figure", "details", "summary", "li", "ul", "div", "header",
      "svg", "title", "meta", "style", "script", "head", "nav", "rect", "circle", "line", "g", "footer", "main", "html":
      true
    default: false
    }
  }

  /// Text as content or inside a quoted attribute. Control characters that a page must not contain become U+FFFD. Marks
  /// that change the text direction are written out, so that no text can pass for another.
  static func escape(_ text: String, _ output: inout [UInt8]) {
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": output += Array("&amp;".utf8)
      case "<": output += Array("&lt;".utf8)
      case ">": output += Array("&gt;".utf8)
      case "\"": output += Array("&quot;".utf8)
      case "'": output += Array("&#39;".utf8)
      case "\t", "\n": output.append(UInt8(scalar.value))
      case "\u{0}"..."\u{1F}", "\u{7F}"..."\u{9F}", "\u{FFFE}", "\u{FFFF}": output += Array("\u{FFFD}".utf8)
      case _ where scalar.isDangerous: output += Array(scalar.name.utf8)
      default: output += Array(String(scalar).utf8)
      }
    }
  }
}
