import EventModel

extension EventFact {
  /// Whether it tells of rows of that projection type. A retraction tells of whatever is made of its target.
  package func concerns(_ type: String) -> Bool {
    switch self {
    case .retracts, .retractsNothing: true
    case .row, .zonePreference, .represents, .isRepresented, .correctionIgnored, .corrects, .correctsUnreadField,
      .corrected, .noBlocks, .blockIsNoObject, .yieldsNoRow:
      type == CapabilityProjection.type
    case .lastActivity: type == ObjectiveAdvisoryProjection.type
    case .profile, .objective, .inferredModality, .failsUserProfile, .override:
      type == ObjectiveStateProjection.type || type == ObjectiveAdvisoryProjection.type
    }
  }
}
