/// A text of a profile, and what it is used for: `sprint_max_speed.insufficient[1]`.
package struct Wording: Hashable, Sendable {
  package var text: String
  package var use: String

  package init(_ text: String, _ use: String) {
    self.text = text
    self.use = use
  }
}
