import EventModel

/// Estimates the number of users in some runs. Remembers one user in 1,024, chosen by a hash of the id.
///
/// Ids that share a prefix or a counter are sampled as evenly as others. Memory: 16 bytes per 1,024 users.
public struct UserSample: Sendable {
  private static let oneIn = 1024
  private var users: Set<UserID> = []

  public init() {}

  /// Notes a user, any number of times. O(1).
  @inline(__always)
  public mutating func note(_ user: UserID) {
    if EventLedger.mixed(user) >> 24 & UInt64(UserSample.oneIn - 1) == 0 { users.insert(user) }
  }

  /// Adds the users of other runs.
  public mutating func formUnion(_ other: UserSample) { users.formUnion(other.users) }

  /// The estimated number of users; often 0 if there are a few hundred or fewer.
  public var estimate: Int { users.count * UserSample.oneIn }
}
