import EventModel
import JSONTape

/// An operator's rules for fields: ignore some, allow others to differ a little.
///
/// A difference that a rule covers is `tolerated`, never equal.
package struct FieldRules: Sendable {
  package struct Ignore: Sendable {
    package var scope: RuleScope
    package var pattern: PathPattern

    package init(scope: RuleScope, pattern: PathPattern) {
      self.scope = scope
      self.pattern = pattern
    }
  }

  package struct Tolerance: Sendable {
    package var scope: RuleScope
    package var pattern: PathPattern
    package var absolute: Double
    package var relative: Double

    package init(scope: RuleScope, pattern: PathPattern, absolute: Double, relative: Double) {
      self.scope = scope
      self.pattern = pattern
      self.absolute = absolute
      self.relative = relative
    }
  }

  package var ignores: [Ignore] = []
  package var tolerances: [Tolerance] = []

  package init() {}

  /// Whether a rule covers the difference. O(rules).
  package func covers(_ difference: ValueDifference, of name: ProjectionName) -> Bool {
    if ignores.contains(where: { $0.scope.includes(name) && $0.pattern.covers(difference.path) }) { return true }
    guard let rebuilt = difference.rebuilt?.finiteDouble, let live = difference.live?.finiteDouble else { return false }
    return tolerances.contains { rule in
      guard rule.scope.includes(name), rule.pattern.covers(difference.path) else { return false }
      let distance = (rebuilt - live).magnitude
      return distance <= rule.absolute || distance <= rule.relative * max(rebuilt.magnitude, live.magnitude)
    }
  }
}

/// The projections that a rule applies to: all, those of a type, or one.
package struct RuleScope: Hashable, Sendable {
  package var type: String?
  package var key: String?

  package init(type: String? = nil, key: String? = nil) {
    self.type = type
    self.key = key
  }

  func includes(_ name: ProjectionName) -> Bool { (type ?? name.type) == name.type && (key ?? name.key) == name.key }
}
