import EventModel
import Platform

/// The working memory of ``PlainWalker``s, which use it one after the other. One per thread.
public final class PlainMembers {
  let memory: UnsafeMutablePointer<WalkMemory>

  /// - Parameters:
  ///   - tables: the tables in which names are looked up; at most ``NameCache/maxTables``.
  ///   - hashesAll: whether to also hash the members that are not read.
  public init(tables: [FieldTable], hashesAll: Bool) {
    memory = .allocate(capacity: 1)
    memory.initialize(to: WalkMemory(tables: tables, hashesAll: hashesAll))
  }

  deinit {
    memory.pointee.deallocate()
    memory.deallocate()
  }

  /// The number of a name in a table, and its hash; 0 if the table does not have it, or if it is longer than 255 bytes.
  /// The name must be part of an indexed line, and 24 readable bytes must follow it. O(1).
  @inline(__always)
  public func number(of name: UnsafeRawBufferPointer, in table: Int) -> (number: Int, hash: ContentHash.BeforeWord) {
    guard let met = try? memory.pointee.names.find(name) else {
      return (0, ContentHash.BeforeWord(FieldTable.hash(of: name), 1))
    }
    return (Int(met.number(in: table)), met.pointee.hash)
  }

  /// Whether walkers also hash the members that are not read: ``FieldHashes/whole``.
  public var hashesAll: Bool { memory.pointee.hashesAll }
}

/// The state that walkers share: the cache of recently seen names, and the members of the objects being walked,
/// which are noted to sort what was packed for them into jsonb order.
@usableFromInline
struct WalkMemory: BitwiseCopyable {
  let names: NameCache
  /// 10⁰ … 10¹⁵, all exact.
  let powersOfTen: UnsafeMutablePointer<Double>
  let hashesAll: Bool
  var members: MemberStack
  /// Whether members of the line's hashed objects were out of order.
  var isDisordered = false
  /// Number of objects with fields walked so far. When it has wrapped around, a line may be taken for one that is not
  /// plain, and is read again.
  var objects: UInt32 = 0
  /// The last object in which each field came.
  let metFields: UnsafeMutablePointer<UInt32>

  init(tables: [FieldTable], hashesAll: Bool) {
    self.hashesAll = hashesAll
    metFields = .allocate(capacity: 256)
    metFields.initialize(repeating: 0, count: 256)
    names = NameCache(tables)
    members = MemberStack(members: .allocate(capacity: PlainWalker.maxMembers))
    powersOfTen = .allocate(capacity: 16)
    var power = 1.0
    for exponent in 0..<16 {
      powersOfTen[exponent] = power
      power *= 10
    }
  }

  func deallocate() {
    names.deallocate()
    members.members.deallocate()
    metFields.deallocate()
    powersOfTen.deallocate()
  }
}

/// A member's key and where its packed bytes begin.
@usableFromInline
struct PlainMember: BitwiseCopyable {
  var key: UnsafeRawPointer
  /// See ``MetName/order``.
  var order: UInt64
  var start: UnsafeMutableRawPointer
  var end: UnsafeMutableRawPointer

  var count: Int { Int(order >> 56) }
}

/// The members of nested objects; those of the innermost object come last.
@usableFromInline
struct MemberStack: BitwiseCopyable {
  let members: UnsafeMutablePointer<PlainMember>
  /// Number of members noted.
  var count = 0

  /// Notes a member before its bytes are packed.
  mutating func add(
    _ key: UnsafeRawPointer, _ order: UInt64, at start: UnsafeMutableRawPointer
  ) throws(NotPlain) {
    guard count < PlainWalker.maxMembers else { throw .line }
    members[count] = PlainMember(key: key, order: order, start: start, end: start)
    count += 1
  }

  /// Ends the object whose members were noted from `first` on and whose packed bytes end at `end`: sorts its members.
  /// Returns whether they were out of order. Equal keys are not plain.
  @inline(never)
  mutating func sort(_ first: Int, end: UnsafeMutableRawPointer) throws(NotPlain) -> Bool {
    defer { count = first }
    let (own, size) = (members + first, count - first)
    var position = 1
    while position < size, MemberStack.precedes(own[position - 1], own[position]) { position += 1 }
    if position >= size { return false }
    try reorder(own, size, end: end)
    return true
  }

  /// jsonb's order of keys: length in bytes, then the bytes.
  private static func precedes(_ a: PlainMember, _ b: PlainMember) -> Bool {
    a.order != b.order ? a.order < b.order : byteOrder(a.key, b.key, a.count) < 0
  }

  private func reorder(
    _ own: UnsafeMutablePointer<PlainMember>, _ size: Int, end: UnsafeMutableRawPointer
  ) throws(NotPlain) {
    let start = own[0].start
    for position in 0..<size { own[position].end = position + 1 < size ? own[position + 1].start : end }
    for position in 1..<size {
      let member = own[position]
      var at = position
      while at > 0, MemberStack.precedes(member, own[at - 1]) {
        own[at] = own[at - 1]
        at -= 1
      }
      own[at] = member
    }
    for position in 1..<size where !MemberStack.precedes(own[position - 1], own[position]) { throw .line }
    withUnsafeTemporaryAllocation(byteCount: end - start, alignment: 1) { scratch in
      guard let target = scratch.baseAddress else { return }
      var length = 0
      for position in 0..<size {
        let count = own[position].end - own[position].start
        memcpy(target + length, own[position].start, count)
        length += count
      }
      memcpy(start, target, length)
    }
  }
}
