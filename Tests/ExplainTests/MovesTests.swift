import Comparing
import EventModel
import Explaining
import Fitness
import Folding
import JSONTape
import Reporting
import Running
import TestSupport
import Testing

/// What each event changed, and what the row would be without it.
@Suite("explain: moves")
struct MovesTests {
  /// Estimated maxima: #2 100 × (1 + 7/30) = 123.33, or 120 with the correction #4; #3 105.33; #5 twice 121; #6 1.03.
  static let history = """
    #2 set.logged 01-05T10:00 {"weight_kg": 100, "reps": 5, "rir": 2}
    #3 set.logged 01-05T10:10 {"weight_kg": 80, "reps": 8, "rpe": 8.5}
    #4 set.corrected 01-05T11:00 {"target_event_id": "@2", "changed_fields": {"reps": 4}}
    #5 session.logged 01-06T10:00 {"blocks": [{"block_type": "strength_set", "dose": {"repeats": 2, "work": {"reps": 3}}, "metrics": {"weight_kg": {"value": 110}}}]}
    #6 set.logged 01-07T10:00 {"weight_kg": 1, "reps": 1, "rir": 0}
    #7 event.retracted 01-07T11:00 {"retracted_event_id": "@6"}
    #8 coffee.drunk 01-08T10:00 {}
    """

  static func explained(_ text: String, key: String = "strength_1rm") throws -> ExplainedHistory {
    let folder = try TemporaryFolder()
    var plan = ExplainPlan(.fitness, user: UserID(FoldedHistory.user)!)
    plan.search.logs = [
      try folder.write("events.ndjson", try FoldedHistory.records(text).map { $0 + "\n" }.joined())
    ]
    plan.asOf = Recorded.asOf
    plan.wanted = ("capability_estimation", key)
    return try explainedHistory(plan, progress: ProgressMeter())
  }

  private func number(_ event: Provenance.Head) -> Int? { Int(event.id.description.suffix(12), radix: 16) }

  /// `event: before → after` of the estimate's mean.
  private func means(_ series: OverTime.Series) -> [String] {
    series.steps.compactMap { step in
      step.byEvents.numberMove(at: "estimate.mean").map {
        "\(number(step.last) ?? 0): \($0.before?.raw ?? "-") → \($0.after?.raw ?? "-")"
      }
    }
  }

  @Test("each event's exact move, in both orders; a correction and a retraction are events too")
  func exactMoves() throws {
    let projection = try #require(try MovesTests.explained(MovesTests.history).overTime().first)
    #expect(projection.name.key == "strength_1rm" && projection.number == "estimate.mean")
    #expect(projection.otherEvents == 1)
    for series in projection.series {
      #expect(means(series) == ["5: null → 116.8333", "6: 116.8333 → 93.6733", "7: 93.6733 → 116.8333"])
      #expect(series.events == 6 && series.unchanged == 1 && series.isComplete)
      #expect(series.largest(3, projection.number).compactMap { number(series.steps[$0].last) } == [6, 7])
      let first = try #require(series.steps.first?.byEvents)
      #expect(first.before == .none && first.after == .row)
    }
    #expect(projection.series.map(\.order) == [.stored, .own])
  }

