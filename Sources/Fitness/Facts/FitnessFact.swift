import EventModel
import Folding

/// What became of one event in one place of the fold: values, never sentences.
///
/// A reducer reports these to whoever observes a fold; an event has as many as places looked at it.
package enum FitnessFact: EventFact, Equatable {
  // preference.set
  case zonePreference(ZoneVerdict)

  // set.logged, session.logged
  /// A session that stands for an older logged set.
  case represents(set: EventID)
  /// A set that some session stands for.
  case isRepresented

  // set.corrected
  case correctionIgnored(CorrectionFlaw)
  /// A field that the correction writes over the set's; ``FieldChange/order`` counts a user's corrected fields.
  case corrects(set: EventID, field: Foreign, order: Int)
  /// A field that no reducer reads.
  case correctsUnreadField(set: EventID)

  // set.logged
  case corrected(FieldChange)

  // session.logged
  /// `data.blocks` is no array with entries.
  case noBlocks
  /// The entry of that index in `data.blocks` is no object.
  case blockIsNoObject(Int)
  /// external.activity_imported or session.logged whose data is no object.
  case yieldsNoRow

  // set.logged, session.logged, external.activity_imported
  case row(RowFact)
  /// The newest training event: what the advisory takes for the last activity.
  case lastActivity

  // Objectives
  case profile(trainingModality: Foreign?)
  case objective(ObjectiveFact)
  case override(OverrideFact)
  /// The session that the assumed objective's training modality was taken from.
  case inferredModality(Foreign)
  /// The live user_profile raises at this event, so no training modality is inferred.
  case failsUserProfile
}

/// What a `preference.set` for the time zone came to.
package enum ZoneVerdict: Sendable, Equatable {
  /// The zone days are counted in.
  case chosen(Foreign)
  /// No valid zone name.
  case invalid
  /// Newer, and retracted.
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
  /// Counts a user's corrected fields in the order of the corrections.
  package var order: Int
  package var field: Foreign
  /// JSON; `nil` when the set did not have the field.
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

/// What an event of objectives left.
package struct ObjectiveFact: Sendable, Equatable {
  package enum Change: String, Sendable { case goal, set, archived }
  package var change: Change
  package var id: Foreign
  package var version: Int
  package var mode: Foreign
  package var source: Foreign
  /// Within 0…1, to two places.
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

/// What an `advisory.override.recorded` was counted as.
package struct OverrideFact: Sendable, Equatable {
  package enum Listing: String, Sendable {
    /// Among the recent ones that the projection lists.
    case listed
    /// Older than the window.
    case tooOld = "too_old"
    /// The list was full.
    case listFull = "list_full"
  }

  package var actor: Foreign
  package var scope: Foreign
  /// Isoformat; `nil` without one.
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
