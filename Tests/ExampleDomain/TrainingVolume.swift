import EventModel
import Fitness
import Folding
import JSONTape
import PythonValues

/// `training_volume/weekly`: the number of sets and kg × repetitions of each ISO week, in UTC.
///
/// Live does not have this projection. The tests add it as the team of an operator would.
final class TrainingVolume: Reducer {
  // MARK: Names

  private static let version = "training_volume.v1"

  static let projection = Projection<Fitness>(
    ProjectionSchema(
      type: "training_volume", version: version, keys: ["weekly"], triggers: [.setLogged],
      sources: [.setLogged, .eventRetracted], inferredFrom: [], clock: "computed_at", stamp: "rules", requires: nil,
      words: Set(row.words), texts: [], drift: [], observations: nil, quality: nil, isObserved: false)
  ) { _ in TrainingVolume() }

  // MARK: State

  struct Week {
    var sets = 0
    var load = 0.0
  }

  func initial() -> [String: Week] { [:] }

  // MARK: Evolve

  private let data = FieldSlots()
  let evolving: EventTypeSet = [.setLogged]

  /// A load or a number of repetitions that is not a number counts as 0.
  func evolve(_ weeks: inout [String: Week], _ event: Event) throws(Refusal) {
    data.load(event.data)
    let load = (try data.number(.weightKg) ?? 0) * (try data.number(.reps) ?? 0)
    weeks[TrainingVolume.week(of: event.timestamp), default: Week()].sets += 1
    weeks[TrainingVolume.week(of: event.timestamp), default: Week()].load += load
  }

  /// Returns the ISO week of an instant, for example `2026-W08`. The week belongs to the year of its Thursday.
  static func week(of instant: Instant) -> String {
    let day = Int((Double(instant.microseconds) / Double(Instant.day)).rounded(.down))
    // Day 0 was a Thursday.
    let thursday = day - ((day + 3) % 7 + 7) % 7 + 3
    var year = 1970 + Int((Double(thursday) / 365.2425).rounded(.down))
    while CivilDate(year: year + 1, month: 1, day: 1).daysSinceEpoch <= thursday { year += 1 }
    while CivilDate(year: year, month: 1, day: 1).daysSinceEpoch > thursday { year -= 1 }
    let week = (thursday - CivilDate(year: year, month: 1, day: 1).daysSinceEpoch) / 7 + 1
    return "\(year)-W\(week < 10 ? "0" : "")\(week)"
  }

  // MARK: Rows

  private enum Slot: RowSlot {
    case computedAt, weeks
  }

  private static let row = RowShape<Slot>([
    "computed_at": .slot(.computedAt), "rules": .text(version), "weeks": .slot(.weeks, words: week.words),
  ])

  private enum WeekSlot: RowSlot {
    case week, sets, load
  }

  private static let week = RowShape<WeekSlot>([
    "week": .slot(.week), "sets": .slot(.sets), "kg_repetitions": .slot(.load),
  ])

  func write(
    _ weeks: [String: Week], _ history: EventHistory, asOf: Instant, into rows: RowBuffer
  ) throws(ReducerFailure) {
    guard let last = history.newest(.setLogged) else { return }
    try rows.row(0, lastEvent: last) { json throws(ReducerFailure) in
      TrainingVolume.row.write(into: &json) { slot, json in
        switch slot {
        case .computedAt: json.instant(asOf)
        case .weeks:
          json.list(weeks.sorted { $0.key < $1.key }) { week, json in
            TrainingVolume.week.write(into: &json) { slot, json in
              switch slot {
              case .week: json.string(week.key)
              case .sets: json.integer(week.value.sets)
              case .load: json.double(week.value.load)
              }
            }
          }
        }
      }
      if json.sawNotFinite {
        throw ReducerFailure(Refusal(.notFinite, "a week's load is not finite"), event: nil)
      }
    }
  }
}
