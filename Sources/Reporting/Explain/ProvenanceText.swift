import EventModel
import Folding
import Formatting

extension Provenance {
  /// For people: the records in fold order, then how each projection is computed; or, if that was asked for, what the
  /// events did to each projection.
  package func text(_ style: TextStyle = TextStyle(isColoured: false)) -> String {
    var shown = Shown()
    for record in records { shown.note(record) }
    var text = ""
    write(style, shown, { records.forEach($0) }, to: { text += $0 })
    return text
  }

  /// Writes the same, piece by piece; the records come from the closure `records`.
  package func write(
    _ style: TextStyle, _ shown: Shown, _ records: ((Record) -> Void) -> Void, to output: @escaping (String) -> Void
  ) {
    output(summary(shown))
    if let live { output(live.text(style)) }
    if overTime != nil || influence != nil {
      for projection in overTime ?? [] { projection.write(style, to: output) }
      for projection in influence ?? [] { output(projection.text(style)) }
      return
    }
    // By projection, the last event that left it as it is.
    var origins = [Head?](repeating: nil, count: projections.count)
    if shown.count > 0 {
      output("\n" + style.bold("EVENTS") + "\n")
      records { record in
        output(record.lines(style, shown))
        for (place, projection) in projections.enumerated() {
          if let steps = projection.steps, record.facts.contains(where: steps.follow(from:)) {
            origins[place] = record.event ?? origins[place]
          }
        }
      }
    }
    for (projection, origin) in zip(projections, origins) { output("\n" + projection.text(style, from: origin)) }
  }

  private var storedByNote: String {
    guard let live else { return "" }
    return live.isUpdateTrusted ? "  (the live row's updated_at)" : AsOfSource.liveRow.note
  }

  private func summary(_ shown: Shown) -> String {
    var table = TextTable()
    table.row("user", user.description + (isExported == false ? "  (not in the users export)" : ""))
    table.row("as of", asOf.description + asOfSource.note)
    if let storedBy {
      table.row("events stored by", storedBy.description + storedByNote)
    }
    if let wanted { table.row("projection", wanted.text) }
    table.row("records of the user", grouped(total) + (total == 0 ? "  (the user is in the users export only)" : ""))
    for (number, count) in counts.enumerated() where count > 0 {
      table.row("  " + Disposition.labels[number], grouped(count))
    }
    if shown.unlisted > 0 { table.row("  not listed: more repeats of one record", grouped(shown.unlisted)) }
    let hidden = total - shown.count - shown.unlisted
    if hidden > 0 { table.row("  not shown: not relevant", grouped(hidden)) }
    return table.text
  }
}

/// Where a record is, for people.
private func place(_ position: LogPosition) -> String {
  position.isPacked ? "packed log" : "\(position.file.text):\(position.line)"
}

extension Provenance.Record {
  var columns: (time: String, type: String, id: String, place: String) {
    (
      event?.timestamp.description ?? "", event?.type.text ?? "", event?.id.description ?? "",
      position.map(place) ?? ""
    )
  }

  fileprivate func lines(_ style: TextStyle, _ shown: Provenance.Shown) -> String {
    let (line, widths) = (columns, shown.widths)
    let head = [
      line.time.padded(widths.time), line.type.padded(widths.type), line.id.padded(widths.id),
      line.place.padded(widths.place),
    ].filter { !$0.isEmpty }
    var text = head.joined(separator: "  ") + "  " + dispositionText(style) + "\n"
    for detail in details { text += style.dim("    " + detail) + "\n" }
    return text
  }
}

extension Provenance.Projection {
  /// A heading and a line for each step.
  ///
  /// - Parameter origin: the last event that the steps follow from.
  fileprivate func text(_ style: TextStyle, from origin: Provenance.Head?) -> String {
    let heading = style.bold(name.foreign.text)
    switch outcome {
    case .noRow: return heading + "  no row: no event of a type that makes live compute it\n"
    case .failed(let code, let event, let detail):
      let place = event.map { ", at event \($0)" } ?? ""
      return heading + "  " + style.red("failed: \(code.rawValue), \(detail.text)\(place)") + "\n"
    case .row: break
    }
    var table = TextTable()
    steps?.rows(&table, from: origin.map { ($0.id, $0.timestamp) })
    return heading + "\n" + table.text
  }
}

extension Provenance.Disposition {
  static let labels = [
    "folded", "without effect", "retracted", "represented by a session", "refused: the live reducer raises",
    "lost: their projection failed", "repeat another record", "stored later", "no reducer reads their type",
    "malformed",
  ]
}

extension Provenance.Record {
  fileprivate func dispositionText(_ style: TextStyle) -> String {
    switch disposition {
    case .folded: style.green("folded")
    case .withoutEffect: style.yellow("without effect")
    case .retracted(let by): style.yellow("retracted by \(by.map(\.description).joined(separator: ", "))")
    case .represented(let by): style.yellow("represented by the session" + (by.map { " \($0)" } ?? ""))
    case .refused: style.red("refused: the live reducer raises at it")
    case .projectionFailed: style.red("lost: its projection failed")
    case .repeated(let first):
      style.yellow("repeats " + (first.map(place) ?? "another record"))
    case .notStored: style.yellow("stored later, at \(event?.createdAt.description ?? "")")
    case .unread: style.dim("no reducer reads this type")
    case .malformed(let field, let reason):
      style.red("malformed: " + (field.map { "\($0.text): " } ?? "") + reason.text)
    }
  }

  fileprivate var details: [String] {
    facts.flatMap(\.lines) + (sameKey.map { ["same idempotency key as \($0); folded anyway"] } ?? [])
      + (unlistedRepeats > 0 ? ["repeated by \(grouped(unlistedRepeats)) more records, which are not listed"] : [])
  }
}

extension String {
  func padded(_ width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }
}
