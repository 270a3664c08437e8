import EventModel
import Formatting

/// The outcome of one regression case.
package struct CheckedCase: Sendable {
  package enum Status: String, Sendable, CaseIterable {
    case ok
    /// The case differed, and the current results have been written as the expected ones.
    case recorded
    case different
    /// The case could not be run.
    case trouble
  }

  package var name: Foreign
  package var status = Status.ok
  /// What was compared, such as `264 rows` and `12 failures`.
  package var checked: [String] = []
  package var counts = ChangeCounts()
  /// The first changes; ``counts`` covers all.
  package var changes: [CaseChange] = []
  /// Changes that do not fail the case; they are not in ``counts``.
  package var accepted = 0
  /// The first of these, if they are to be listed.
  package var acceptedChanges: [CaseChange] = []
  /// Why the case could not be run.
  package var trouble: Foreign?
  /// Files written by `--record`, within the case folder.
  package var written: [Foreign] = []
  package var seconds = 0.0

  package init(name: String) { self.name = Foreign(name) }

  /// The number of changes that are not in ``changes``.
  package var cut: Int { counts.total - changes.count }
}

/// One result that is not as the case expects it.
package struct CaseChange: Sendable, Equatable {
  package enum Kind: String, Sendable, CaseIterable {
    case changed
    /// Exists now, but is not expected.
    case added
    /// Is expected, but does not exist now.
    case removed
  }

  package enum Subject: String, Sendable, CaseIterable {
    case row, failure
    /// How a live row differs.
    case difference
    /// A form of the log that rebuilds to something other than the first form.
    case log
    /// A figure of the runbooks' verification queries.
    case figure

    /// Whether `--record` can accept it.
    package var isRecordable: Bool { self != .log && self != .figure }
  }

  /// What an entry of an accept file says of a difference.
  package struct Difference: Sendable, Equatable {
    /// Those that `refold diff` gives it, with the expected rows as the live ones.
    package var causes: [Cause]
    /// Stays the same as long as the rows and the causes do.
    package var fingerprint: String

    package init(causes: [Cause], fingerprint: String) {
      self.causes = causes
      self.fingerprint = fingerprint
    }
  }

  /// A path and the values there, as JSON; `nil`: none.
  package struct Field: Sendable, Equatable {
    package var path: Foreign
    package var expected: Foreign?
    package var now: Foreign?

    package init(path: String, expected: String?, now: String?) {
      self.path = Foreign(path)
      self.expected = expected.map { Foreign($0) }
      self.now = now.map { Foreign($0) }
    }
  }

  package var kind: Kind
  package var subject: Subject
  package var user: UserID?
  /// A projection, a projection type, a file or a figure.
  package var name: Foreign
  package var fields: [Field]
  /// The number of fields that changed; exceeds ``fields`` when those were cut.
  package var fieldCount: Int
  /// Further details, in words.
  package var notes: [Foreign]
  /// The difference between the rows; `nil` for what no entry of an accept file can accept.
  package var difference: Difference?
  /// Why the change does not fail the case; `nil` if it does.
  package var acceptance: DifferenceMarks.Acceptance?

  package init(
    _ kind: Kind, _ subject: Subject, user: UserID? = nil, name: String, fields: [Field] = [], fieldCount: Int? = nil,
    notes: [String] = []
  ) {
    self.kind = kind
    self.subject = subject
    self.user = user
    self.name = Foreign(name)
    self.fields = fields
    self.fieldCount = fieldCount ?? fields.count
    self.notes = notes.map { Foreign($0) }
  }
}

/// The number of changes of each subject and kind.
package struct ChangeCounts: Sendable, Equatable {
  private var counts = [Int](repeating: 0, count: ChangeCounts.pairs.count)

  private static let pairs = CaseChange.Subject.allCases.flatMap { subject in
    CaseChange.Kind.allCases.map { (subject: subject, kind: $0) }
  }

  package init() {}

  package subscript(_ subject: CaseChange.Subject, _ kind: CaseChange.Kind) -> Int {
    get { counts[ChangeCounts.index(subject, kind)] }
    set { counts[ChangeCounts.index(subject, kind)] = newValue }
  }

  private static func index(_ subject: CaseChange.Subject, _ kind: CaseChange.Kind) -> Int {
    guard let index = pairs.firstIndex(where: { $0.subject == subject && $0.kind == kind }) else {
      preconditionFailure("every subject and kind of change is a pair")
    }
    return index
  }

  package static func += (a: inout ChangeCounts, b: ChangeCounts) {
    for index in a.counts.indices { a.counts[index] += b.counts[index] }
  }

  package func has(_ subject: CaseChange.Subject) -> Bool {
    CaseChange.Kind.allCases.contains { self[subject, $0] > 0 }
  }

  package var total: Int { counts.reduce(0, +) }

  /// Whether `--record` can accept all of it.
  package var isRecordable: Bool {
    zip(ChangeCounts.pairs, counts).allSatisfy { $0.subject.isRecordable || $1 == 0 }
  }

  /// `3 rows changed, 1 row added`: the non-zero counts in a fixed order.
  package var text: String {
    zip(ChangeCounts.pairs, counts).filter { $1 > 0 }.map { pair, count in
      "\(counted(count, pair.subject.rawValue)) \(pair.kind.rawValue)"
    }.joined(separator: ", ")
  }
}

/// `1 row`, `1,234 rows`.
package func counted(_ count: Int, _ noun: String) -> String { "\(grouped(count)) \(noun)\(count == 1 ? "" : "s")" }
