import Foundation

/// Texts that a medium could take for more than text: control sequences, markup, commands, further lines.
enum HostileTexts {
  static let all = [
    "\u{1B}[31m\u{1B}]0;title\u{7}", "\nFAKE\n", "\r\n::error::FAKE", "\u{9B}31m\u{85}FAKE", "\u{7F}\u{8}\u{1}",
    "\u{2028}FAKE\u{2029}FAKE", "\u{202E}evil\u{2066}\u{200F}\u{61C}", "`code` | cell | *a* _b_ [x](y) #1 @me ~s~",
    "<img src=x onerror=alert(1)>\" ' & ]]>", "\n````\nFAKE", "%0A::error::FAKE,file=x:y", "\n| FAKE | FAKE |\n",
    "\u{FEFF}\u{FFFE}\u{AD}\u{200B}",
  ]

  /// The mark that each text begins with, to find it in an output.
  static let marks = all.indices.map { "q\($0)z" }

  /// The part of the input that holds a text. The texts of each part are looked for in every medium that can show them.
  enum Place: String, CaseIterable {
    // The log.
    case eventType, group, objective, advisory, corrected, column, table
    // Live rows.
    case liveType, liveKey, member, value, code
    // Jobs, and the label that commands are asked for.
    case jobType, jobStatus, jobError, handler, source
    // A snapshot that refold did not write.
    case failureType, failureCode, failureDetail, failureReason, rowType, rowKey, manifest, signal
    // Cases, reports, rules and profiles that refold did not write.
    case caseFailure, caseKey, caseField, caseValue, caseMember, reportUser, reportLive, reportType, rule, profile
    // File names and arguments.
    case log, live, snapshot, caseName, output, argument

    /// The mark of the place, in lower case: some texts are lowercased on their way.
    var mark: String { "p\(rawValue.lowercased())p" }
  }

  /// A text for a place: the place's mark, the text's mark, and text number `number` of ``all``, modulo its count.
  static func text(_ place: Place, _ number: Int) -> String {
    let number = number % all.count
    return place.mark + marks[number] + all[number]
  }

  /// Several texts in one, for names, which have no room for all.
  static func text(_ place: Place, _ range: Range<Int>) -> String {
    place.mark + range.map { marks[$0] + all[$0] }.joined()
  }
}

/// The medium that an output is written for.
enum Medium: String, CaseIterable {
  case terminal, errors, json, markdown, summary, junit, commands, html
}
