/// A text of a profile, and what it is used for: `warnings.stale`.
public struct Wording: Hashable, Sendable {
  public var text: String
  public var use: String

  public init(_ text: String, _ use: String) {
    self.text = text
    self.use = use
  }
}
