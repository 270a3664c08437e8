/// What is known of a difference beyond its cause: whether it is accepted, and whether it is new.
package struct DifferenceMarks: Hashable, Sendable {
  /// 32 hex digits that stay the same as long as the difference does; `nil` if they were not asked for.
  package var fingerprint: String?
  /// Why the difference does not fail the diff; `nil` if it does.
  package var acceptance: Acceptance?

  package enum Acceptance: Hashable, Sendable {
    /// All its causes are allowed.
    case cause
    /// An entry of an accept file accepts it.
    case entry(AcceptanceNote)

    /// The word in records: `cause` or `entry`.
    package var word: String {
      switch self {
      case .cause: "cause"
      case .entry: "entry"
      }
    }
  }

  /// Whether the difference was there in the last run; `nil` if that was not asked for.
  package var since: Since?

  package struct Since: Hashable, Sendable {
    /// Whether the last run did not have it.
    package var isNew: Bool
    /// The instant of the first of the runs that have it without a break.
    package var first: Instant

    package init(isNew: Bool, first: Instant) {
      self.isNew = isNew
      self.first = first
    }

    /// The word in records: `new` or `persisting`.
    package var word: String { isNew ? "new" : "persisting" }
  }

  package init() {}

  /// Whether an entry accepts the difference, which its causes alone do not.
  package var isAcceptedByEntry: Bool {
    if case .entry = acceptance { true } else { false }
  }
}

/// What an entry of an accept file says for people.
package struct AcceptanceNote: Hashable, Sendable {
  package var why: Foreign?
  package var issue: Foreign?
  /// The last day or instant, as written.
  package var until: Foreign?

  package init(why: Foreign? = nil, issue: Foreign? = nil, until: Foreign? = nil) {
    self.why = why
    self.issue = issue
    self.until = until
  }
}
