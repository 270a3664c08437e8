/// The wanted projections; if empty, all of them.
package struct ProjectionFilter: Sendable, Equatable {
  /// The projections asked for: `type` or `type/key`.
  package var wanted: [(type: String, key: String?)] = []

  package init() {}

  package init(type: String) { wanted = [(type, nil)] }

  package static func == (a: ProjectionFilter, b: ProjectionFilter) -> Bool {
    a.wanted.count == b.wanted.count && zip(a.wanted, b.wanted).allSatisfy { $0.type == $1.type && $0.key == $1.key }
  }

  /// The projections as asked for, sorted.
  package var names: [String] { wanted.map { $0.type + ($0.key.map { "/" + $0 } ?? "") }.sorted() }

  package func includes(type: String) -> Bool { wanted.isEmpty || wanted.contains { $0.type == type } }

  package func includes(_ type: String, _ key: String) -> Bool {
    wanted.isEmpty || wanted.contains { $0.type == type && ($0.key == nil || $0.key == key) }
  }
}
