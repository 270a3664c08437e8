import Comparing
import EventModel
import Folding
import JSONTape
import Rebuilding
import Reporting
import Running
import SnapshotStore

/// Adds what the snapshot says about itself: its manifest and its failures.
func addSnapshot(_ reader: SnapshotReader, _ pseudonyms: PseudonymScheme, to facts: inout ReportFacts) throws {
  if facts.snapshot.raw.isEmpty { facts.snapshot = shownNames([reader.path])[0] }
  facts.manifest = reader.manifest.map { key, value in
    // The selected users are ids, and the list can be long.
    let isIDs = key == "selection.users" && value != "all"
    let shown = isIDs && !facts.isIdentified ? plural(value.split(separator: " ").count, "user") : value
    return (Foreign(key), Foreign(shown.cut(200)))
  }
  let failures = try reader.failureCounts()
  let names: NameStyle = facts.isIdentified ? .plain : pseudonyms.names
  facts.failures = failures.prefix(ReportLimits.failures).map {
    ReportFacts.FailureGroup(
      projection: Foreign($0.projectionType), code: Foreign($0.code), place: Foreign($0.detail.cut(200)),
      users: $0.count,
      event: $0.event.map(names.event))
  }
  if failures.count > ReportLimits.failures {
    facts.cuts.append("\(plural(failures.count - ReportLimits.failures, "more kind")) of failures")
  }
}

/// Adds statuses, confidences, coverage, lag and what is known about the log.
func addCensus(
  _ census: Census?, _ log: LogCensus?, _ plan: DiffPlan, _ reader: SnapshotReader, to facts: inout ReportFacts
) {
  addLog(census, log, plan, reader, to: &facts)
  guard let census else { return }
  let hasLive = facts.mode == .live || facts.mode == .pair
  let catalogue = plan.catalogue
  facts.quality = catalogue.names.indices.filter { catalogue.schema(of: $0).quality != nil }.map { number in
    ReportFacts.Quality(
      projection: Foreign(catalogue.names[number].description), rebuilt: census.rebuilt[number],
      live: hasLive ? census.live[number] : nil)
  }
  let isWhole =
    ["selection.users", "selection.projections"].allSatisfy { reader.manifestValue($0) ?? "all" == "all" }
    && plan.onlyUsers.isEmpty && plan.filter.wanted.isEmpty
  guard isWhole else {
    facts.unknown.append("coverage and lag: only some of the users or projections were looked at")
    return
  }
  var coverage = ReportFacts.Coverage(rebuilt: census.rebuiltUsers.side)
  if hasLive { coverage.live = census.liveUsers.side }
  let lagging = hasLive ? census.liveUsers : census.rebuiltUsers
  coverage.lagSide = hasLive ? facts.sides.other : facts.sides.rebuilt
  coverage.lag = LagSum.names.enumerated().map { place, name in
    ReportFacts.Bin(label: name, counts: lagging.lags.map { $0.bins[place] })
  }
  facts.coverage = coverage
  if census.lacksInstants { facts.unknown.append("lag and age of live rows that come without updated_at") }
  if reader.manifestValue("users.exported") == "no export" {
    facts.unknown.append(
      "users without events: no users export was given to the rebuild, users_total counts those in the events")
  }
}

private func addLog(
  _ census: Census?, _ log: LogCensus?, _ plan: DiffPlan, _ reader: SnapshotReader, to facts: inout ReportFacts
) {
  func stored(_ key: String) -> Int? { reader.manifestValue(key).flatMap { Int($0) } }
  facts.log.buckets = [
    ("folded", stored("events.folded")), ("no reducer reads their type", stored("events.unread")),
    ("duplicates", log?.accounting.duplicates), ("malformed, left out", stored("records.left_out")),
    ("records", log?.accounting.records),
  ]
  if log == nil {
    facts.unknown.append(
      plan.log.logs.isEmpty
        ? "duplicates and events over time: the snapshot keeps neither, and no log was read (--log FILE)"
        : "duplicates and events over time: no row needed the log, so it was not read")
  }
  if let census {
    let known = Set(plan.catalogue.vocabulary.eventTypes.map(\.name.description))
    var types = Census(plan.catalogue)
    for (type, count) in census.types.sorted(by: { $0.key < $1.key }) {
      types.add(facts.isIdentified || known.contains(type) ? type : Census.otherTypes, count)
    }
    let ranked = types.types.sorted { a, b in
      a.value.events == b.value.events
        ? a.key.utf8.lexicographicallyPrecedes(b.key.utf8) : a.value.events > b.value.events
    }
    facts.log.types = ranked.prefix(ReportLimits.eventTypes).map { type, count in
      func day(_ text: [UInt8]) -> Foreign { Foreign(String(decoding: text.prefix(10), as: UTF8.self)) }
      return ReportFacts.EventTypeFigures(
        type: Foreign(type.cut()), events: count.events, users: count.users, first: day(count.first),
        last: day(count.last))
    }
    if ranked.count > ReportLimits.eventTypes {
      facts.cuts.append("\(plural(ranked.count - ReportLimits.eventTypes, "more event type"))")
    }
  }
  if let days = log?.days {
    facts.log.days = days.series(groups(days, plan.catalogue.vocabulary), bins: ReportLimits.bins)
  }
}

/// The five types with the most records, and all others.
private func groups(_ days: DayCounts, _ vocabulary: Vocabulary) -> [(name: String, series: [Int])] {
  let totals = days.totals
  let ranked = totals.indices.filter { $0 > 0 && totals[$0] > 0 }.sorted { a, b in
    totals[a] == totals[b] ? a < b : totals[a] > totals[b]
  }
  var groups = ranked.prefix(5).map { number in
    guard let type = vocabulary.eventType(UInt8(number)) else { preconditionFailure("a number of an event type") }
    return (name: type.name.description, series: [number])
  }
  let rest = [0] + ranked.dropFirst(5)
  if rest.contains(where: { $0 < totals.count && totals[$0] > 0 }) { groups.append((Census.otherTypes, rest)) }
  return groups
}

/// Packs the texts of rows, one at a time.
package final class SidePacker {
  private let arena = ByteArena(capacity: 1 << 14)
  private let packer: DocumentPacker

  package init() { packer = DocumentPacker(arena: arena) }

  /// The packed row, valid until the next call; `nil` if the text is not JSON.
  package func pack(_ text: UnsafeRawBufferPointer) -> JSONValue? {
    arena.count = 0
    do throws(JSONFault) {
      // Packing may move the arena.
      let offset = try packer.pack(text)
      return JSONValue(arena.base + offset)
    } catch {
      return nil
    }
  }
}
