import EventModel
import Platform

/// The working memory of ``PlainWalker``s, which use it one after the other. One per thread.
public final class PlainMembers {
  let memory: UnsafeMutablePointer<WalkMemory>

  /// - Parameter tables: the tables in which names are looked up; at most ``NameCache/maxTables``.
  public init(tables: [FieldTable]) {
    memory = .allocate(capacity: 1)
    memory.initialize(to: WalkMemory(tables: tables))
  }

  deinit {
    memory.pointee.deallocate()
    memory.deallocate()
  }

  /// The number of a name in a table; 0 if the table does not have it, or if it is longer than 255 bytes. The name must
  /// be part of an indexed line, and 24 readable bytes must follow it. O(1).
  @inline(__always)
  public func number(of name: UnsafeRawBufferPointer, in table: Int) -> Int {
    guard let name = try? memory.pointee.names.find(name) else { return 0 }
    return Int(name.number(in: table))
  }

  /// Assumes again that members come in jsonb order, as in PostgreSQL's exports, until some do not.
  public func expectOrder() { memory.pointee.notesMembers = false }
}

/// The state that walkers share: caches of recently seen names and texts, and the members of the objects being walked.
/// Members are noted only once some came out of order, to sort what was packed for them into jsonb order.
@usableFromInline
struct WalkMemory: BitwiseCopyable {
  let names: NameCache
  let texts = TextCache()
  /// 10⁰ … 10¹⁵, all exact.
  let powersOfTen: UnsafeMutablePointer<Double>
  /// Whether members are noted. Set when members come out of order: the line is then walked again, and members are
  /// noted until ``PlainMembers/expectOrder()``.
  var notesMembers = false
  var members: MemberStack

  init(tables: [FieldTable]) {
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
    texts.deallocate()
    members.members.deallocate()
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

  /// Whether two keys with the same ``MetName/order`` are in order; `false` if their orders differ.
  @inline(never)
  static func isTieInOrder(
    _ first: UnsafeRawPointer, _ second: UnsafeRawPointer, _ order: UInt64, _ previous: UInt64
  ) -> Bool {
    order == previous && order != 0 && byteOrder(first, second, Int(order >> 56)) < 0
  }
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
  /// Equal keys are not plain.
  mutating func finish(_ first: Int, end: UnsafeMutableRawPointer) throws(NotPlain) {
    try arrange(members + first, count - first, end: end)
    count = first
  }

  /// jsonb's order of keys: length in bytes, then the bytes.
  private static func precedes(_ a: PlainMember, _ b: PlainMember) -> Bool {
    a.order != b.order ? a.order < b.order : byteOrder(a.key, b.key, a.count) < 0
  }

  private func arrange(
    _ own: UnsafeMutablePointer<PlainMember>, _ size: Int, end: UnsafeMutableRawPointer
  ) throws(NotPlain) {
    var position = 1
    while position < size, MemberStack.precedes(own[position - 1], own[position]) { position += 1 }
    if position < size { try reorder(own, size, end: end) }
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
