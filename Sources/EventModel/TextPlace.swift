/// A place in a projection's `data` that holds text from the deployment's profile, not a result of the algorithm.
public struct TextPlace: Hashable, Sendable {
  public enum Kind: Hashable, Sendable {
    /// A text.
    case text
    /// An array of texts, written a second time at `twin`.
    case list(twin: String)
    /// A text in rows that satisfy all of these tests. In other rows the text is a user's own.
    case textWhere([MemberTest])
  }

  /// A test of a row.
  public enum MemberTest: Hashable, Sendable {
    /// The row has no member at this path: keys from `data` down, joined with dots.
    case isAbsent(String)
    /// The member at this path is this text.
    case isText(String, String)
  }

  /// Keys from `data` down, joined with dots; `*` for each element of an array.
  public var path: String
  public var kind: Kind

  public init(_ path: String, _ kind: Kind) {
    self.path = path
    self.kind = kind
  }
}

/// A place in a projection's `data` that depends on the clock readings within one computation: a mean age in days.
///
/// Live reads the wall clock for each reference whose age it computes, and once more for the instant of the row.
public struct DriftPlace: Hashable, Sendable {
  /// `projections.key`.
  public var key: String
  /// Path of the mean age: keys from `data` down, joined with dots.
  public var path: String
  /// Path of the number of observations from which the row is computed.
  public var observations: String

  public init(key: StaticString, path: String, observations: String) {
    self.key = key.description
    self.path = path
    self.observations = observations
  }
}
