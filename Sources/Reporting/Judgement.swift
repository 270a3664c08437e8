import EventModel

/// What a command compared and what came of it. The exit status follows from this and nothing else.
package struct Judgement: Sendable, Hashable {
  package enum Verdict: String, Sendable, CaseIterable {
    /// Nothing differs.
    case same
    /// What differs is acceptable.
    case accepted
    /// Something differs that is not acceptable.
    case different
    /// A part of a comparison that has nothing to compare; the sum of all parts must have something.
    case emptyPart = "empty_part"
    /// There was nothing to compare, or nothing was left of it.
    case nothingCompared = "nothing_compared"
    /// What was asked for cannot be known from what was given.
    case unjudged
  }

  /// What is compared: rows, users, cases.
  package var of: String
  /// How many were; `nil` where only what differs is known.
  package var compared: Int?
  /// What left others out: the options, in words.
  package var filters: [Foreign] = []
  /// What differs.
  package var differing = 0
  /// What of that is acceptable.
  package var accepted = 0
  /// Checks that were asked for and failed, in words.
  package var failed: [Foreign] = []
  /// Checks that were asked for and that nobody can make, in words.
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
    if differing > accepted || !failed.isEmpty { return .different }
    if compared == 0 { return .emptyPart }
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
    case .same, .accepted, .emptyPart: 0
    case .different: 1
    case .nothingCompared, .unjudged: 2
    }
  }
}
