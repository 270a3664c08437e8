import EventModel
import Glibc

/// The members of the objects that a ``PlainWalker`` is in: brings what was packed for them into jsonb order when
/// their keys did not come in it. One per thread, lent to each walker.
public final class PlainMembers {
  /// A member's key and where its packed bytes begin.
  private struct Member: BitwiseCopyable {
    var key: UnsafeRawPointer
    var count: Int
    var start: UnsafeMutableRawPointer
    var end: UnsafeMutableRawPointer
  }

  private let members = UnsafeMutablePointer<Member>.allocate(capacity: PlainWalker.maxMembers)
  private var count = 0
  private let scratch = ByteArena()
  let idempotencyKeyName = TapeWalker.idempotencyKeyName
  /// 10⁰ … 10¹⁵, all exact.
  let powersOfTen: UnsafeMutablePointer<Double>

  public init() {
    powersOfTen = .allocate(capacity: 16)
    var power = 1.0
    for exponent in 0..<16 {
      powersOfTen[exponent] = power
      power *= 10
    }
  }

  deinit {
    members.deallocate()
    powersOfTen.deallocate()
  }

  /// Forgets the members of a line that was given up.
  @inline(__always)
  public func reset() { count = 0 }

  /// Begins an object; returns what ``finish(_:end:)`` wants.
  @inline(__always)
  func begin() -> Int { count }

  /// Notes a member before its bytes are packed.
  @inline(__always)
  func add(_ key: UnsafeRawBufferPointer, at start: UnsafeMutableRawPointer) throws(NotPlain) {
    guard count < PlainWalker.maxMembers else { throw .line }
    members[count] = Member(key: key.baseAddress!, count: key.count, start: start, end: start)
    count += 1
  }

  /// Ends an object whose packed bytes end at `end`, and returns how many members it has. Equal keys are not plain.
  @inline(__always)
  func finish(_ first: Int, end: UnsafeMutableRawPointer) throws(NotPlain) -> Int {
    let own = members + first
    let size = count - first
    var position = 1
    while position < size, PlainMembers.precedes(own[position - 1], own[position]) { position += 1 }
    if position < size { try reorder(own, size, end: end) }
    count = first
    return size
  }

  /// jsonb's order of keys: length in bytes, then the bytes.
  @inline(__always)
  private static func precedes(_ a: Member, _ b: Member) -> Bool {
    a.count != b.count ? a.count < b.count : memcmp(a.key, b.key, a.count) < 0
  }

  private func reorder(
    _ own: UnsafeMutablePointer<Member>, _ size: Int, end: UnsafeMutableRawPointer
  ) throws(NotPlain) {
    let start = own[0].start
    for position in 0..<size { own[position].end = position + 1 < size ? own[position + 1].start : end }
    for position in 1..<size {
      let member = own[position]
      var at = position
      while at > 0, PlainMembers.precedes(member, own[at - 1]) {
        own[at] = own[at - 1]
        at -= 1
      }
      own[at] = member
    }
    for position in 1..<size where !PlainMembers.precedes(own[position - 1], own[position]) { throw .line }
    scratch.count = 0
    scratch.reserve(end - start)
    for position in 0..<size {
      scratch.put(UnsafeRawBufferPointer(start: own[position].start, count: own[position].end - own[position].start))
    }
    memcpy(start, scratch.base, scratch.count)
  }
}
