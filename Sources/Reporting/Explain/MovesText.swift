import EventModel
import Formatting

extension OverTime {
  /// For people: by order, the largest moves, then each event that changed something.
  func write(_ style: TextStyle, to output: (String) -> Void) {
    for series in series {
      output("\n" + style.bold(name.foreign.text) + "  " + title(series) + "\n")
      output("  " + counts(series) + "\n")
      if !series.isComplete { output(style.yellow("  " + groups(series)) + "\n") }
      let largest = series.largest(3, number)
      if let number, !largest.isEmpty { output("  largest moves of \(number.text)\n" + lines(of: largest, series)) }
      for (index, step) in series.steps.enumerated() {
        let rank = largest.firstIndex(of: index).map { ["largest move", "2nd largest move", "3rd largest move"][$0] }
        output(series.text(step, rank, style))
      }
      output(closing(series, style))
    }
  }

  private func title(_ series: Series) -> String {
    switch series.order {
    case .stored: "over time, in stored order (created_at), each row as of \(asOf)"
    case .own: "over time, each row as of its event's own timestamp"
    }
  }

  private func counts(_ series: Series) -> String {
    let other = otherEvents == 0 ? "" : "; it does not depend on \(plural(otherEvents, "more event"))"
    return "\(plural(series.moving, "event")) changed it, \(grouped(series.unchanged)) changed nothing\(other)"
  }

  private func groups(_ series: Series) -> String {
    let cancelled =
      series.cancelled == 0
      ? "" : "; \(grouped(series.cancelled)) more are in groups that left the row as it was"
    return """
      \(plural(series.folds, "fold")), the limit for so many events, did not tell all events apart: \
      \(grouped(series.inGroups)) are shown in groups\(cancelled)
      """
  }

  private func lines(of steps: [Int], _ series: Series) -> String {
    steps.map { index in
      let step = series.steps[index]
      let events = step.count == 1 ? "\(step.last.id)" : "\(grouped(step.count)) events until \(step.last.id)"
      let move = step.byEvents.numberMove(at: number).map(\.numberText) ?? ""
      return "    \(move)  \(series.instant(step.last))  \(step.last.type.text)  \(events)\n"
    }.joined()
  }

  /// What time alone did.
  private func closing(_ series: Series, _ style: TextStyle) -> String {
    var text = ""
    if let finally = series.finally {
      text += "  \(asOf)  " + style.dim("time alone, since the last event") + "\n" + finally.lines(limit: 12)
    }
    var sums: [(path: Foreign, count: Int, sum: Double)] = []
    for value in series.steps.flatMap({ $0.byTime?.values ?? [] }) {
      guard let difference = value.difference else { continue }
      if let known = sums.firstIndex(where: { $0.path == value.path }) {
        sums[known].count += 1
        sums[known].sum += difference
      } else {
        sums.append((value.path, 1, difference))
      }
    }
    for (path, count, sum) in sums.prefix(12) {
      text += "  time alone moved \(path.text) between events: \(plural(count, "time")), in all \(signed(sum))\n"
    }
    return text
  }
}

extension OverTime.Series {
  /// A line for the step, and one for each value that changed; nothing if only time moved numbers.
  fileprivate func text(_ step: OverTime.Step, _ rank: String?, _ style: TextStyle) -> String {
    var text = ""
    if let byTime = step.byTime, byTime.isOfState {
      text += "  \(instant(step.last))  " + style.dim("time alone, before the next event") + "\n"
      text += byTime.lines(limit: 12)
    }
    if step.byEvents.isEmpty { return text }
    let mark = rank.map { "  " + style.bold("← " + $0) } ?? ""
    let head = "\(step.last.type.text)  \(step.last.id)"
    text +=
      step.count == 1
      ? "  \(instant(step.last))  \(head)\(mark)\n"
      : "  \(instant(step.last))  \(grouped(step.count)) events from \(step.first.id) to \(head)\(mark)\n"
    return text + step.byEvents.lines(limit: 12)
  }
}

extension Influence {
  /// Maximum number of events in the text for people.
  private static let limit = 50

  /// For people: the events by size of influence.
  func text(_ style: TextStyle) -> String {
    var text = "\n" + style.bold(name.foreign.text) + "  without one event at a time (with it → without it)\n"
    let other = otherEvents == 0 ? "" : "; it does not depend on \(plural(otherEvents, "more event"))"
    text += "  \(plural(entries.count, "event")) matter\(entries.count == 1 ? "s" : ""), "
    text += "\(grouped(tried - entries.count)) change\(tried - entries.count == 1 ? "s" : "") nothing\(other)\n"
    if tried < events {
      text +=
        style.yellow(
          "  only the newest \(grouped(tried)) events were tried; \(grouped(events - tried)) older ones were not")
        + "\n"
    }
    if let number, !entries.isEmpty { text += "  by the move of \(number.text), largest first\n" }
    for entry in entries.prefix(Influence.limit) {
      text += "  \(entry.event.timestamp)  \(entry.event.type.text)  \(entry.event.id)\n" + entry.move.lines(limit: 12)
    }
    let left = entries.count - Influence.limit
    return left > 0 ? text + "  … \(plural(left, "more event")); --json lists all\n" : text
  }
}

extension LiveStanding {
  func text(_ style: TextStyle) -> String {
    var text = "\n" + style.bold("LIVE ROW") + "\n"
    if !isUpdateTrusted {
      let reason =
        updatedAt.map { "its updated_at, \($0), is over a minute later than the instant in it" }
        ?? "it has no updated_at"
      let events = generatedAt == nil ? "all events of the log" : "the events stored by the instant in it"
      text += "  \(reason): \(events) take part\n"
    }
    guard computed == .row else {
      return text + style.yellow("  no row to compare it with: \(computed.text)") + "\n"
    }
    if isEqual { return text + style.green("  equal to the row computed at its instant") + "\n" }
    text += style.yellow("  differs from the row computed at its instant in \(plural(fieldCount, "field"))")
    text += " (computed → live)\n"
    return text + fields.lines(of: fieldCount, 100, 30).map { $0 + "\n" }.joined()
  }
}

extension RowMove {
  /// A line for each value, at most `limit`, and one for what becomes of the row itself.
  fileprivate func lines(limit: Int) -> String {
    var lines: [String] = []
    var shown = values
    var count = valueCount
    if before != after {
      lines.append("\(before.text) → \(after.text)")
      // All values came or went: the numbers say enough.
      if before != .row || after != .row {
        shown = values.filter { $0.isNumeric && !$0.isInList }
        count = shown.count
      }
    }
    lines += shown.prefix(limit).map(\.line)
    if count > limit { lines.append("… \(plural(count - limit, "more value"))") }
    return lines.map { "      " + $0 + "\n" }.joined()
  }
}

extension ValueMove {
  fileprivate var line: String {
    if isElement {
      let sign = after == nil ? "−" : "+"
      return "\(path.text)  \(sign) \(shown(after ?? before, 100))"
    }
    return "\(path.text)  " + numberText
  }

  /// `90 → 100  (+10)`.
  fileprivate var numberText: String {
    let values = "\(shown(before, 60)) → \(shown(after, 60))"
    return difference.map { values + "  (\(signed($0)))" } ?? values
  }
}
