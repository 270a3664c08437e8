import EventModel

/// Hashes of an object whose members have numbers in a ``FieldTable``, or have none.
public struct FieldHashes: BitwiseCopyable, Sendable {
  /// Of the members that have numbers, which are the ones that are read.
  public var read: ContentHash
  /// Of all members; means nothing where they were not asked for, see ``PlainMembers/hashesAll``.
  public var whole: ContentHash

  @inline(__always)
  init(of sums: FieldSums) {
    read = TapeWalker.hash(ofMembers: sums.read, sums.readCount)
    whole = TapeWalker.hash(ofMembers: sums.whole, sums.wholeCount)
  }

  /// Without the hash of all members.
  @inline(__always)
  init(ofRead sums: FieldSums) {
    read = TapeWalker.hash(ofMembers: sums.read, sums.readCount)
    whole = ContentHash(state: 0)
  }

  /// For a value that is not an object: nothing in it is read.
  @inline(__always)
  public init(ofOther value: ContentHash) {
    read = TapeWalker.hash(ofMembers: 0, 0)
    whole = value
  }
}

/// Sums of members' hashes.
struct FieldSums {
  private(set) var read: UInt64 = 0
  private(set) var readCount: UInt64 = 0
  private(set) var whole: UInt64 = 0
  private(set) var wholeCount: UInt64 = 0

  /// Adds a member that is read, where only such members are hashed.
  @inline(__always)
  mutating func addRead(_ member: ContentHash) {
    read &+= member.state
    readCount &+= 1
  }

  @inline(__always)
  mutating func add(_ member: ContentHash, isRead: Bool) {
    if isRead { addRead(member) }
    whole &+= member.state
    wholeCount &+= 1
  }
}
