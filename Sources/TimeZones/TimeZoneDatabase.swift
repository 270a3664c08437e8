import CTimeZoneData
import EventModel

/// The IANA time zone database inside the executable, as Debian's tzdata package builds it.
///
/// Everything is read in place from constant data, so it is safe to use from any thread and nothing can fail at run
/// time. `Sources/CTimeZoneData/generate.py` writes the data and describes its layout.
package enum TimeZoneDatabase {
  /// The release of the database, such as `2025b`. O(1).
  package static var release: String {
    String(decoding: UnsafeRawBufferPointer(start: text, count: releaseLength), as: UTF8.self)
  }

  /// The names of all zones and links, ordered by their bytes. O(number of names), some 600.
  package static var names: [String] {
    (0..<nameCount).filter { body(ofEntry: $0) != 0 }.map { String(decoding: name(ofEntry: $0), as: UTF8.self) }
  }

  /// The number of entries of the name table: zones, links, directories and files that are not zones.
  static var nameCount: Int { Int(value(at: 8) as UInt16) }

  /// The entry with exactly these bytes as its name, `nil` if there is none. O(log names).
  static func entry(named wanted: UnsafeRawBufferPointer) -> Int? {
    var low = 0
    var high = nameCount
    while low < high {
      let middle = (low + high) / 2
      let order = name(ofEntry: middle).order(to: wanted)
      if order == 0 { return middle }
      if order < 0 { low = middle + 1 } else { high = middle }
    }
    return nil
  }

  /// The entry of the zone or link with exactly this name, `nil` if there is none. O(log names).
  static func zoneEntry(named wanted: String) -> Int? {
    var copy = wanted
    guard let entry = copy.withUTF8({ entry(named: UnsafeRawBufferPointer($0)) }) else { return nil }
    return body(ofEntry: entry) != 0 ? entry : nil
  }

  /// Whether an entry is a directory: other entries are in it, and they come after it. O(names that begin with its
  /// name).
  static func isDirectory(_ entry: Int) -> Bool {
    let name = name(ofEntry: entry)
    for other in entry + 1..<nameCount {
      let longer = self.name(ofEntry: other)
      if !longer.starts(with: name) { return false }
      if longer.count > name.count, longer[name.count] == UInt8(ascii: "/") { return true }
    }
    return false
  }

  /// The name of an entry, ASCII. O(1).
  static func name(ofEntry entry: Int) -> UnsafeRawBufferPointer {
    let at = entriesStart + entry * entrySize
    return UnsafeRawBufferPointer(
      start: text + Int(value(at: at) as UInt16), count: Int(value(at: at + 2) as UInt8))
  }

  /// Offset of an entry's body in the database, in bytes; 0 for a directory or a file that is not a zone. O(1).
  static func body(ofEntry entry: Int) -> UInt32 { value(at: entriesStart + entry * entrySize + 4) }

  /// The little-endian number at an offset, which must be a multiple of the number's size. O(1).
  @inline(__always)
  static func value<Number: FixedWidthInteger & BitwiseCopyable>(at offset: Int) -> Number {
    Number(littleEndian: bytes.load(fromByteOffset: offset, as: Number.self))
  }

  private static var bytes: UnsafeRawPointer { refold_tzdb_bytes() }
  private static var releaseLength: Int { Int(value(at: 10) as UInt16) }
  private static var text: UnsafeRawPointer { bytes + Int(value(at: 12) as UInt32) }
  private static var entriesStart: Int { 16 }
  private static var entrySize: Int { 8 }
}