  @Test("events stored late come late in stored order, and at their place in their own time")
  func storedLate() throws {
    let lines = try FoldedHistory.records(MovesTests.history)
    let late = lines.map { line in
      line.contains("\"id\":\"\(FoldedHistory.id(2))\"")
        ? line.replacing(/"created_at":"[^"]*"/, with: "\"created_at\":\"2026-02-01T00:00:00Z\"") : line
    }
    let folder = try TemporaryFolder()
    var plan = ExplainPlan(.fitness, user: UserID(FoldedHistory.user)!)
    plan.search.logs = [try folder.write("events.ndjson", late.map { $0 + "\n" }.joined())]
    plan.asOf = Recorded.asOf
    plan.wanted = ("capability_estimation", "strength_1rm")
    let projection = try #require(try explainedHistory(plan, progress: ProgressMeter()).overTime().first)
    // 105.33, 121, 121; then with 1.03, without it, and with 120.
    #expect(
      means(projection.series[0]) == [
        "5: null → 115.7778", "6: 115.7778 → 87.0917", "7: 87.0917 → 115.7778",
        "2: 115.7778 → 116.8333",
      ])
    #expect(means(projection.series[1]).last == "7: 93.6733 → 116.8333")
  }

  @Test("time alone is told from events, and the last row is that of the as-of")
  func timeAlone() throws {
    let text = MovesTests.history + "\n#9 set.logged 2026-02-20T10:00:00Z {\"weight_kg\": 100, \"reps\": 5, \"rir\": 2}"
    for key in Catalogue.fitness.names.filter({ $0.type == "capability_estimation" }).map(\.key) {
      let history = try MovesTests.explained(text, key: key)
      let projection = try #require(try history.overTime().first)
      for series in projection.series {
        // Applying all moves one after another gives the row.
        var values: [Foreign: Foreign] = [:]
        for move in series.steps.flatMap({ [$0.byTime, $0.byEvents] }) + [series.finally] {
          for value in move?.values ?? [] where value.isNumeric && !value.isInList {
            #expect(values[value.path] == value.before || value.before == "null", "\(key) \(value.path)")
            values[value.path] = value.after
          }
        }
        guard case .row(let data, _) = history.overview.projections.first?.outcome else { continue }
        for (path, value) in values {
          #expect(data.at(path.raw).map { String(decoding: $0.canonicalBytes, as: UTF8.self) } == value.raw, "\(path)")
        }
      }
    }
  }

  @Test("influence: the row without each event, the largest first")
  func influence() throws {
    let influence = try #require(try MovesTests.explained(MovesTests.history).influence().first)
    let found = influence.entries.map { entry in
      let move = entry.move.numberMove(at: "estimate.mean")
      return "\(number(entry.event) ?? 0): \(move?.before?.raw ?? "-") → \(move?.after?.raw ?? "-")"
    }
    #expect(
      found == [
        // Two observations are left.
        "5: 116.8333 → null",
        // The retracted set counts again.
        "7: 116.8333 → 93.6733",
        "3: 116.8333 → 120.6667", "2: 116.8333 → 115.7778",
        // The uncorrected repetitions.
        "4: 116.8333 → 117.6667",
      ])
    #expect(influence.number == "estimate.mean")
    #expect(influence.events == 6 && influence.tried == 6 && influence.otherEvents == 1)
  }

  @Test("an event before there is a row, and after which there is none, changed nothing")
  func withoutRow() throws {
    let early = #"#1 preference.set 01-01T10:00 {"key": "timezone", "value": "Europe/Berlin"}"#
    let projection = try #require(try MovesTests.explained(early + "\n" + MovesTests.history).overTime().first)
    for series in projection.series {
      #expect(series.events == 7 && series.unchanged == 2)
      #expect(series.steps.first.flatMap { number($0.last) } == 2)
    }
  }

  @Test("without the user's only event there is no row")
  func onlyEvent() throws {
    let influence = try MovesTests.explained("#1 set.logged 01-05T10:00 {}").influence()
    let entry = try #require(influence.first?.entries.first)
    #expect(entry.move.before == .row && entry.move.after == .none)
  }

  private var long: String {
    (1...400).map { index in
      "#\(index) set.logged 2026-01-\(index % 28 + 1 < 10 ? "0" : "")\(index % 28 + 1)T10:00:00Z "
        + "{\"weight_kg\": \(index == 250 ? 900 : 100 + index % 7), \"reps\": 5, \"rir\": 2}"
    }.joined(separator: "\n")
  }

  @Test("over the limit, events are told apart where most moved; what is left is said as groups, and adds up")
  func groups() throws {
    let history = try MovesTests.explained(long)
    let all = try #require(try history.overTime([.stored]).first?.series.first)
    let cut = try #require(
      try history.overTime([.stored], limit: FoldLimit(events: 1, folds: 60)).first?.series.first)
    #expect(try history.overTime([.stored]).first?.number == "estimate.mean")
    #expect(all.isComplete && all.folds == 401)
    #expect(!cut.isComplete && cut.folds <= 66)
    #expect(cut.events == 400)
    #expect(cut.moving + cut.unchanged + cut.cancelled == 400)
    // The one event that stands out is alone.
    let largest = try #require(cut.largest(1, "estimate.mean").first.map { cut.steps[$0] })
    #expect(largest.count == 1 && number(largest.last) == 250)
    #expect(
      all.steps.first { number($0.last) == 250 }?.byEvents.numberMove(at: "estimate.mean")
        == largest.byEvents.numberMove(at: "estimate.mean"))
    #expect(all.values(of: "estimate.mean").last?.value == cut.values(of: "estimate.mean").last?.value)
    let sums = [all, cut].map { series in
      series.steps.compactMap { $0.byEvents.numberMove(at: "data_sufficiency.observed_observations")?.difference }
        .reduce(0, +)
    }
    #expect(sums[0] == 399 && sums[0] == sums[1])
  }

  @Test("over the limit, the newest events are left out first, and the rest is counted")
  func influenceLimit() throws {
    let history = try MovesTests.explained(MovesTests.history)
    let influence = try #require(try history.influence(limit: FoldLimit(events: 1, folds: 2)).first)
    #expect(influence.tried == 2 && influence.events == 6)
    #expect(influence.entries.compactMap { number($0.event) } == [7])
    #expect(influence.entries.count == 1)
  }

  @Test("no user of a recorded log moves in a way that does not end in the row", arguments: Recorded.cases)
  func recorded(name: String) throws {
    for user in try #require(Recorded.users[name]).prefix(6) {
      let history = try ExplainedHistory(
        .fitness, user.records, asOf: Recorded.asOf, asOfSource: .given, storedBy: nil, profile: Profile(), wanted: nil)
      let all = try history.overTime()
      #expect(all.map(\.name) == Catalogue.fitness.names)
      for (projection, explained) in zip(all, history.overview.projections) {
        let isRow = if case .row = explained.outcome { true } else { false }
        for series in projection.series {
          let moves = series.steps.flatMap { [$0.byTime, $0.byEvents] } + [series.finally]
          guard let last = moves.compactMap({ $0 }).last else { continue }
          #expect((last.after == .row) == isRow, "\(user.id) \(projection.name)")
        }
      }
    }
  }
}
