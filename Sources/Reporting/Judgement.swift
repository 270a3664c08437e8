import EventModel

/// What a command compared, and the result. The exit status is derived from this alone.
package struct Judgement: Sendable, Hashable {
  package enum Verdict: String, Sendable, CaseIterable {
    /// Nothing differs.
    case same
    /// All differences are acceptable.
    case accepted
    /// Differences are not acceptable, but none that counts is new.
    case known
    /// A difference is not acceptable.
    case different
    /// This part of a comparison has nothing to compare; only the sum of all parts must have something.
    case emptyPart = "empty_part"
    /// There was nothing to compare, or the filters left nothing.
    case nothingCompared = "nothing_compared"
    /// The input does not answer what was asked.
    case unjudged
  }

  /// The noun for what is compared: rows, users, cases.
  package var of: String
  /// The number compared; `nil` if only the differences are known.
  package var compared: Int?
  /// The options that excluded the others, in words.
  package var filters: [Foreign] = []
  /// The number that differ.
  package var differing = 0
  /// The number of these that are acceptable.
  package var accepted = 0
  /// The number of these that are not acceptable, and do not count because they are not new.
  package var known = 0
  /// Requested checks that failed, in words.
  package var failed: [Foreign] = []
  /// Requested checks that could not be made, in words.
  package var unjudged: [Foreign] = []
  /// Whether this is a part of a comparison.
  package var isPart = false

  package init(of: String, compared: Int?) {
    self.of = of
    self.compared = compared
  }

  package var verdict: Verdict {
    if !unjudged.isEmpty { return .unjudged }
    if compared == 0, !isPart { return .nothingCompared }
    if differing > accepted + known || !failed.isEmpty { return .different }
    if compared == 0 { return .emptyPart }
    if known > 0 { return .known }
    return differing == 0 ? .same : .accepted
  }

  /// `nothing compared: 0 rows, with --only TYPE`.
  package var nothing: Foreign {
    filters.isEmpty
      ? "nothing compared: 0 \(of)" : "nothing compared: 0 \(of), with \(filters.joined(separator: ", "))"
  }

  /// 0 same or done, 1 different, 2 trouble.
  package var status: Int32 { verdict.status }
}

extension Judgement.Verdict {
  package var status: Int32 {
    switch self {
    case .same, .accepted, .known, .emptyPart: 0
    case .different: 1
    case .nothingCompared, .unjudged: 2
    }
  }
}
