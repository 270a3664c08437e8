import EventModel

/// The texts that are known to be wording of a profile, and what each is used for.
package struct Wordings: Sendable {
  /// By text.
  private var uses: [String: Set<String>] = [:]
  /// Those of the rebuilt rows.
  private var own: Set<String> = []

  /// - Parameters:
  ///   - own: the wordings of the profile that the rebuilt rows were made with; none when that is not known, so that
  ///     nothing is wording.
  ///   - others: wordings of other profiles, which live may have.
  package init(own: [Wording], others: [Wording]) {
    for wording in own + others { uses[wording.text, default: []].insert(wording.use) }
    self.own = Set(own.map(\.text))
  }

  /// Whether a live text may be another wording for a rebuilt one: that is the profile's, and no profile uses the live text
  /// for something else.
  func mayStand(_ live: String, for rebuilt: String) -> Bool {
    guard own.contains(rebuilt), let wanted = uses[rebuilt] else { return false }
    guard let known = uses[live] else { return true }
    return !known.isDisjoint(with: wanted)
  }
}
