import Testing

@testable import TimeZones

@Suite("values.md: time zone names — what a deployment knows")
struct ZoneNamesTests {
  private func lookup(_ name: String, _ names: ZoneNames) -> ZoneLookup {
    Array(name.utf8).withUnsafeBytes { names.lookup(trimmed: $0) }
  }

  private static let texts =
    TimeZoneDatabase.names + [
      "", "utc", "Not/AZone", "localtime", "/", "Europe//Berlin", "Europe", "America/Argentina", "zone.tab",
      "tzdata.zi",
    ]

  @Test("by default all names of the database and nothing else; directory names fail")
  func builtIn() {
    let names = ZoneNames()
    for text in ZoneNamesTests.texts { #expect(lookup(text, names) == TimeZonesTests.lookup(text)) }
    #expect(lookup("Europe", names) == .directory)
  }

  @Test("names: only these are valid, in their own spelling, and UTC always; what fails still fails")
  func restricted() throws {
    var names = ZoneNames()
    #expect(names.restrict(to: ["Europe/Berlin", "Asia/Kolkata", "Europe/Berlin"]) == [])
    #expect(names.names == ["Asia/Kolkata", "Europe/Berlin"])
    #expect(try lookup("Europe/Berlin", names) == .zone(zone("Europe/Berlin")))
    // A link is not valid just because its target is.
    for text in ["US/Pacific", "Asia/Calcutta", "Europe/Paris", "Etc/UTC", "Zulu"] {
      #expect(lookup(text, names) == .unknown)
    }
    for text in ["UTC", "utc"] { #expect(lookup(text, names) == .zone(.utc)) }
    for text in ["/", "Europe//Berlin", "../UTC", "zone.tab"] { #expect(lookup(text, names) == .failure) }
    for text in ["Europe", "US"] { #expect(lookup(text, names) == .directory) }
    #expect(names.restrict(to: []) == [])
    #expect(lookup("Europe/Berlin", names) == .unknown && lookup("UTC", names) == .zone(.utc))
    #expect(names.restrict(to: nil) == [])
    #expect(names == ZoneNames())
  }

  @Test("names: all names of Python are accepted, localtime stays invalid; unknown ones are returned, nothing changes")
  func listed() {
    var names = ZoneNames()
    #expect(names.restrict(to: TimeZoneDatabase.names + ["localtime"]) == [])
    for text in ZoneNamesTests.texts { #expect(lookup(text, names) == TimeZonesTests.lookup(text)) }
    var same = names
    #expect(
      same.restrict(to: ["UTC", "Mars/Olympus", "Europe", "zone.tab", ""]) == [
        "", "Europe", "Mars/Olympus", "zone.tab",
      ])
    #expect(same == names)
  }

  @Test("directory_names invalid: a directory is an unknown name; paths and files that are not zones still fail")
  func directories() {
    var names = ZoneNames()
    names.directoryNames = .invalid
    for text in ["Europe", "America/Argentina", "Etc", "US", "America/North_Dakota"] {
      #expect(lookup(text, names) == .unknown)
    }
    for text in [
      "/", "Europe/", "zone.tab", "zone1970.tab", "iso3166.tab", "tzdata.zi", "leapseconds", "leap-seconds.list",
    ] {
      #expect(lookup(text, names) == .failure)
    }
    for text in TimeZoneDatabase.names { #expect(lookup(text, names) == TimeZonesTests.lookup(text)) }
  }
}
