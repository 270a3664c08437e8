import EventModel
import Folding
import Reporting

/// What of an explanation has to do with the projections that were asked for.
struct Relevance {
  private let wanted: (type: String, key: String?)?
  private let schema: ProjectionSchema?
  private let vocabulary: Vocabulary
  private let events: FoldedEvents

  /// - Parameter wanted: of the catalogue; `nil`: everything.
  init(_ catalogue: Catalogue, _ wanted: (type: String, key: String?)?, _ events: FoldedEvents) {
    self.wanted = wanted
    vocabulary = catalogue.vocabulary
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
    guard let type = vocabulary.eventType(named: type), schema.sources.contains(type)
    else {
      return false
    }
    switch disposition {
    case .folded, .withoutEffect, .projectionFailed, .unread: return !schema.isObserved || hasFact()
    case .retracted, .represented, .refused, .repeated, .notStored, .malformed:
      return !schema.inferredFrom.contains(type) || hasFact()
    }
  }

  func narrowed(_ fact: any EventFact) -> (any EventFact)? {
    guard let wanted, let schema else { return fact }
    guard case .retracts(let target)? = fact as? RetractionFact, let type = events.type(of: target), type != 0 else {
      return fact.narrowed(to: wanted.type, key: wanted.key)
    }
    return schema.directSources.contains(type) ? fact : nil
  }
}
