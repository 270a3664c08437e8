import EventModel
import Formatting
import JSONTape

/// How identifiers appear in reports: as they are, or as pseudonyms.
package struct NameStyle: Sendable {
  package var user: @Sendable (UserID) -> String
  package var event: @Sendable (EventID) -> String

  package init(user: @escaping @Sendable (UserID) -> String, event: @escaping @Sendable (EventID) -> String) {
    self.user = user
    self.event = event
  }

  package static let plain = NameStyle(user: { $0.description }, event: { $0.description })
}

extension RowDifference {
  /// Two lines for the row, and at least one for each detail and each field, of at most `width` characters each, except
  /// for paths and names that are longer.
  package func text(_ names: NameStyle, width: Int = 80, fields limit: Int = 12) -> String {
    var lines = ["\(name.foreign.text)  \(causes.map(\.rawValue).joined(separator: "+"))\(marks.text)"]
    lines.append("    user \(names.user(user))")
    if let note = marks.noteText { lines.append(wrapped("    " + note, width: width, indent: 6)) }
    for detail in details { lines.append(wrapped("    " + detail.text(names), width: width, indent: 6)) }
    if baseline != .asOf, !fields.isEmpty {
      lines.append(wrapped("    compared with \(baseline.text)", width: width, indent: 6))
    }
    lines += fields.lines(of: fieldCount, width, limit)
    return lines.joined(separator: "\n") + "\n"
  }
}

/// The fewest characters of a value that are shown.
private let leastShown = 12

extension [FieldDifference] {
  /// A line for each field, and one with the number of fields not shown.
  ///
  /// - Parameter count: the number of fields that differ; exceeds `self` when those were cut.
  func lines(of count: Int, _ width: Int, _ limit: Int) -> [String] {
    var lines: [String] = []
    for field in prefix(limit) {
      let mark = field.status == .different ? "" : "  (\(field.status.rawValue))"
      let head = "    \(field.path.text): "
      // Both values get the same room: what the shorter one leaves goes to the other.
      let room = Swift.max(width - head.count - mark.count - " → ".count, 2 * leastShown)
      let whole = [field.rebuilt, field.live].map { shown($0, .max).count }
      let cut =
        whole[0] + whole[1] <= room
        ? room : Swift.max(room / 2, room - Swift.min(whole[0], whole[1])) - 1
      lines.append("\(head)\(shown(field.rebuilt, cut)) → \(shown(field.live, cut))\(mark)")
    }
    let left = count - Swift.min(limit, self.count)
    if left > 0 { lines.append("    … \(left) more fields") }
    return lines
  }
}

/// JSON in one line, cut at `width` characters; `(absent)` for `nil`.
func shown(_ value: Foreign?, _ width: Int) -> String {
  guard let value else { return "(absent)" }
  return value.raw.count <= width ? value.text : Foreign(String(value.raw.prefix(width))).text + "…"
}

extension Baseline {
  package var text: String {
    switch self {
    case .asOf: "the snapshot's row"
    case .ownInstant: "the row folded at the live row's own instant"
    case .ownVisibility: "the row folded at the live row's own instant, of the events it could see"
    }
  }
}

extension CauseDetail {
  package func text(_ names: NameStyle) -> String { words(names).text }

  package func words(_ names: NameStyle) -> Foreign {
    switch self {
    case .behind(let events, let first, let since, let microseconds, let evidence):
      let noun = events == 1 ? "event" : "events"
      let shown: Foreign =
        switch evidence {
        case .updatedAt: ""
        case .generatedAt: "; shown by generated_at, as updated_at does not say when the row was computed"
        case .cut: "; shown by the events stored before it, which give the row"
        }
      return
        "behind by \(events) \(noun) for \(duration(microseconds)), since \(names.event(first)) stored \(since)\(shown)"
    case .version(let version, let isStamped):
      return "equal under \(version)\(isStamped ? ", which wrote it" : "")"
    case .nearestVersion(let version, let isStamped):
      return "compared with the row under \(version)\(isStamped ? ", which wrote it" : "")"
    case .unknownStamp(let version):
      return "the row was written by \(version), a version that this refold does not have"
    case .ahead(let event, let isOwn):
      let row = isOwn ? "the row" : "another live row of the user"
      return
        "\(row) names event \(names.event(event)) as its last, which is not in the log as it was read: export the log again"
    case .unseen(let events, let count, let isSuffix, let microseconds):
      let listed = events.map(names.event).joined(separator: ", ")
      let more = count > events.count ? " and \(grouped(count - events.count)) more" : ""
      let what = isSuffix ? "what was stored last" : count == 1 ? "an event" : "some events"
      let first = count == 1 ? "" : "\(grouped(count)) events, the first "
      return "equal without \(what): \(first)stored \(span(microseconds)) before the row: \(listed)\(more)"
    case .afterLog(let newest, let computed):
      return "computed at \(computed), after the newest event of the log was stored (\(newest)): the log may be short"
    case .moreObserved(let live, let rebuilt, let events, let until):
      return """
        live counts \(plural(live, "observation")), the log gives \(grouped(rebuilt)): the log may be short. It holds \
        \(plural(events, "event")) of the user with created_at ≤ \(until): compare with count(*) in the database
        """
    case .equalWithout(let event, let microseconds):
      return "equal without event \(names.event(event)), stored \(span(microseconds)) before the row"
    case .searchCut(let tries):
      return "the search for events that the row lacks ended after \(grouped(tries)) folds; not all were tried"
    case .notSearched:
      return "events that the row lacks were not searched for: too many rows are changed"
    case .failed(let code, let event, let detail):
      return
        "the rebuild fails: \(code), \(detail)\(inBrackets(event, names))"
    case .neverComputed(let events, let newest):
      let noun = events == 1 ? "triggering event" : "triggering events"
      return "live never computed it: \(events) \(noun), the newest \(names.event(newest))"
    case .needsSeeding: return "no triggering event: only the backfill seeds the row"
    case .failedThere(let code): return "the other rebuild failed: \(code)"
    case .otherFailure(let code, let event):
      guard let code else { return "the other snapshot has neither row nor failure" }
      return "the other rebuild fails: \(code)\(inBrackets(event, names))"
    case .unknownUser: return "no input of the rebuild names the user"
    case .noEventOfTheKind: return "the user has no event of the kind"
    case .unknownKey: return "no reducer of the snapshot writes that key"
    case .repeated(let copies): return "the export holds the row \(copies) times"
    case .moreUnknownKeys(let keys, let rows):
      return
        "and \(grouped(keys)) more keys of the type that no reducer of the snapshot writes, in \(grouped(rows)) rows"
    }
  }
}

private func inBrackets(_ event: EventID?, _ names: NameStyle) -> String {
  event.map { " (event \(names.event($0)))" } ?? ""
}

/// The same as ``duration(_:)``, but to the millisecond below ten seconds.
func span(_ microseconds: Int64) -> String {
  microseconds < 10_000_000 ? "\(shortest(Double(microseconds / 1000) / 1000)) s" : duration(microseconds)
}

/// `3 d 4 h`: the two largest units.
package func duration(_ microseconds: Int64) -> String {
  let seconds = microseconds / 1_000_000
  let parts = [(seconds / 86_400, "d"), (seconds / 3600 % 24, "h"), (seconds / 60 % 60, "min"), (seconds % 60, "s")]
  guard let first = parts.firstIndex(where: { $0.0 > 0 }) else { return "less than a second" }
  return parts[first...].prefix(2).filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }.joined(separator: " ")
}
