import Foundation
import FoundationXML
import Testing

/// Checks what must hold for everything that is written for a medium, whatever the data.
extension Medium {
  func expectHarmless(_ text: String, _ what: String) {
    expectPlain(text, what)
    switch self {
    case .terminal, .errors: break
    case .json: expectJSON(text, what)
    case .markdown, .summary: expectMarkdown(text, what)
    case .junit:
      #expect(XMLParser(data: Data(text.utf8)).parse(), "\(what)")
    case .commands: expectCommands(text, what)
    case .html: #expect(!text.contains("<img"), "\(what)")
    }
  }

  private func isDangerous(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar {
    case "\n", "\t": false
    case "\u{0}"..."\u{1F}", "\u{7F}"..."\u{9F}", "\u{2028}", "\u{2029}", "\u{61C}", "\u{200E}", "\u{200F}",
      "\u{202A}"..."\u{202E}", "\u{2066}"..."\u{2069}":
      true
    default: false
    }
  }

  private func expectPlain(_ text: String, _ what: String) {
    let found = text.unicodeScalars.first(where: isDangerous)
    #expect(found == nil, "\(rawValue) of \(what): U+\(String(found?.value ?? 0, radix: 16))")
    // Line breaks in the source of a page have no meaning: only markup breaks lines.
    if self == .html { return }
    for line in text.split(separator: "\n") {
      let line = line.drop { $0 == " " }
      #expect(
        !line.hasPrefix("FAKE") && !line.hasPrefix("::error::") && !line.hasPrefix("| FAKE"),
        "\(rawValue) of \(what): \(line)")
    }
  }

  private func expectJSON(_ text: String, _ what: String) {
    let lines = text.split(separator: "\n")
    let isWhole = (try? JSONSerialization.jsonObject(with: Data(text.utf8))) != nil
    #expect(isWhole, "\(what): \(lines.first ?? "")")
  }

  private func expectMarkdown(_ text: String, _ what: String) {
    var isFenced = false
    var width: Int?
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      if line.hasPrefix("````") { isFenced.toggle() }
      if isFenced || line.hasPrefix("    ") { continue }
      let own = line.replacing("<details>", with: "").replacing("</details>", with: "").replacing("<summary>", with: "")
        .replacing("</summary>", with: "").replacing("<code>", with: "").replacing("</code>", with: "").replacing(
          "<br>", with: "")
      #expect(!own.contains("<"), "\(what): \(line)")
      // A backslash takes the meaning from the next character, so both are dropped.
      let bare = own.replacing(/\\./, with: "")
      if line.hasPrefix("|") {
        let cells = bare.count { $0 == "|" }
        #expect(width == nil || width == cells, "\(what): \(line)")
        width = cells
      } else {
        width = nil
      }
      #expect(!bare.contains("](") && !bare.contains("@me") && !bare.contains("*a*"), "\(what): \(line)")
    }
    #expect(!isFenced, "\(what)")
  }

  private func expectCommands(_ text: String, _ what: String) {
    for line in text.split(separator: "\n") where line.hasPrefix("::") {
      #expect(line.hasPrefix("::error ") || line.hasPrefix("::notice "), "\(what): \(line)")
      let properties = line.split(separator: "::").first ?? ""
      #expect(properties.split(separator: ",").allSatisfy { $0.contains("=") }, "\(what): \(line)")
    }
  }
}
