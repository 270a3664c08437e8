import EventModel
import JSONTape

/// The kept fields of an event's `data` or `metadata`: records list them in any order, packs by number. One per thread.
public final class PackedFields {
  /// For each field of a section, its number and then its offset: 8 and 56 bits.
  private let places = UnsafeMutablePointer<UInt64>.allocate(capacity: 256)

  init() {}

  deinit { places.deallocate() }

  /// Appends a section to an arena that has room, its fields by number. O(n) if they are in order.
  func append(_ section: UnsafeRawBufferPointer, to output: ByteArena) {
    guard let base = section.baseAddress, !section.isEmpty else { return }
    var count = 0
    var isAscending = true
    var place = base
    let end = base + section.count
    while place < end {
      precondition(count < 256, "a section has each field once")
      let key = UInt64(place.load(as: UInt8.self)) << 56 | UInt64(place - base)
      // By insertion: there are few.
      var hole = count
      while hole > 0, places[hole - 1] > key {
        places[hole] = places[hole - 1]
        hole -= 1
        isAscending = false
      }
      places[hole] = key
      count += 1
      place = PackedFields.end(of: place)
    }
    if isAscending { return output.put(section) }
    for index in 0..<count {
      let field = base + Int(truncatingIfNeeded: places[index] & (1 << 56 - 1))
      output.put(UnsafeRawBufferPointer(start: field, count: PackedFields.end(of: field) - field))
    }
  }

  /// Calls `body` with the number and the value of each field of a section.
  public static func each(of section: UnsafeRawBufferPointer, _ body: (UInt8, JSONValue) -> Void) {
    guard var place = section.baseAddress else { return }
    let end = place + section.count
    while place < end {
      body(place.load(as: UInt8.self), JSONValue(place + 2))
      place = PackedFields.end(of: place)
    }
  }

  /// Where the field at `place` ends.
  @inline(__always)
  private static func end(of place: UnsafeRawPointer) -> UnsafeRawPointer {
    let size = Int((place + 1).load(as: UInt8.self))
    return size > 0 ? place + 2 + size : JSONValue(place + 2).end
  }
}
