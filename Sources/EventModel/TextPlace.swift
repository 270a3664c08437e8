/// A place in a projection's `data` that holds wording of the deployment's profile, not a result of the algorithm.
package struct TextPlace: Hashable, Sendable {
  package enum Kind: Hashable, Sendable {
    /// A text.
    case text
    /// An array of texts, written a second time at `twin`.
    case list(twin: String)
    /// The description of the objective that is assumed of a user who stated none; of others it is the user's own.
    case assumedDescription
  }

  package var projectionType: String
  /// Keys from `data` down, joined with dots; `*` for each element of an array.
  package var path: String
  package var kind: Kind

  package init(_ projectionType: String, _ path: String, _ kind: Kind) {
    self.projectionType = projectionType
    self.path = path
    self.kind = kind
  }
}
