import EventModel

/// Rewrites lines of ``LineWriter`` as an application would write them.
///
/// The values are those of the line, byte for byte. Each byte is read once, and copied once for each object that holds
/// it.
struct CompactLine: ~Copyable {
  private struct Member {
    var rank: UInt8
    var start: Int
    var end: Int
  }

  private let line: UnsafeMutablePointer<UInt8>
  private var count = 0
  private let reordered: UnsafeMutablePointer<UInt8>
  /// The members of the objects that are open, the outermost object's first.
  private var members: [Member] = []

  init() {
    line = .allocate(capacity: LineWriter.capacity)
    reordered = .allocate(capacity: LineWriter.capacity)
  }

  deinit {
    line.deallocate()
    reordered.deallocate()
  }

  /// The line in compact style, until the next call. The columns of the table keep their order.
  mutating func rewritten(_ original: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
    guard let base = original.baseAddress else { return original }
    var at = base.assumingMemoryBound(to: UInt8.self)
    count = 0
    object(&at, isRow: true)
    precondition(UnsafeRawPointer(at) == base + (original.count - 1), "a line is one object and a line feed")
    append(0x0A)
    return UnsafeRawBufferPointer(start: line, count: count)
  }

  private mutating func append(_ byte: UInt8) {
    line[count] = byte
    count += 1
  }

  private mutating func value(_ at: inout UnsafePointer<UInt8>) {
    switch at.pointee {
    case UInt8(ascii: "{"): object(&at, isRow: false)
    case UInt8(ascii: "["): array(&at)
    case UInt8(ascii: "\""): string(&at)
    default:
      // A number or a literal.
      while at.pointee != UInt8(ascii: ","), at.pointee != UInt8(ascii: "}"), at.pointee != UInt8(ascii: "]") {
        take(&at)
      }
    }
  }

  private mutating func take(_ at: inout UnsafePointer<UInt8>) {
    append(at.pointee)
    at += 1
  }

  private mutating func string(_ at: inout UnsafePointer<UInt8>) {
    repeat {
      if at.pointee == UInt8(ascii: "\\") { take(&at) }
      take(&at)
    } while at.pointee != UInt8(ascii: "\"")
    take(&at)
  }

  private mutating func array(_ at: inout UnsafePointer<UInt8>) {
    take(&at)
    while at.pointee != UInt8(ascii: "]") {
      value(&at)
      if at.pointee == UInt8(ascii: ",") { take(&at) }
      if at.pointee == UInt8(ascii: " ") { at += 1 }
    }
    take(&at)
  }

  private mutating func object(_ at: inout UnsafePointer<UInt8>, isRow: Bool) {
    take(&at)
    let first = members.count
    let start = count
    while at.pointee != UInt8(ascii: "}") {
      members.append(member(&at, isRow: isRow))
      if at.pointee == UInt8(ascii: ",") { at += 1 }
      if at.pointee == UInt8(ascii: " ") { at += 1 }
    }
    if !isRow { sortMembers(from: first) }
    joinMembers(from: first, start: start)
    members.removeLast(members.count - first)
    take(&at)
  }

  private mutating func member(_ at: inout UnsafePointer<UInt8>, isRow: Bool) -> Member {
    let start = count
    string(&at)
    let name = UnsafeRawBufferPointer(start: line + start + 1, count: count - start - 2)
    let rank = isRow ? 0 : ClientOrder.table.index(of: name)
    precondition(isRow || rank != 0, "ClientOrder lacks a member")
    take(&at)
    if at.pointee == UInt8(ascii: " ") { at += 1 }
    value(&at)
    return Member(rank: rank, start: start, end: count)
  }

  /// Sorts by insertion: an object has few members.
  private mutating func sortMembers(from first: Int) {
    for next in members.indices[first...].dropFirst() {
      let member = members[next]
      var place = next
      while place > first, members[place - 1].rank > member.rank {
        members[place] = members[place - 1]
        place -= 1
      }
      members[place] = member
    }
  }

  /// Writes the members anew from `start` on, in their present order, with commas between them.
  private mutating func joinMembers(from first: Int, start: Int) {
    var length = 0
    for index in members.indices[first...] {
      let member = members[index]
      if index > first {
        reordered[length] = UInt8(ascii: ",")
        length += 1
      }
      (reordered + length).update(from: line + member.start, count: member.end - member.start)
      length += member.end - member.start
    }
    (line + start).update(from: reordered, count: length)
    count = start + length
  }
}
