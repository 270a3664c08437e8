import Testing

@testable import TimeZones

@Suite("values.md: time zone names")
struct LookupTests {
  @Test(
    "values.md: time zone names — the exact name of a zone or link is valid",
    arguments: [
      "Europe/Berlin", "Asia/Calcutta", "Asia/Kolkata", "US/Pacific", "Etc/GMT+5", "Etc/GMT-14", "EST5EDT", "EST",
      "GMT", "GMT0", "GMT+0", "GMT-0", "Zulu", "Universal", "Etc/UTC", "Factory", "America/Argentina/ComodRivadavia",
      "America/Port-au-Prince", "Africa/Abidjan", "W-SU", "NZ-CHAT",
    ])
  func validName(_ name: String) throws {
    #expect(try zone(name).name == name)
  }

  @Test(
    "values.md: time zone names — utc in any case is UTC",
    arguments: ["UTC", "utc", "Utc", "uTC", "uTc", "UtC", "utC"])
  func utcInAnyCase(_ name: String) {
    #expect(lookup(name) == .zone(.utc))
    #expect(TimeZone.utc.name == "UTC")
  }

  @Test(
    "values.md: time zone names — a text that names nothing is not valid",
    arguments: [
      "", "Not/AZone", "europe/berlin", "EUROPE/BERLIN", "GMT+2", "Etc/utc", "Europe/Berli", "Europe/Berlin2",
      "Europe/Berlin/x", "UTC/foo", "UTC+1", "U", "A", "zz", "~", "~/UTC", "Europe\\Berlin", "C:\\UTC",
      "Europe /Berlin", "America/New York", "Europe/Zürich", "Ｕtc", "...", ".../x",
      ".UTC", "UTC.", "Europe/.Berlin", "..x/y", "x..", "zone.tab/x",
      "zonenow.tab", "europe", "ZONE.TAB", "+05:30", "Europe/Berlin\u{0}", "\u{0}",
      String(repeating: "a", count: 5000), String(repeating: "a/", count: 5000) + "b",
    ])
  func unknownName(_ name: String) {
    #expect(lookup(name) == .unknown)
  }

  @Test(
    "values.md: time zone names — a name that only some deployments have is not valid",
    arguments: [
      "localtime", "posixrules", "posix", "right", "posix/Europe/Berlin", "right/UTC", "posix/Europe", "localtime/x",
    ])
  func deploymentDependentName(_ name: String) {
    #expect(lookup(name) == .unknown)
  }

  @Test(
    "values.md: time zone names — an absolute path is a failure",
    arguments: ["/", "/UTC", "/usr/share/zoneinfo/UTC", "//UTC", "/etc/localtime"])
  func absolutePath(_ name: String) {
    #expect(lookup(name) == .failure)
  }

  @Test(
    "values.md: time zone names — a path not in normal form is a failure",
    arguments: [
      ".", "..", "./UTC", "UTC/.", "UTC/", "Europe//Berlin", "Europe/./Berlin", "Europe/", "../UTC", "../_/UTC",
      "Europe/../UTC", "Europe/..", "Not//AZone", "nonsense/", "posix/../UTC", "posix/", "a/b/", "x/..",
    ])
  func pathNotInNormalForm(_ name: String) {
    #expect(lookup(name) == .failure)
  }

  @Test(
    "values.md: time zone names — a directory of the database is recognised",
    arguments: [
      "Africa", "America", "America/Argentina", "America/Indiana", "America/Kentucky", "America/North_Dakota",
      "Antarctica", "Arctic", "Asia", "Atlantic", "Australia", "Brazil", "Canada", "Chile", "Etc", "Europe", "Indian",
      "Mexico", "Pacific", "US",
    ])
  func directory(_ name: String) {
    #expect(lookup(name) == .directory)
  }

  @Test(
    "values.md: time zone names — a file of the database that is not a zone is a failure",
    arguments: ["zone.tab", "zone1970.tab", "iso3166.tab", "tzdata.zi", "leapseconds", "leap-seconds.list"])
  func fileThatIsNoZone(_ name: String) {
    #expect(lookup(name) == .failure)
  }

  @Test("The database is release 2025b with every zone and link of Debian's package")
  func database() throws {
    let names = TimeZoneDatabase.names
    #expect(TimeZoneDatabase.release == "2025b")
    #expect(names.count == 598)
    #expect(names.first == "Africa/Abidjan")
    #expect(names.last == "Zulu")
    for name in names { #expect(try zone(name).name == name) }
  }

  @Test("Zones are equal if their names are")
  func equality() throws {
    #expect(try zone("Europe/Berlin") == zone("Europe/Berlin"))
    #expect(try zone("Asia/Calcutta") != zone("Asia/Kolkata"))
    #expect(try zone("Etc/UTC") != .utc)
  }
}
