import EventModel
import Fitness
import JSONTape
import Projections
import PythonValues

/// `training_volume/weekly`: sets and kg × repetitions of each ISO week, in UTC. A projection that live does not have: the
/// tests add it as an operator's team would.
final class TrainingVolume: Reducer {
  static let projection = Projection<Fitness>(
    ProjectionSchema(
      type: "training_volume", version: "training_volume.v1", keys: ["weekly"], triggers: [.setLogged],
      sources: [.setLogged, .eventRetracted], inferredFrom: [], clock: "computed_at", stamp: "rules", requires: nil,
      words: ProjectionSchema.words("computed_at kg_repetitions rules sets training_volume.v1 week weeks"), texts: [],
      drift: [], observations: nil, quality: nil, isObserved: false)
  ) { _ in TrainingVolume() }

  struct Week {
    var sets = 0
    var load = 0.0
  }

  private let data = FieldSlots()
  let evolving: EventTypeSet = [.setLogged]

  func initial() -> [String: Week] { [:] }

  func evolve(_ weeks: inout [String: Week], _ event: Event) throws(Refusal) {
    data.load(event.data)
    let load = (try data.number(.weightKg) ?? 0) * (try data.number(.reps) ?? 0)
    weeks[TrainingVolume.week(of: event.timestamp), default: Week()].sets += 1
    weeks[TrainingVolume.week(of: event.timestamp), default: Week()].load += load
  }

  func write(
    _ weeks: [String: Week], _ history: EventHistory, asOf: Instant, into rows: RowBuffer
  ) throws(ReducerFailure) {
    guard let last = history.newest(.setLogged) else { return }
    try rows.row(0, lastEvent: last) { writer throws(ReducerFailure) in
      writer.json.beginObject()
      writer.json.key("computed_at")
      writer.json.instant(asOf)
      writer.json.key("rules")
      writer.json.literal("training_volume.v1")
      writer.json.key("weeks")
      writer.json.beginArray()
      for (week, figures) in weeks.sorted(by: { $0.key < $1.key }) {
        writer.json.beginObject()
        writer.json.key("kg_repetitions")
        writer.json.double(figures.load)
        writer.json.key("sets")
        writer.json.integer(figures.sets)
        writer.json.key("week")
        writer.json.string(week)
        writer.json.endObject()
      }
      writer.json.endArray()
      writer.json.endObject()
      if writer.json.sawNotFinite {
        throw ReducerFailure(Refusal(.notFinite, "a week's load is not finite"), event: nil)
      }
    }
  }

  /// `2026-W08`: the year and week of the Thursday of the instant's week.
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
}
