extension CheckReport {
  /// JUnit XML: one test case for each regression case.
  package func junit(_ cases: [CheckedCase]) -> String {
    let counts =
      "tests=\"\(cases.count)\" failures=\"\(count(.different))\" errors=\"\(count(.trouble))\" skipped=\"0\""
    var lines = ["<?xml version=\"1.0\" encoding=\"UTF-8\"?>", "<testsuites \(counts)>"]
    lines.append("  <testsuite name=\"refold check\" \(counts)>")
    for checked in cases {
      let head = "    <testcase classname=\"refold check\" name=\"\(xml(checked.name.text))\""
      switch checked.status {
      case .ok, .recorded:
        lines.append("\(head)><system-out>\(xml(checked.text(time: false)))</system-out></testcase>")
      case .different:
        let message = xml(checked.outcome)
        lines.append(
          "\(head)><failure message=\"\(message)\" type=\"different\">\(xml(checked.text(time: false)))</failure></testcase>"
        )
      case .trouble:
        lines.append("\(head)><error message=\"\(xml(checked.trouble?.text ?? ""))\" type=\"trouble\"/></testcase>")
      }
    }
    lines += ["  </testsuite>", "</testsuites>"]
    return lines.joined(separator: "\n") + "\n"
  }

  /// GitHub workflow commands, one for each case that differs or could not be run; at most ten, as GitHub shows no
  /// more.
  package func githubAnnotations(_ cases: [CheckedCase]) -> String {
    let met = cases.filter { $0.status == .different || $0.status == .trouble }
    let shown = met.count <= 10 ? met[...] : met.prefix(9)
    var text = ""
    for checked in shown {
      let file = workflow(checked.name.text + "/case.json", isProperty: true)
      let first = checked.changes.first.map { ", first:\n" + $0.text() } ?? ""
      let message = workflow(checked.trouble?.text ?? checked.outcome + first, isProperty: false)
      text +=
        "::error file=\(file),title=refold check\(workflow(": " + checked.name.text, isProperty: true))::\(message)\n"
    }
    if met.count > shown.count {
      text += "::error title=refold check::\(met.count - shown.count) more cases, see the step summary\n"
    }
    return text
  }

  /// The run as Markdown, for a step summary.
  package func markdown(_ cases: [CheckedCase]) -> String {
    let met = cases.filter { $0.status != .ok || $0.accepted > 0 }
    var parts = ["## refold check", ([totals] + acceptanceLines.map(\.markdown)).joined(separator: "\n\n")]
    if !met.isEmpty {
      parts.append(
        TextGrid.markdown.render(
          [["case", "status", "what"]]
            + met.map { [$0.name.code, $0.status.rawValue, $0.trouble?.markdown ?? $0.outcome] }))
    }
    for checked in met.prefix(10) where !checked.changes.isEmpty || !checked.acceptedChanges.isEmpty {
      let fence = "````"
      parts.append("### \(checked.name.code)\n\n\(fence)text\n\(checked.text(time: false))\(fence)")
    }
    if changes.total > 0 { parts.append("Accept with \(recordCommand.code).") }
    return parts.joined(separator: "\n\n") + "\n"
  }
}
