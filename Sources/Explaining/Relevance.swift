import EventModel
import Folding
import Reporting

/// Selects the parts of an explanation that concern the requested projections.
struct Relevance {
  private let wanted: (type: String, key: String?)?
  private let schema: ProjectionSchema?
  private let vocabulary: Vocabulary
  private let events: FoldedEvents

  /// - Parameter wanted: a type of the catalogue, and a key; `nil`: everything.
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

  /// The record with only the relevant facts; `nil` if the record is not relevant.
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

  /// Whether a record is relevant to the requested projections.
  ///
  /// - Parameter hasFact: whether one of its facts is relevant.
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
