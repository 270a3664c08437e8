import EventModel
import Formatting
import JSONTape

/// The outcome of all cases of a run, without the changes themselves.
package struct CheckReport: Sendable {
  package private(set) var cases = [Int](repeating: 0, count: CheckedCase.Status.allCases.count)
  /// Changes in the cases that differ.
  package private(set) var changes = ChangeCounts()
  /// Changes that were recorded.
  package private(set) var recorded = ChangeCounts()
  /// Changes that do not fail a case.
  package private(set) var accepted = 0
  /// What became of the entries of accept files; `nil` without such files.
  package var acceptance: AcceptanceFigures?
  /// Cases that `--filter` left out.
  package var notSelected = 0
  /// The command that accepts the changes, as typed into a shell.
  package var recordCommand: Foreign = ""

  package init() {}

  package mutating func note(_ checked: CheckedCase) {
    cases[checked.status.number] += 1
    accepted += checked.accepted
    if checked.status == .recorded { recorded += checked.counts } else { changes += checked.counts }
  }

  package func count(_ status: CheckedCase.Status) -> Int {
    cases[status.number]
  }

  /// The exit status: 0 all as expected, 1 some differ, 2 some could not be run.
  package var status: Int32 { judgement.status }

  /// What the exit status is derived from.
  package var judgement: Judgement {
    var judgement = Judgement(of: "cases", compared: cases.reduce(0, +))
    judgement.differing = count(.different)
    judgement.failed = [acceptance?.failure].compactMap { $0 }
    if count(.trouble) > 0 { judgement.unjudged = ["\(counted(count(.trouble), "case")) cannot be run"] }
    return judgement
  }

  /// `5 cases: 4 ok, 1 different`.
  package var totals: String {
    let parts = CheckedCase.Status.allCases.filter { count($0) > 0 }.map { "\(grouped(count($0))) \($0.rawValue)" }
    let left = notSelected > 0 ? " (\(grouped(notSelected)) not selected)" : ""
    return "\(counted(cases.reduce(0, +), "case")): \(parts.joined(separator: ", "))\(left)"
  }

  package var text: String {
    var text = totals + "\n"
    if recorded.total > 0 { text += "recorded: \(recorded.text)\n" }
    if changes.total > 0 {
      text += changes.text
      text += changes.isRecordable ? "; accept with: \(recordCommand.text)\n" : "\n"
      if !changes.isRecordable {
        text += "a log or figure that differs cannot be recorded; the rest is accepted with: \(recordCommand.text)\n"
      }
    }
    return text + acceptanceLines.map { $0.text + "\n" }.joined()
  }

  /// What was accepted without being as expected, and what accepts nothing.
  var acceptanceLines: [Foreign] {
    (accepted > 0 ? ["\(counted(accepted, "difference")) accepted"] : [])
      + [acceptance?.failure].compactMap { $0 } + (acceptance?.lines ?? [])
  }
}

extension CheckedCase {
  /// A line for the case and, if it differs, its changes. `time` is for people at a terminal.
  package func text(time: Bool) -> String {
    let word = status == .different || status == .trouble ? status.rawValue.uppercased() : status.rawValue
    var line = word + String(repeating: " ", count: max(1, 11 - word.count)) + name.text
    if let trouble {
      line += "  " + trouble.text
    } else {
      line += "  " + checked.joined(separator: ", ")
      if !outcome.isEmpty { line += ": " + outcome }
    }
    if time { line += "  \(fixed(seconds, 2)) s" }
    var text = line + "\n" + changes.map { $0.text(indent: "    ") }.joined()
    if cut > 0, !changes.isEmpty || status == .different { text += "    … \(grouped(cut)) more; --all prints them\n" }
    text += acceptedChanges.map { $0.text(indent: "    ") }.joined()
    if accepted > acceptedChanges.count, !acceptedChanges.isEmpty {
      text += "    … \(grouped(accepted - acceptedChanges.count)) more that are accepted; --all prints them\n"
    }
    if !written.isEmpty { text += "    wrote \(written.map(\.text).joined(separator: ", "))\n" }
    return text
  }
}

