/// Which time zone names a deployment knows: what its Python finds where its workers run.
///
/// What a name stands for is always the database built in.
package struct ZoneNames: Sendable, Equatable {
  /// What the name of a directory of the database (`Europe`) does to the reader.
  package enum DirectoryNames: String, Sendable, CaseIterable {
    /// It fails him, as where Python's own tzdata package is installed.
    case fail
    /// It names no zone, as where that package is not installed.
    case invalid
  }

  /// Sorted, each once; `nil` for all names of the database.
  package private(set) var names: [String]?
  package var directoryNames = DirectoryNames.fail
  /// By entry of the database; empty for all.
  private var known: [Bool] = []

  /// All names of the database; directory names fail.
  package init() {}

  /// Python lists it where a deployment has a file of that name, and only that file tells what it means: never valid.
  private static let local = "localtime"

  /// Restricts the names to these, or to none with `nil`. Returns those that the database does not have, sorted; only
  /// without any is the restriction made. O(names · log names).
  package mutating func restrict(to names: [String]?) -> [String] {
    var known: [Bool] = []
    var unknown: Set<String> = []
    if let names {
      known = Array(repeating: false, count: TimeZoneDatabase.nameCount)
      for name in names where name != ZoneNames.local {
        if let entry = TimeZoneDatabase.zoneEntry(named: name) { known[entry] = true } else { unknown.insert(name) }
      }
    }
    if unknown.isEmpty {
      self.known = known
      self.names = names.map { Set($0).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) } }
    }
    return unknown.sorted()
  }

  /// Reads a time zone name as the deployment does: UTF-8 text from which white space has been trimmed already.
  ///
  /// `UTC` is known everywhere. O(log names + length).
  @inline(__always)
  package func lookup(trimmed name: UnsafeRawBufferPointer) -> ZoneLookup {
    let found = TimeZone.lookup(trimmed: name)
    switch found {
    case .zone(let zone): return known.isEmpty || known[zone.entry] || zone == .utc ? found : .unknown
    case .directory: return directoryNames == .invalid ? .unknown : found
    case .unknown, .failure: return found
    }
  }
}
