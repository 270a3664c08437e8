import EventModel
import Projections
import Reporting

/// What of an explanation has to do with the projections that were asked for.
struct Relevance {
  private let wanted: (type: String, key: String?)?
  private let schema: ProjectionSchema?
  private let events: FoldedEvents

  /// - Parameter wanted: of the catalogue; `nil`: everything.
  init(_ catalogue: Catalogue, _ wanted: (type: String, key: String?)?, _ events: FoldedEvents) {
    self.wanted = wanted
    schema = wanted.map { wanted in
      guard let schema = catalogue[type: wanted.type] else { preconditionFailure("a projection of the catalogue") }
      return schema
    }
    self.events = events
  }

  func includes(type: String) -> Bool { wanted.map { $0.type == type } ?? true }

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
    guard let schema, let type else { return true }
    guard let type = EventType.allCases.first(where: { $0.name.description == type }), schema.sources.contains(type)
    else {
      return false
    }
    switch disposition {
    case .folded, .withoutEffect, .projectionFailed, .unread: return !schema.isObserved || hasFact()
    case .retracted, .represented, .refused, .repeated, .notStored, .malformed:
      return !schema.inferredFrom.contains(type) || hasFact()
    }
  }

  func narrowed(_ fact: EventFact) -> EventFact? {
    guard let wanted, let schema else { return fact }
    switch fact {
    case .retracts(let target):
      guard let targetType = events.type(of: target) else { return fact }
      return schema.directSources.contains(targetType) ? fact : nil
    case .retractsNothing: return fact
    case .row(var row):
      guard fact.concerns(wanted.type) else { return nil }
      guard let key = wanted.key else { return .row(row) }
      row.outcomes.removeAll { $0.capability != key }
      return row.outcomes.isEmpty && row.refused == nil ? nil : .row(row)
    case .zonePreference, .represents, .isRepresented, .correctionIgnored, .corrects, .correctsUnreadField, .corrected,
      .noBlocks, .blockIsNoObject, .yieldsNoRow, .lastActivity, .profile, .objective, .inferredModality,
      .failsUserProfile, .override:
      return fact.concerns(wanted.type) ? fact : nil
    }
  }
}
