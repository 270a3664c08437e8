import EventModel

/// A time zone of the embedded database: a handle of eight bytes, free to copy.
///
/// Two handles are equal if their names are. A link (`Asia/Calcutta`) and its zone (`Asia/Kolkata`) are different
/// values that give the same answers.
package struct TimeZone: Sendable, Hashable, BitwiseCopyable {
  /// ``entry``, packed.
  private let number: UInt16
  /// Offset of the zone's body in the database, in bytes.
  let body: UInt32

  private init(entry: Int) {
    number = UInt16(entry)
    self.body = TimeZoneDatabase.body(ofEntry: entry)
  }

  /// Index in the name table.
  var entry: Int { Int(number) }

  /// The name as the database spells it, such as `Europe/Berlin`. O(length of the name).
  package var name: String { String(decoding: TimeZoneDatabase.name(ofEntry: entry), as: UTF8.self) }

  /// The zone named `UTC`.
  package static let utc = "UTC".withContiguousUTF8 { TimeZone(entry: TimeZoneDatabase.entry(named: $0)!) }
}

extension TimeZone: CustomStringConvertible {
  package var description: String { name }
}

/// The result of reading a text as a time zone name.
package enum ZoneLookup: Sendable, Hashable {
  /// It names this zone or link.
  case zone(TimeZone)
  /// It is not a valid name: the reader continues as if there were none.
  case unknown
  /// It names a directory of the database; whether the live reducer raises on it depends on the deployment.
  case directory
  /// The live reducer raises on it (`invalid_time_zone_key`).
  case failure
}

extension TimeZone {
  /// Reads a time zone name: UTF-8 text from which white space has already been trimmed.
  ///
  /// `utc` in any case is `UTC`; every other name is matched byte for byte. Of texts that name no zone, names of the
  /// database's directories are `directory`, paths not in normal form and files of the database that are not zones are
  /// `failure`, and all others are `unknown`. O(log names + length).
  package static func lookup(trimmed name: UnsafeRawBufferPointer) -> ZoneLookup {
    if name.isEmpty { return .unknown }
    if isUTC(name) { return .zone(.utc) }
    if let entry = TimeZoneDatabase.entry(named: name) {
      if TimeZoneDatabase.body(ofEntry: entry) != 0 { return .zone(TimeZone(entry: entry)) }
      return TimeZoneDatabase.isDirectory(entry) ? .directory : .failure
    }
    return isNormalRelativePath(name) ? .unknown : .failure
  }

  /// Whether the text is `utc` in any mix of cases.
  private static func isUTC(_ name: UnsafeRawBufferPointer) -> Bool {
    name.count == 3 && name[0] | 0x20 == 0x75 && name[1] | 0x20 == 0x74 && name[2] | 0x20 == 0x63
  }

  /// Whether no component is empty, `.` or `..`. An absolute path begins with an empty component, and a trailing slash
  /// adds one at the end.
  private static func isNormalRelativePath(_ path: UnsafeRawBufferPointer) -> Bool {
    var length = 0
    var dots = 0
    for byte in path {
      if byte == UInt8(ascii: "/") {
        if length == dots && length <= 2 { return false }
        length = 0
        dots = 0
      } else {
        length += 1
        if byte == UInt8(ascii: ".") { dots += 1 }
      }
    }
    return length != dots || length > 2
  }
}

extension String {
  /// Calls `body` with the string's UTF-8 as raw bytes, valid during the call.
  fileprivate func withContiguousUTF8<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
    var copy = self
    return copy.withUTF8 { body(UnsafeRawBufferPointer($0)) }
  }
}
