import EventModel
import Folding
import Reporting
import Running

/// A user's history, folded and observed: tells what became of each record, one record at a time.
///
/// Facts are many times larger than their events. For a long history, only the facts of one ``window`` of events are
/// kept, and the history is folded again for the next window. Events in a file are read from there on each access.
package final class ExplainedHistory {
  /// Everything except the records.
  package internal(set) var overview: Provenance
  /// Figures of the records that are shown.
  package let shown: Provenance.Shown

  let sorting: RecordSorting
  let events: FoldedEvents
  private let effects: EventEffects
  let relevance: Relevance
  let catalogue: Catalogue
  let profile: any DomainProfile
  /// Counts the folds over time.
  var progress: ProgressMeter?
  /// Why a program gave no valid answer when its user was folded again for more facts; `nil` if that did not happen. What
  /// was handed out is incomplete then.
  package private(set) var fault: OutsideFault?
  /// Facts of the events at some places.
  private var facts: [Int: [any EventFact]]
  private var factPlaces: Range<Int>
  private let window: Int
  /// The projections asked for that refold's own reducers compute; `nil`: these compute all.
  private let ownNames: [ProjectionName]?

  /// The minimum number of events whose facts are kept at a time. In a long history it is a sixteenth of the events, so
  /// that the history is folded at most seventeen times.
  package static let window = 1 << 17

  package init(
    _ catalogue: Catalogue, _ records: UserRecords, asOf: Instant, asOfSource: AsOfSource, storedBy: Instant?,
    profile: any DomainProfile,
    wanted: (type: String, key: String?)?, window: Int = ExplainedHistory.window
  ) throws(OutsideFault) {
    let sorting = RecordSorting(records, storedBy: storedBy)
    let events = sorting.folded
    let relevance = Relevance(catalogue, wanted, events)
    self.sorting = sorting
    self.events = events
    self.relevance = relevance
    self.catalogue = catalogue
    self.profile = profile
    self.window = max(window, events.count / 16)
    ownNames =
      catalogue.outside.isEmpty
      ? nil
      : catalogue.names.enumerated().filter { !catalogue.isOutside($0) && relevance.includes($1) }.map(\.element)
    var effects = EventEffects(catalogue, events, relevance)
    var rows = ExplainedRows(catalogue)
    let window = self.window
    let first = 0..<min(window, events.count)
    var facts: [Int: [any EventFact]] = [:]
    let steps = try ExplainedHistory.fold(catalogue, records, events, 0..<events.count, profile, asOf, into: &rows) {
      place, event, fact in
      effects.take(fact, of: event, at: place)
      if first.contains(place) { facts[place, default: []].append(fact) }
    }
    effects.finish(steps, failures: rows.failures)
    self.effects = effects
    self.facts = facts
    factPlaces = first

    var counts = [Int](repeating: 0, count: Provenance.Disposition.names.count)
    var shown = Provenance.Shown()
    sorting.visit { index, item in
      let entry = records[index]
      let record = ExplainedHistory.record(entry, item, effects, sorting)
      counts[record.disposition.number] += 1
      let unlisted: Provenance.Disposition =
        if case .malformed = record.disposition { record.disposition } else { .repeated(of: nil) }
      counts[unlisted.number] += entry.unlistedRepeats
      let isShown = relevance.shows(record.event?.type.raw, record.disposition) {
        if case .kept(let place) = item { effects.hasShownFact(place) } else { false }
      }
      if isShown { shown.note(record) }
    }
    self.shown = shown
    overview = Provenance(
      user: records.user, asOf: asOf, asOfSource: asOfSource, storedBy: storedBy, isExported: records.isExported,
      wanted: wanted.map { $0.type + ($0.key.map { "/" + $0 } ?? "") }, records: [], counts: counts,
      projections: rows.projections(steps).filter { relevance.includes($0.name) })
  }

  /// The ``overview`` with all records that are shown.
  package func provenance() throws(OutsideFault) -> Provenance {
    var provenance = overview
    forEachRecord { provenance.records.append($0) }
    if let fault { throw fault }
    return provenance
  }

  /// Calls `body` with each record that is shown, in fold order. Memory: the facts of ``window`` events.
  package func forEachRecord(_ body: (Provenance.Record) -> Void) {
    sorting.visit { index, item in
      var record = ExplainedHistory.record(sorting.records[index], item, effects, sorting)
      if case .kept(let place) = item { record.facts = facts(of: place).filter(isOwn) }
      if let record = relevance.narrowed(record) { body(record) }
    }
  }

  /// Whether the fact is about rows that refold's own reducers compute, and not only about those of programs.
  private func isOwn(_ fact: any EventFact) -> Bool {
    guard let names = ownNames else { return true }
    return fact is RetractionFact || names.contains { fact.narrowed(to: $0.type, key: $0.key) != nil }
  }

  /// The record without its facts.
  private static func record(
    _ entry: UserRecords.Entry, _ item: RecordSorting.Item, _ effects: EventEffects, _ sorting: RecordSorting
  ) -> Provenance.Record {
    var head: Provenance.Head?
    if case .event(let event, let type) = entry.content {
      head = Provenance.Head(id: event.id, timestamp: event.timestamp, createdAt: event.createdAt, type: type)
    }
    switch item {
    case .kept(let place):
      return Provenance.Record(
        position: entry.position, event: head, disposition: effects.disposition(place),
        sameKey: sorting.sameKey(place), unlistedRepeats: entry.unlistedRepeats)
    case .other(let disposition):
      if case .malformed(nil, _) = disposition { head = nil }
      return Provenance.Record(
        position: entry.position, event: head, disposition: disposition, unlistedRepeats: entry.unlistedRepeats)
    }
  }

  private func facts(of place: Int) -> [any EventFact] {
    if !factPlaces.contains(place) {
      facts = [:]
      factPlaces = place / window * window..<min(events.count, (place / window + 1) * window)
      var ignored = IgnoredRows()
      do throws(OutsideFault) {
        _ = try ExplainedHistory.fold(
          catalogue, sorting.records, events, factPlaces, profile, overview.asOf, into: &ignored
        ) { place, _, fact in
          if factPlaces.contains(place) { facts[place, default: []].append(fact) }
        }
      } catch {
        fault = fault ?? error
      }
    }
    return facts[place] ?? []
  }

  /// Folds the history with an observer. Calls `take` with each fact, its event and the event's place. Facts about rows
  /// are included only for events at `places`.
  private static func fold(
    _ catalogue: Catalogue, _ records: UserRecords, _ events: FoldedEvents, _ places: Range<Int>,
    _ profile: any DomainProfile,
    _ asOf: Instant, into rows: inout some FoldSink, take: (Int, EventID, any EventFact) -> Void
  ) throws(OutsideFault) -> [any ProjectionSteps] {
    try withoutActuallyEscaping(take) { take throws(OutsideFault) in
      var last = 0
      func place(of event: EventID) -> Int? {
        guard let place = events.place(of: event, near: last) else { return nil }
        last = place
        return place
      }
      let observer = FoldObserver(
        wantsRow: { event in place(of: event).map(places.contains) ?? false }, look: records.looked
      ) { event, fact in
        if let place = place(of: event) { take(place, event, fact) }
      }
      try UserFold(catalogue, profile: profile, observer: observer).fold(
        events.events, of: FoldedUser(records.user, isExported: records.isExported == true), asOf: asOf,
        into: &rows)
      return observer.steps
    }
  }
}

private struct IgnoredRows: FoldSink {
  mutating func row(_ number: Int, data: UnsafeRawBufferPointer, lastEvent: EventID?) {}
  mutating func failed(type: String, _ failure: ReducerFailure) {}
}
