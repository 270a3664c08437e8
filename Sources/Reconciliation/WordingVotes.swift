import JSONTape

/// Which wordings live has for the texts of a row, counted over many rows. If some rows have two wordings one way round
/// and others the other way round, the minority (in a tie, both) are not wording: nothing else distinguishes wordings
/// that no profile has.
///
/// Only rows that have the texts together count: one wording may serve for different texts in different rows.
package struct WordingVotes: Sendable, Equatable {
  /// Some texts of a row, in ascending order, and the wordings that they have.
  private struct Group: Hashable {
    var texts: [String]
    /// Also in ascending order: which wording belongs to which text is put to the vote.
    var wordings: [String]
  }

  /// Number of rows by group, and by the wordings in the order of its texts.
  private var rows: [Group: [[String]: Int]] = [:]

  /// Maximum number of groups that are counted; later ones, from rows with other wordings, are not.
  package static let most = 16_384

  package init() {}

  /// Counts a row's changes, which must be one to one.
  package mutating func note(_ changes: [(rebuilt: String, live: String)]) {
    for (set, wordings) in WordingVotes.sets(changes) { add(1, for: wordings, to: set) }
  }

  package mutating func add(_ other: WordingVotes) {
    // Sorted, so that the limit does not depend on the order of a dictionary.
    let sorted = other.rows.sorted { a, b in
      let (a, b) = (a.key.texts + a.key.wordings, b.key.texts + b.key.wordings)
      return a.lexicographicallyPrecedes(b)
    }
    for (set, votes) in sorted {
      for (wordings, count) in votes { add(count, for: wordings, to: set) }
    }
  }

  private mutating func add(_ count: Int, for wordings: [String], to set: Group) {
    guard rows[set] != nil || rows.count < WordingVotes.most else { return }
    rows[set, default: [:]][wordings, default: 0] += count
  }

  package var isEmpty: Bool { rows.isEmpty }

  /// Whether any rows contradict each other.
  package var isSplit: Bool { rows.values.contains { $0.count > 1 } }

  /// The texts of a row whose wordings at least as many rows have another way round.
  package func outvoted(_ changes: [(rebuilt: String, live: String)]) -> [String] {
    var texts: [String] = []
    for (set, wordings) in WordingVotes.sets(changes) {
      guard let votes = rows[set] else { continue }
      let own = votes[wordings] ?? 0
      if votes.contains(where: { $0.key != wordings && $0.value >= own }) { texts += set.texts }
    }
    return texts
  }

  /// Every pair of texts, and all texts if there are more than two.
  private static func sets(_ changes: [(rebuilt: String, live: String)]) -> [(Group, [String])] {
    var wordings: [String: String] = [:]
    for change in changes { wordings[change.rebuilt] = change.live }
    let texts = wordings.keys.sorted()
    func set(_ texts: [String]) -> (Group, [String]) {
      let live = texts.compactMap { wordings[$0] }
      return (Group(texts: texts, wordings: live.sorted()), live)
    }
    var sets: [(Group, [String])] = []
    for (index, text) in texts.enumerated() {
      for other in texts[(index + 1)...] { sets.append(set([text, other])) }
    }
    if texts.count > 2 { sets.append(set(texts)) }
    return sets
  }
}

extension RowComparison {
  /// The texts that have another wording, each with that wording.
  package var wordings: [(rebuilt: String, live: String)] {
    found.compactMap { difference, status in
      guard status == .text, let rebuilt = difference.rebuilt, let live = difference.live else { return nil }
      return (String(decoding: rebuilt.text, as: UTF8.self), String(decoding: live.text, as: UTF8.self))
    }
  }
}
