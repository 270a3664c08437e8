import EventModel
import JSONTape

/// Figures about the events of a pack, or of one of its blocks.
public struct PackFacts: Hashable, Sendable {
  public var events = 0
  /// Events of types that some reducer reads; 0 in packs of ``PackHeader/Kind/all``.
  public var folded = 0
  /// The newest created_at, or timestamp where there is none; `nil` without events.
  public var newest: Instant?
  /// What is read of the events; zero in packs of ``PackHeader/Kind/all``.
  public var content = EventContent()
  /// How many events have each of the ``RecordTraits``, by bit.
  public var traits = [Int](repeating: 0, count: PackFacts.traitCount)
  /// Users, in a block: those that begin in it.
  public var users = 0
  public var exportedUsers = 0

  public init() {}

  static let traitCount = 6

  @inline(__always)
  mutating func note(_ event: Event, _ traits: RecordTraits) {
    events += 1
    if event.type != 0 { folded += 1 }
    if newest == nil || newest! < event.createdAt { newest = event.createdAt }
    if traits.rawValue != 0 {
      for bit in 0..<PackFacts.traitCount where traits.rawValue >> UInt8(bit) & 1 == 1 { self.traits[bit] += 1 }
    }
  }

  public static func += (sum: inout PackFacts, other: PackFacts) {
    sum.events += other.events
    sum.folded += other.folded
    sum.newest = [sum.newest, other.newest].compactMap { $0 }.max()
    sum.content += other.content
    for bit in sum.traits.indices { sum.traits[bit] += other.traits[bit] }
    sum.users += other.users
    sum.exportedUsers += other.exportedUsers
  }
}

/// What the end of a packed log says about the whole log.
public struct PackSummary: Hashable, Sendable {
  public var facts = PackFacts()
  /// Whether a users export was packed.
  public var hasUsersExport = false
  /// As in a snapshot's manifest.
  public var eventsDigest = ""
  /// Users whose events are dropped from now on, sorted.
  public var droppedUsers: [UserID] = []
  /// Ids of records that were left out because one was marked as deleted, sorted.
  public var deletedIDs: [EventID] = []
  /// How the log was read, as far as it matters to what was read: keys and values as in a snapshot's manifest.
  public var reading: [String: String] = [:]
  /// Users of a group: about 2 to the power of this.
  public var level = 0

  public init() {}

  var json: JSONTree {
    func number(_ value: Int) -> JSONTree { .integer(Int64(value)) }
    return .object([
      .init("deleted_ids", number(deletedIDs.count)), .init("dropped_users", number(droppedUsers.count)),
      .init("events", number(facts.events)), .init("events_content", .string(facts.content.description)),
      .init("events_digest", .string(eventsDigest)), .init("exported_users", number(facts.exportedUsers)),
      .init("folded", number(facts.folded)), .init("has_users_export", .bool(hasUsersExport)),
      .init("level", number(level)),
      .init("newest", facts.newest.map { .integer($0.microseconds) } ?? .null),
      .init("reading", .object(reading.sorted { $0.key < $1.key }.map { .init($0.key, .string($0.value)) })),
      .init("users", number(facts.users)),
    ])
  }

  /// `nil` if the JSON is not a summary. The numbers of dropped users and deleted ids come second.
  static func read(_ json: JSONTree) -> (summary: PackSummary, dropped: Int, deleted: Int)? {
    func number(_ key: String) -> Int? {
      guard case .integer(let value)? = json[key], value >= 0 else { return nil }
      return Int(value)
    }
    guard let deleted = number("deleted_ids"), let dropped = number("dropped_users"), let events = number("events"),
      let content = json["events_content"]?.string.flatMap({ EventContent($0) }),
      let digest = json["events_digest"]?.string,
      let exported = number("exported_users"), let folded = number("folded"),
      case .bool(let hasExport)? = json["has_users_export"], let level = number("level"), let users = number("users"),
      let reading = json["reading"]?.members
    else { return nil }
    var summary = PackSummary()
    summary.facts.events = events
    summary.facts.folded = folded
    summary.facts.users = users
    summary.facts.exportedUsers = exported
    if case .integer(let newest)? = json["newest"] { summary.facts.newest = Instant(microseconds: newest) }
    summary.facts.content = content
    summary.eventsDigest = digest
    summary.hasUsersExport = hasExport
    summary.level = level
    for member in reading {
      guard let value = member.value.string else { return nil }
      summary.reading[member.key] = value
    }
    return (summary, dropped, deleted)
  }
}
