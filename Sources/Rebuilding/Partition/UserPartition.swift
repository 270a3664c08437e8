import EventModel
import Hashing

/// One of `count` disjoint sets of users, chosen by a hash that any language can compute. The documentation's page on
/// partitions specifies it as a contract.
///
/// The hash of a user is the first four bytes, big-endian, of the SHA-256 of the id's lower-case hyphenated text (36
/// ASCII characters). The index of the user's partition is the hash modulo `count`.
package struct UserPartition: Hashable, Sendable {
  /// From 0.
  package let index: Int
  package let count: Int

  /// The maximum number of partitions.
  package static let most = 65_536

  /// `nil` unless 0 ≤ index < count ≤ ``most``.
  package init?(_ index: Int, of count: Int) {
    guard (1...UserPartition.most).contains(count), (0..<count).contains(index) else { return nil }
    self.index = index
    self.count = count
  }

  /// Reads `I/N`, decimal digits only.
  package init?(_ text: String) {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 2, parts.allSatisfy({ $0.allSatisfy { $0.isASCII && $0.isNumber } }),
      let index = Int(parts[0]), let count = Int(parts[1])
    else { return nil }
    self.init(index, of: count)
  }

  /// Partition 0 of 1: all users.
  package static let whole = UserPartition(unchecked: 0, of: 1)

  private init(unchecked index: Int, of count: Int) {
    self.index = index
    self.count = count
  }

  package static func hash(of user: UserID) -> UInt32 {
    var text: [UInt8] = []
    text.reserveCapacity(36)
    user.append(to: &text)
    return SHA256.hash(data: text).withUnsafeBytes { UInt32(bigEndian: $0.loadUnaligned(as: UInt32.self)) }
  }

  /// The index of a user's partition among `count`.
  package static func index(of user: UserID, among count: Int) -> Int {
    count == 1 ? 0 : Int(hash(of: user)) % count
  }

  /// O(1).
  package func contains(_ user: UserID) -> Bool {
    count == 1 || Int(UserPartition.hash(of: user)) % count == index
  }
}

extension UserPartition: CustomStringConvertible {
  /// `3/7`.
  package var description: String { "\(index)/\(count)" }
}

/// Tests whether users belong to a partition. Caches recent answers, because records of one user are often adjacent.
/// One per thread.
package final class PartitionFilter {
  package let partition: UserPartition
  private var users: [UserID]
  private var answers: [Bool?]

  private static let slots = 4096

  package init(_ partition: UserPartition) {
    self.partition = partition
    users = Array(repeating: UserID(high: 0, low: 0), count: PartitionFilter.slots)
    answers = Array(repeating: nil, count: PartitionFilter.slots)
  }

  package func includes(_ user: UserID) -> Bool {
    if partition.count == 1 { return true }
    let slot = Int(truncatingIfNeeded: ((user.high ^ user.low) &* 0x9FB2_1C65_1E98_DF25) >> 52)
    if let answer = answers[slot], users[slot] == user { return answer }
    let answer = partition.contains(user)
    users[slot] = user
    answers[slot] = answer
    return answer
  }
}
