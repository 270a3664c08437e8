import EventModel
import Glibc

/// The memory of ``PlainWalker``s, lent to one after the other: the members of the objects that a walker is in, noted
/// to bring what was packed for them into jsonb order when their keys did not come in it. One per thread.
public final class PlainMembers {
  let stack: MemberStack

  public init() {
    stack = MemberStack(
      members: .allocate(capacity: PlainWalker.maxMembers), powersOfTen: .allocate(capacity: 16),
      idempotencyKeyName: TapeWalker.idempotencyKeyName)
    var power = 1.0
    for exponent in 0..<16 {
      stack.powersOfTen[exponent] = power
      power *= 10
    }
  }

  deinit {
    stack.members.deallocate()
    stack.powersOfTen.deallocate()
  }
}

/// A member's key and where its packed bytes begin.
@usableFromInline
struct PlainMember: BitwiseCopyable {
  var key: UnsafeRawPointer
  var count: Int
  var start: UnsafeMutableRawPointer
  var end: UnsafeMutableRawPointer
}

/// Members of nested objects, the innermost object's last. Plain pointers: walking counts no references.
@usableFromInline
struct MemberStack: BitwiseCopyable {
  let members: UnsafeMutablePointer<PlainMember>
  /// 10⁰ … 10¹⁵, all exact.
  let powersOfTen: UnsafeMutablePointer<Double>
  let idempotencyKeyName: UInt64
  /// How many are noted.
  var count = 0

  /// Notes a member before its bytes are packed.
  @inline(__always)
  mutating func add(_ key: UnsafeRawBufferPointer, at start: UnsafeMutableRawPointer) throws(NotPlain) {
    guard count < PlainWalker.maxMembers else { throw .line }
    members[count] = PlainMember(key: key.baseAddress!, count: key.count, start: start, end: start)
    count += 1
  }

  /// Ends the object whose members were noted from `first` on and whose packed bytes end at `end`; returns how many
  /// members it has. Equal keys are not plain.
  @inline(__always)
  mutating func finish(_ first: Int, end: UnsafeMutableRawPointer) throws(NotPlain) -> Int {
    let own = members + first
    let size = count - first
    var position = 1
    while position < size, MemberStack.precedes(own[position - 1], own[position]) { position += 1 }
    if position < size { try reorder(own, size, end: end) }
    count = first
    return size
  }

  /// jsonb's order of keys: length in bytes, then the bytes.
  @inline(__always)
  private static func precedes(_ a: PlainMember, _ b: PlainMember) -> Bool {
    a.count != b.count ? a.count < b.count : memcmp(a.key, b.key, a.count) < 0
  }

  @inline(never)
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
