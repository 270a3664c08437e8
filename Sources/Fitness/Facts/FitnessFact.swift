import EventModel
import Folding

/// What one place of the fold did with one event, as values and not as sentences.
///
/// A reducer reports facts to the observer of a fold. An event can have any number of facts.
package enum FitnessFact: EventFact, Equatable {
  // preference.set
  case zonePreference(ZoneVerdict)

  // set.logged, session.logged
  /// The session represents the logged set with this id.
  case represents(set: EventID)
  /// A session represents the set, so the set is not folded.
  case isRepresented

  // set.corrected
  case correctionIgnored(CorrectionFlaw)
  /// The correction overwrites a field of the set. `order` is the ``FieldChange/order`` of the corrected field.
  case corrects(set: EventID, field: Foreign, order: Int)
  /// The correction changes a field that no reducer reads.
  case correctsUnreadField(set: EventID)

  // set.logged
  case corrected(FieldChange)

  // session.logged
  /// `data.blocks` is not an array with entries.
  case noBlocks
  /// The entry of `data.blocks` at that index is not an object.
  case blockIsNoObject(Int)
  /// The data of an `external.activity_imported` or `session.logged` event is not an object.
  case yieldsNoRow

  // set.logged, session.logged, external.activity_imported
  case row(RowFact)
  /// The newest visible training event, which the advisory uses as the last activity.
  case lastActivity

  // Objectives
  case profile(trainingModality: Foreign?)
  case objective(ObjectiveFact)
  case override(OverrideFact)
  /// The training modality of the assumed objective was inferred from this session.
  case inferredModality(Foreign)
  /// The live user_profile raises at this event, so no training modality is inferred.
  case failsUserProfile
}

/// The result of a `preference.set` event in the search for the time zone.
package enum ZoneVerdict: Sendable, Equatable {
  /// It names the zone in which days are counted.
  case chosen(Foreign)
  /// Its value is not a valid zone name.
  case invalid
  /// It is newer than the chosen preference, but retracted.
  case retracted
  /// Refused: the live look-up raises.
  case refused
  /// A preference for something else.
  case otherKey
}

/// Why a `set.corrected` was ignored.
package enum CorrectionFlaw: String, Sendable, CaseIterable {
  case targetIsNoID = "target_is_no_id"
  case changedFieldsNotObject = "changed_fields_not_object"
  case noFields = "no_fields"
}

/// One corrected field of a set, as it was applied.
package struct FieldChange: Sendable, Equatable {
  /// The number of the corrected field among all corrected fields of the user, from 0, in the order of the corrections.
  package var order: Int
  package var field: Foreign
  /// JSON; `nil` if the set did not have the field.
  package var before: Foreign?
  /// JSON.
  package var after: Foreign

  package init(order: Int, field: String, before: String?, after: String) {
    self.order = order
    self.field = Foreign(field)
    self.before = before.map { Foreign($0) }
    self.after = Foreign(after)
  }
}

/// An objective as an event left it.
package struct ObjectiveFact: Sendable, Equatable {
  package enum Change: String, Sendable { case goal, set, archived }
  package var change: Change
  package var id: Foreign
  package var version: Int
  package var mode: Foreign
  package var source: Foreign
  /// From 0 to 1, rounded to two places.
  package var confidence: Double

  package init(change: Change, id: String, version: Int, mode: String, source: String, confidence: Double) {
    self.change = change
    self.id = Foreign(id)
    self.version = version
    self.mode = Foreign(mode)
    self.source = Foreign(source)
    self.confidence = confidence
  }
}

/// How an `advisory.override.recorded` event was counted.
package struct OverrideFact: Sendable, Equatable {
  package enum Listing: String, Sendable {
    /// The projection lists it among the recent overrides.
    case listed
    /// It is older than the window of recent overrides.
    case tooOld = "too_old"
    /// The list was full.
    case listFull = "list_full"
  }

  package var actor: Foreign
  package var scope: Foreign
  /// In Python's isoformat; `nil` without a review point.
  package var reviewPoint: Foreign?
  /// Whether the review point is before the as-of.
  package var isDue: Bool
  package var listing: Listing

  package init(actor: String, scope: String, reviewPoint: String?, isDue: Bool, listing: Listing) {
    self.actor = Foreign(actor)
    self.scope = Foreign(scope)
    self.reviewPoint = reviewPoint.map { Foreign($0) }
    self.isDue = isDue
    self.listing = listing
  }
}
