import EventModel

/// Finds the text of an id, in either case, in the bytes of a record. Uses Horspool's search, which examines about
/// every thirtieth byte of a record without the id.
struct IDSearch: Sendable {
  let id: UserID
  private let pattern: [UInt8]
  /// How far to advance, by the byte under the pattern's end.
  private let shift: [UInt8]

  init(_ id: UserID) {
    self.id = id
    pattern = Array(id.description.utf8)
    var shift = [UInt8](repeating: UInt8(pattern.count), count: 256)
    for (at, byte) in pattern.dropLast().enumerated() {
      let left = UInt8(pattern.count - 1 - at)
      shift[Int(byte)] = left
      shift[Int(IDSearch.upper(byte))] = left
    }
    self.shift = shift
  }

  /// Whether the record contains the id. O(n / 36) for an ordinary record without it.
  func isIn(_ record: UnsafeRawBufferPointer) -> Bool {
    let last = pattern.count - 1
    return pattern.withUnsafeBufferPointer { pattern in
      shift.withUnsafeBufferPointer { shift in
        var end = last
        while end < record.count {
          let byte = record[end]
          if IDSearch.lower(byte) == pattern[last] {
            var at = 0
            while at < last, IDSearch.lower(record[end - last + at]) == pattern[at] { at += 1 }
            if at == last { return true }
          }
          end += Int(shift[Int(byte)])
        }
        return false
      }
    }
  }

  @inline(__always)
  private static func lower(_ byte: UInt8) -> UInt8 { byte &- 0x41 < 26 ? byte | 0x20 : byte }
  private static func upper(_ byte: UInt8) -> UInt8 { byte &- 0x61 < 26 ? byte & ~0x20 : byte }
}
