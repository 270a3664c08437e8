import EventModel

/// About how many users some runs hold: remembers one user in 1,024, told by a hash of the id.
///
/// Users of ids that share a prefix or a counter are sampled as evenly as others. Memory: 16 bytes for 1,024 users.
public struct UserSample: Sendable {
  private static let oneIn = 1024
  private var users: Set<UserID> = []

  public init() {}

  /// Notes a user, once or often. O(1).
  @inline(__always)
  mutating func note(_ user: UserID) {
    if EventLedger.mixed(user) >> 24 & UInt64(UserSample.oneIn - 1) == 0 { users.insert(user) }
  }

  /// Adds the users of other runs.
  public mutating func formUnion(_ other: UserSample) { users.formUnion(other.users) }

  /// The estimated number; 0 for a few hundred users or less, as often as not.
  public var estimate: Int { users.count * UserSample.oneIn }
}
