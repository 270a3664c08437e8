import Comparing
import EventModel
import Folding
import Reporting

/// What the user's events did to each projection asked for, over time and one by one.
extension ExplainedHistory {
  /// For each projection asked for, its row after each event: in the order in which events were stored, and as of each
  /// event's own timestamp.
  ///
  /// - Parameters:
  ///   - orders: which of the two.
  ///   - limit: for each projection type and order; `nil`: the usual one.
  package func overTime(
    _ orders: [OverTime.Order] = [.stored, .own], limit: FoldLimit? = nil
  ) throws(OutsideFault) -> [OverTime] {
    let keys = storedKeys()
    let heads = EventHeads(self)
    var result: [OverTime] = []
    for folder in folders() {
      let schema = catalogue.schema(of: folder.numbers[0])
      let main = MainNumber(schema)
      var series: [Int: [OverTime.Series]] = [:]
      for order in orders {
        let order = EventOrder(order, keys) { place, isFirst in
          self.canChange(schema, events[place].type) || (isFirst && !isExported)
        }
        var search = StepSearch(
          order, folder, hasClock: schema.clock != nil, asOf: overview.asOf, limit: limit ?? self.limit(of: folder)
        ) { self.events[$0].timestamp }
        try search.run { groups in ExplainedHistory.weight(groups, folder.numbers, main) }
        for number in folder.numbers { series[number, default: []].append(search.series(number, head: heads.head)) }
      }
      for number in folder.numbers {
        let all = series[number] ?? []
        result.append(
          OverTime(
            name: catalogue.names[number], series: all, number: main.path(all.flatMap(\.steps).map(\.byEvents)),
            otherEvents: events.count - (all.first?.events ?? 0), asOf: overview.asOf))
      }
    }
    return result.sorted { $0.name < $1.name }
  }

  /// For each projection asked for, its row without each of the user's events, the newest first while the limit lasts.
  package func influence(limit: FoldLimit? = nil) throws(OutsideFault) -> [Influence] {
    let heads = EventHeads(self)
    var result: [Influence] = []
    for folder in folders() {
      let schema = catalogue.schema(of: folder.numbers[0])
      let all = folder.events
      // Without its only event, a user is not known.
      let places = all.indices.filter { place in
        self.canChange(schema, all[place].type) || (all.count == 1 && !isExported)
      }
      let rows = try folder.rows(all, asOf: overview.asOf)
      var budget = FoldBudget(limit ?? self.limit(of: folder))
      var entries: [Int: [Influence.Entry]] = [:]
      for place in places.reversed() {
        guard budget.allows(1, of: all.count) else { break }
        budget.spend(all.count)
        var left = all
        left.remove(at: place)
        for (number, move) in folder.moves(rows, try folder.rows(left, asOf: overview.asOf)) {
          entries[number, default: []].append(Influence.Entry(event: heads.head(place), move: move))
        }
      }
      let main = MainNumber(schema)
      for number in folder.numbers {
        let found = entries[number] ?? []
        result.append(
          Influence(
            name: catalogue.names[number], entries: found, number: main.path(found.map(\.move)), events: places.count,
            tried: budget.folds, otherEvents: all.count - places.count))
      }
    }
    return result.sorted { $0.name < $1.name }
  }

  private var isExported: Bool { overview.isExported == true }

  /// Whether an event of that type can change rows: those of the sources, and retractions.
  private func canChange(_ schema: ProjectionSchema, _ type: UInt8) -> Bool {
    schema.sources.contains(type) || (type != 0 && type == catalogue.vocabulary.retraction?.type.rawValue)
  }

  private func limit(of folder: TypeFolder) -> FoldLimit {
    let type = catalogue.names[folder.numbers[0]].type
    return catalogue.numbers(ofType: type).contains(where: catalogue.isOutside) ? .outside : .own
  }

  /// The rows of a type, from all events, at the as-of.
  func rows(ofType type: String) throws(OutsideFault) -> TypeRows {
    try folds().rows(ofType: type, from: events.events, asOf: overview.asOf)
  }

  private func folds() -> OwnFolds {
    let records = sorting.records
    let folds = OwnFolds(catalogue, profile: profile, look: records.isInFile ? { records.looked(at: $0) } : nil)
    folds.begin(events.events, of: FoldedUser(records.user, isExported: isExported))
    return folds
  }

  /// One for each type with projections asked for.
  private func folders() -> [TypeFolder] {
    let folds = folds()
    return catalogue.schemas.compactMap { schema in
      let numbers = catalogue.numbers(ofType: schema.type).filter { relevance.includes(catalogue.names[$0]) }
      return numbers.isEmpty
        ? nil : TypeFolder(schema.type, numbers, of: catalogue, folds, isExported: isExported, progress: progress)
    }
  }

  private func storedKeys() -> [(stored: Instant, id: EventID)] {
    events.events.map { event in
      sorting.records.looked(at: event)
      return (event.createdAt, event.id)
    }
  }

  /// The size of what a group of events did, among all groups: the move of the main number as a share of the largest
  /// one, and more if a row came, went or fails.
  private static func weight(
    _ groups: [[Int: RowMove]], _ numbers: [Int], _ main: MainNumber
  ) -> ([Int: RowMove]) -> Double {
    var paths: [Int: Foreign] = [:]
    var largest: [Int: Double] = [:]
    func size(_ move: RowMove, _ number: Int) -> Double {
      move.numberMove(at: paths[number])?.difference?.magnitude ?? 0
    }
    for number in numbers {
      let moves = groups.compactMap { $0[number] }
      paths[number] = main.path(moves)
      largest[number] = moves.map { size($0, number) }.max()
    }
    let (chosen, most) = (paths, largest)
    return { group in
      group.map { number, move in
        let size = move.numberMove(at: chosen[number])?.difference?.magnitude ?? 0
        let share = most[number].map { $0 > 0 ? size / $0 : 0 } ?? 0
        return (move.before == move.after ? 0 : 2) + share + (move.isOfState ? 0.01 : 0)
      }.max() ?? 0
    }
  }
}

/// The columns of the user's folded events.
private struct EventHeads {
  private let history: ExplainedHistory
  /// The names of the types that no reducer reads, by place.
  private let unread: [Int: String]

  init(_ history: ExplainedHistory) {
    self.history = history
    var unread: [Int: String] = [:]
    let sorting = history.sorting
    // Of these, only the first event of all is ever named.
    sorting.visit { entry, item in
      guard case .kept(let place) = item, sorting.folded[place].type == 0, unread.count < 1000,
        case .event(_, let type) = sorting.records[entry].content
      else { return }
      unread[place] = type
    }
    self.unread = unread
  }

  func head(_ place: Int) -> Provenance.Head {
    let event = history.events[place]
    let name = history.catalogue.vocabulary.eventType(event.type)?.name.description ?? unread[place]
    return Provenance.Head(
      id: event.id, timestamp: event.timestamp, createdAt: event.createdAt,
      type: name ?? "a type that no reducer reads")
  }
}
