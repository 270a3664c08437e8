import EventModel

extension Provenance {
  /// For people: the records in fold order, then how each projection follows.
  package func text(_ style: TextStyle = TextStyle(isColoured: false)) -> String {
    var parts = [summary]
    if !records.isEmpty { parts.append(style.bold("EVENTS") + "\n" + recordLines(style)) }
    for projection in projections { parts.append(projection.text(style, in: self)) }
    return parts.joined(separator: "\n")
  }

  private var summary: String {
    var table = TextTable()
    table.row("user", user.description + (isExported == false ? "  (not in the users export)" : ""))
    table.row("as of", asOf.description + (asOfIsGiven ? "" : "  (the newest created_at in the log)"))
    if let storedBy { table.row("events stored by", storedBy.description) }
    if let wanted { table.row("projection", visible(wanted)) }
    table.row("records of the user", grouped(total) + (total == 0 ? "  (the users export alone names the user)" : ""))
    for (number, count) in counts.enumerated() where count > 0 {
      table.row("  " + Disposition.labels[number], grouped(count))
    }
    if records.count < total { table.row("  not shown: of no part in it", grouped(total - records.count)) }
    return table.text
  }

  private func recordLines(_ style: TextStyle) -> String {
    let lines = records.map { record -> (time: String, type: String, id: String, place: String) in
      (
        record.event?.timestamp.description ?? "", visible(record.event?.type ?? ""),
        record.event?.id.description ?? "", record.position.map { "\(visible($0.file)):\($0.line)" } ?? ""
      )
    }
    let widths = (
      lines.map(\.time.count).max() ?? 0, lines.map(\.type.count).max() ?? 0, lines.map(\.id.count).max() ?? 0,
      lines.map(\.place.count).max() ?? 0
    )
    var text = ""
    for (record, line) in zip(records, lines) {
      let head = [
        line.time.padded(widths.0), line.type.padded(widths.1), line.id.padded(widths.2), line.place.padded(widths.3),
      ].filter { !$0.isEmpty }
      text += head.joined(separator: "  ") + "  " + record.dispositionText(style) + "\n"
      for detail in record.details { text += style.dim("    " + visible(detail)) + "\n" }
    }
    return text
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
      style.yellow("repeats " + (first.map { "\(visible($0.file)):\($0.line)" } ?? "another record"))
    case .notStored: style.yellow("stored later, at \(event?.createdAt.description ?? "")")
    case .unread: style.dim("no reducer reads this type")
    case .malformed(let field, let reason): style.red(visible("malformed: " + (field.map { "\($0): " } ?? "") + reason))
    }
  }

  fileprivate var details: [String] {
    facts.flatMap(\.lines) + (sameKey.map { ["same idempotency key as \($0); folded all the same"] } ?? [])
  }
}

extension String {
  func padded(_ width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }
}

/// A number as it is: whole ones without a point, others with the digits that tell them from all others.
func exact(_ value: Double) -> String {
  value.magnitude < 1e15 && value == value.rounded() ? String(Int(value)) : value.description
}
