import EventModel

extension ReportFacts {
  /// The same facts in the order in which people read them: for two snapshots, before → after.
  ///
  /// The reported snapshot is the later one; the snapshot it is compared with is the earlier one. This swaps the sides
  /// of all facts, so that the earlier snapshot takes the place of the rebuilt side. JSON keeps the original sides.
  package var inReadingOrder: ReportFacts {
    guard mode == .pair, !isTurned else { return self }
    var facts = self
    facts.isTurned = true
    if snapshotIsBefore { return facts }
    facts.changes = changes.map(\.turned)
    facts.quality = quality.map { entry in
      guard let live = entry.live else { return entry }
      return Quality(projection: entry.projection, rebuilt: live, live: entry.rebuilt)
    }
    if let live = coverage?.live, let rebuilt = coverage?.rebuilt {
      facts.coverage?.rebuilt = live
      facts.coverage?.live = rebuilt
    }
    for user in facts.users.indices {
      for row in facts.users[user].rows.indices {
        facts.users[user].rows[row].fields = users[user].rows[row].fields.map { field in
          var turned = field
          (turned.rebuilt, turned.live) = (field.live, field.rebuilt)
          return turned
        }
      }
    }
    if let diff {
      facts.diff?.rows = diff.rows.map { row in
        var turned = row
        (turned.rebuilt, turned.live) = (row.live, row.rebuilt)
        return turned
      }
      facts.diff?.patterns = diff.patterns.map(\.turned)
    }
    return facts
  }

  /// A pattern in words that fit the order of the sides.
  package func words(of pattern: DiffReport.Pattern) -> Foreign { isTurned ? pattern.wordsOfChange : pattern.words }
}

extension ReportFacts.FieldChanges {
  fileprivate var turned: ReportFacts.FieldChanges {
    var turned = self
    (turned.least, turned.median, turned.most) = (-most, -median, -least)
    turned.points = points.map { Point(rebuilt: $0.live, live: $0.rebuilt) }
    return turned
  }
}

extension DiffReport.Pattern {
  /// The same pattern, seen from the other side.
  fileprivate var turned: DiffReport.Pattern {
    var turned = self
    switch kind {
    case .factor: turned.value = value.map { 1 / $0 }
    case .offset: turned.value = value.map { -$0 }
    // If all earlier rows have one value, all that is known of the later rows is that they differ.
    case .value: (turned.kind, turned.value) = (alone == rows ? .onlyField : .field, nil)
    case .missingCode: turned.kind = .extraCode
    case .extraCode: turned.kind = .missingCode
    case .onlyField, .field: break
    }
    return turned
  }
}