extension CheckedCase {
  /// `3 rows changed, 1 accepted`; empty if everything is as expected.
  var outcome: String {
    ((counts.total > 0 ? [counts.text] : []) + (accepted > 0 ? ["\(grouped(accepted)) accepted"] : []))
      .joined(separator: ", ")
  }
}

extension CaseChange {
  /// A line, and one for each field and note, values cut at `width` characters.
  package func text(indent: String = "", width: Int = 100, fields limit: Int = 12) -> String {
    let what = subject == .row ? "" : subject.rawValue + " "
    let mark = acceptance == nil ? "" : "(accepted) "
    var lines = ["\(kind.rawValue) \(mark)\(what)\(user.map { "\($0)  " } ?? "")\(name.text)"]
    for field in fields.prefix(limit) {
      lines.append("    \(field.path.text): \(shown(field.expected, width)) → \(shown(field.now, width))")
    }
    if fieldCount > min(limit, fields.count) {
      lines.append("    … \(fieldCount - min(limit, fields.count)) more fields")
    }
    for note in notes { lines.append("    " + note.text) }
    if let note = acceptance?.noteText { lines.append("    " + note) }
    return lines.map { indent + $0 + "\n" }.joined()
  }

  package var json: JSONTree {
    func value(_ text: Foreign) -> JSONTree {
      do throws(JSONFault) { return try JSONTree(parsing: Array(text.raw.utf8)) } catch { return .string(text.raw) }
    }
    var members: [JSONTree.Member] = [
      .init("change", .string(kind.rawValue)), .init("subject", .string(subject.rawValue)),
      .init("user_id", user.map { .string($0.description) } ?? .null), .init("name", .string(name.raw)),
      .init("field_count", .integer(Int64(fieldCount))),
      .init(
        "fields",
        .array(
          fields.map { field in
            // A side without the value has no key here, which distinguishes absence from null.
            .object(
              [.init("path", .string(field.path.raw))] + (field.expected.map { [.init("expected", value($0))] } ?? [])
                + (field.now.map { [.init("now", value($0))] } ?? []))
          })),
    ]
    if let acceptance { members.append(.init("accepted", .string(acceptance.word))) }
    if let difference, let user {
      // A line for an accept file.
      let entry = JSONTree.object([
        .init("user_id", .string(user.description)), .init("projection", .string(name.raw)),
        .init("causes", .array(difference.causes.map { .string($0.rawValue) })),
        .init("digest", .string(difference.fingerprint)),
      ])
      members.append(.init("entry", entry))
    }
    if !notes.isEmpty { members.append(.init("notes", .array(notes.map { .string($0.raw) }))) }
    return .object(members)
  }
}

extension CheckedCase {
  package var json: JSONTree {
    var members: [JSONTree.Member] = [
      .init("name", .string(name.raw)), .init("status", .string(status.rawValue)),
      .init("checked", .array(checked.map { .string($0) })), .init("changes_total", .integer(Int64(counts.total))),
      .init("changes", .array(changes.map(\.json))), .init("accepted_total", .integer(Int64(accepted))),
    ]
    if !acceptedChanges.isEmpty { members.append(.init("accepted", .array(acceptedChanges.map(\.json)))) }
    if let trouble { members.append(.init("trouble", .string(trouble.raw))) }
    if status == .recorded { members.append(.init("written", .array(written.map { .string($0.raw) }))) }
    return .object(members)
  }
}

extension CheckReport {
  package func json(_ cases: [CheckedCase]) -> JSONTree {
    .object([
      .init("cases", .array(cases.map(\.json))),
      .init(
        "totals",
        .object(
          CheckedCase.Status.allCases.map { .init($0.rawValue, .integer(Int64(count($0)))) }
            + [.init("not_selected", .integer(Int64(notSelected)))])),
      .init("accepted_total", .integer(Int64(accepted))),
      .init("acceptance", acceptance.map { $0.json } ?? .null),
      .init("as_expected", .bool(status == 0)),
    ])
  }
}

extension CheckedCase.Status {
  /// Index among all statuses.
  fileprivate var number: Int {
    guard let number = CheckedCase.Status.allCases.firstIndex(of: self) else { preconditionFailure("a status") }
    return number
  }
}
