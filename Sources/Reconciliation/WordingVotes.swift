import JSONTape

/// Which wordings live has for the texts of a row, over many rows. Where some rows have two wordings the one way round and others
/// the other way, the fewer are not of wording: nothing else tells wordings that no profile has from each other.
///
/// Only rows count that have the texts side by side: one wording may serve for different texts in different rows.
package struct WordingVotes: Sendable, Equatable {
  /// Some texts of a row and the wordings they have, the texts in ascending order.
  private struct Group: Hashable {
    var texts: [String]
    /// In ascending order too; which is whose is voted on.
    var wordings: [String]
  }

  /// How many rows have which wordings, by the texts.
  private var rows: [Group: [[String]: Int]] = [:]

  /// Sets of texts that are counted; those that come later, of rows with wordings of their own, are not.
  package static let most = 16_384

  package init() {}

  /// Counts a row's changes, which are one to one.
  package mutating func note(_ changes: [(rebuilt: String, live: String)]) {
    for (set, wordings) in WordingVotes.sets(changes) { add(1, for: wordings, to: set) }
  }

  package mutating func add(_ other: WordingVotes) {
    // A limit that depends on the order of a dictionary is none.
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

  /// Whether rows contradict each other at all.
  package var isSplit: Bool { rows.values.contains { $0.count > 1 } }

  /// The texts of a row whose wordings more rows, or as many, have another way round.
  package func outvoted(_ changes: [(rebuilt: String, live: String)]) -> [String] {
    var texts: [String] = []
    for (set, wordings) in WordingVotes.sets(changes) {
      guard let votes = rows[set] else { continue }
      let own = votes[wordings] ?? 0
      if votes.contains(where: { $0.key != wordings && $0.value >= own }) { texts += set.texts }
    }
    return texts
  }

  /// Each two texts, and all where they are more.
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
  /// The texts that have another wording, and the wordings.
  package var wordings: [(rebuilt: String, live: String)] {
    found.compactMap { difference, status in
      guard status == .text, let rebuilt = difference.rebuilt, let live = difference.live else { return nil }
      return (String(decoding: rebuilt.text, as: UTF8.self), String(decoding: live.text, as: UTF8.self))
    }
  }
}
