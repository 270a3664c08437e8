import Foundation

/// Texts that would like to be more than text.
enum HostileTexts {
  static let all = [
    "\u{1B}[31m\u{1B}]0;title\u{7}", "\nFAKE\n", "\r\n::error::FAKE", "\u{9B}31m\u{85}FAKE", "\u{7F}\u{8}\u{1}",
    "\u{2028}FAKE\u{2029}FAKE", "\u{202E}evil\u{2066}\u{200F}\u{61C}", "`code` | cell | *a* _b_ [x](y) #1 @me ~s~",
    "<img src=x onerror=alert(1)>\" ' & ]]>", "\n````\nFAKE", "%0A::error::FAKE,file=x:y", "\n| FAKE | FAKE |\n",
    "\u{FEFF}\u{FFFE}\u{AD}\u{200B}",
  ]

  /// What each begins with, to be found again.
  static let marks = all.indices.map { "q\($0)z" }

  /// Where in the input a text stands. What has a place of its own here is looked for in every medium that can show it.
  enum Place: String, CaseIterable {
    // The log.
    case eventType, group, objective, advisory, corrected, column, table
    // Live rows.
    case liveType, liveKey, member, value, code
    // Jobs, and what is asked of them.
    case jobType, jobStatus, jobError, handler, source
    // A snapshot of another hand.
    case failureType, failureCode, failureDetail, failureReason, rowType, rowKey, manifest, signal
    // Cases, reports, rules and profiles of other hands.
    case caseFailure, caseKey, caseField, caseValue, caseMember, reportUser, reportLive, reportType, rule, profile
    // Names of files, and what is typed.
    case log, live, snapshot, caseName, output, argument

    /// In lower case, which some texts are turned into.
    var mark: String { "p\(rawValue.lowercased())p" }
  }

  /// A text of that place: one of ``all``, between the marks.
  static func text(_ place: Place, _ number: Int) -> String {
    let number = number % all.count
    return place.mark + marks[number] + all[number]
  }

  /// Several in one: for names, which have no room for all.
  static func text(_ place: Place, _ range: Range<Int>) -> String {
    place.mark + range.map { marks[$0] + all[$0] }.joined()
  }
}

/// What an output is written for.
enum Medium: String, CaseIterable {
  case terminal, errors, json, markdown, summary, junit, commands, html
}
