/// Which time zone names a deployment knows: those that Python finds where the deployment's workers run.
///
/// The zone that a name refers to always comes from the built-in database.
package struct ZoneNames: Sendable, Equatable {
  /// How the reader treats the name of a directory of the database (`Europe`).
  package enum DirectoryNames: String, Sendable, CaseIterable {
    /// The reader fails, as it does if Python's own tzdata package is installed.
    case fail
    /// The name is not a zone's, as if that package is not installed.
    case invalid
  }

  /// Sorted, without duplicates; `nil` for all names of the database.
  package private(set) var names: [String]?
  package var directoryNames = DirectoryNames.fail
  /// Whether each entry of the database is known; empty if all are.
  private var known: [Bool] = []

  /// All names of the database; directory names fail.
  package init() {}

  /// Python lists this name if a deployment has a file of that name, and only the file says what it means: never valid.
  private static let local = "localtime"

  /// Restricts the names to `names`; `nil` removes the restriction. Returns the names that the database lacks, sorted;
  /// if there are any, nothing changes. O(names · log names).
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

  /// Reads a time zone name as the deployment does: UTF-8 text from which white space has already been trimmed.
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
