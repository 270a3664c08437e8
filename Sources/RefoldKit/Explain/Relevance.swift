import EventModel
import Projections
import Reporting

/// What of an explanation has to do with the projections that were asked for.
struct Relevance {
  private let wanted: (type: String, key: String?)?
  private let sources: Set<EventType>
  private let events: FoldedEvents

  init(_ wanted: (type: String, key: String?)?, _ events: FoldedEvents) {
    self.wanted = wanted
    sources = wanted.map { ProjectionCatalog.sources(of: $0.type) } ?? []
    self.events = events
  }

  func includes(_ name: ProjectionName) -> Bool {
    guard let wanted else { return true }
    return name.type == wanted.type && (wanted.key == nil || name.key == wanted.key)
  }

  /// The record with the facts that matter; `nil` when it has no part in what was asked for.
  func narrowed(_ record: Provenance.Record) -> Provenance.Record? {
    guard shows(record.event?.type.raw, record.disposition, hasFact: { record.facts.contains { narrowed($0) != nil } })
    else {
      return nil
    }
    guard wanted != nil, record.event != nil else { return record }
    var record = record
    record.facts = record.facts.compactMap(narrowed)
    return record
  }

  /// Whether a record has a part in what was asked for.
  ///
  /// - Parameter hasFact: whether one of its facts has.
  func shows(_ type: String?, _ disposition: Provenance.Disposition, hasFact: () -> Bool) -> Bool {
    guard wanted != nil, let type else { return true }
    guard let type = EventType.allCases.first(where: { $0.name.description == type }), sources.contains(type) else {
      return false
    }
    switch disposition {
    case .folded, .withoutEffect, .projectionFailed, .unread: return hasFact()
    case .retracted, .represented, .refused, .repeated, .notStored, .malformed: return true
    }
  }

  func narrowed(_ fact: EventFact) -> EventFact? {
    guard wanted != nil else { return fact }
    let type = wanted?.type
    switch fact {
    case .retracts(let target):
      guard let targetType = events.type(of: target) else { return fact }
      return sources.contains(targetType) ? fact : nil
    case .retractsNothing: return fact
    case .row(var row):
      guard type == ProjectionCatalog.capabilityType else { return nil }
      guard let key = wanted?.key else { return .row(row) }
      row.outcomes.removeAll { $0.capability != key }
      return row.outcomes.isEmpty && row.refused == nil ? nil : .row(row)
    case .zonePreference, .represents, .isRepresented, .correctionIgnored, .corrects, .correctsUnreadField, .corrected,
      .noBlocks, .blockIsNoObject, .yieldsNoRow:
      return type == ProjectionCatalog.capabilityType ? fact : nil
    case .lastActivity: return type == ProjectionCatalog.advisoryType ? fact : nil
    case .profile, .objective, .inferredModality, .failsUserProfile:
      return type == ProjectionCatalog.capabilityType ? nil : fact
    case .override: return type == ProjectionCatalog.capabilityType ? nil : fact
    }
  }
}
