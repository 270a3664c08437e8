import EventModel
import Formatting
import JSONTape

/// What became of the entries of accept files.
package struct AcceptanceFigures: Sendable {
  /// Why an entry accepts nothing.
  package enum State: String, Sendable, CaseIterable {
    /// Its `until` has passed.
    case expired
    /// The row differs, but not as it did.
    case movedOn = "moved_on"
    /// The row does not differ.
    case unused
  }

  package struct Entry: Sendable {
    /// `FILE:LINE`.
    package var place: Foreign
    package var state: State
    package var user: Foreign
    package var projection: Foreign
    package var until: Foreign?

    package init(place: Foreign, state: State, user: Foreign, projection: Foreign, until: Foreign?) {
      self.place = place
      self.state = state
      self.user = user
      self.projection = projection
      self.until = until
    }
  }

  /// The entries that the diff was about.
  package var entries = 0
  /// The number in each state, in the order of ``State/allCases``.
  package private(set) var counts = State.allCases.map { _ in 0 }
  /// The first entries that accept nothing.
  package private(set) var listed: [Entry] = []
  /// Whether such entries fail the diff.
  package var isStrict: Bool

  package static let limit = 20

  package init(isStrict: Bool) { self.isStrict = isStrict }

  package mutating func note(_ entry: Entry) {
    add(1, entry.state)
    if listed.count < AcceptanceFigures.limit { listed.append(entry) }
  }

  package mutating func add(_ entries: Int, _ state: State) {
    for (place, other) in State.allCases.enumerated() where other == state { counts[place] += entries }
  }

  /// Adds the figures of another part of the same diff.
  package mutating func add(_ other: AcceptanceFigures) {
    entries += other.entries
    for place in counts.indices { counts[place] += other.counts[place] }
    listed = Array((listed + other.listed).prefix(AcceptanceFigures.limit))
  }

  package func count(_ state: State) -> Int {
    zip(State.allCases, counts).reduce(0) { $1.0 == state ? $0 + $1.1 : $0 }
  }

  /// The entries that accept nothing.
  package var idle: Int { counts.reduce(0, +) }

  /// `1 expired, 2 unused`.
  private var words: String {
    zip(["expired", "of differences that have changed", "unused"], counts).filter { $0.1 > 0 }
      .map { "\(grouped($0.1)) \($0.0)" }.joined(separator: ", ")
  }

  /// The check that failed, in words; `nil` if none did.
  package var failure: Foreign? {
    isStrict && idle > 0 ? "--strict-accept: entries that accept nothing: \(words)" : nil
  }

  /// Lines for people; the first few entries by name.
  package var lines: [Foreign] {
    if idle == 0 { return [] }
    let shown = listed.prefix(5)
    var lines: [Foreign] = [
      "of \(plural(entries, "entry", "entries")) of --accept, \(grouped(idle)) accept\(idle == 1 ? "s" : "") nothing: \(words)"
    ]
    lines += shown.map { "\($0.place): \($0.words): \($0.user) \($0.projection)" }
    if idle > shown.count { lines.append("… \(grouped(idle - shown.count)) more entries that accept nothing") }
    return lines
  }

  var json: JSONTree {
    .object(
      [.init("entries", number(entries))]
        + zip(State.allCases, counts).map { .init($0.rawValue, number($1)) } + [
          .init("strict", .bool(isStrict)),
          .init(
            "listed",
            .array(
              listed.map { entry in
                .object([
                  .init("place", .string(entry.place.raw)), .init("state", .string(entry.state.rawValue)),
                  .init("user_id", .string(entry.user.raw)), .init("projection", .string(entry.projection.raw)),
                  .init("until", entry.until.map { .string($0.raw) } ?? .null),
                ])
              })),
        ])
  }
}

extension AcceptanceFigures.Entry {
  fileprivate var words: Foreign {
    switch state {
    case .expired: "expired\(until.map { " (until \($0))" as Foreign } ?? "")"
    case .movedOn: "the difference has changed"
    case .unused: "unused"
    }
  }
}

/// `1 entry`, `2 entries`.
private func plural(_ count: Int, _ one: String, _ many: String) -> String {
  "\(grouped(count)) \(count == 1 ? one : many)"
}
