import EventModel

/// The texts that are known to be wording of a profile, and the uses of each.
package struct Wordings: Sendable {
  /// Uses by text.
  private var uses: [String: Set<String>] = [:]
  /// The texts of the rebuilt rows' profile.
  private var own: Set<String> = []

  /// - Parameters:
  ///   - own: the wordings of the profile with which the rebuilt rows were made; empty if it is unknown, so that
  ///     nothing counts as wording.
  ///   - others: wordings of other profiles, which live may have.
  package init(own: [Wording], others: [Wording]) {
    for wording in own + others { uses[wording.text, default: []].insert(wording.use) }
    self.own = Set(own.map(\.text))
  }

  /// Whether a live text may be another wording for a rebuilt one: the rebuilt text is the profile's, and the live text
  /// either is in no profile or shares a use with it.
  func mayStand(_ live: String, for rebuilt: String) -> Bool {
    guard own.contains(rebuilt), let wanted = uses[rebuilt] else { return false }
    guard let known = uses[live] else { return true }
    return !known.isDisjoint(with: wanted)
  }
}
