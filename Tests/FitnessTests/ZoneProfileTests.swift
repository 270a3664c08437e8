import Fitness
import Folding
import TestSupport
import Testing

/// values.md, time zone names: the names that a deployment's Python knows come from the profile.
@Suite("values.md: the profile's time zone names")
struct ZoneProfileTests {
  private static func profile(names: [String]? = nil, directories: String = "fail") throws -> Profile {
    var profile = Profile()
    #expect(profile.timeZones.restrict(to: names) == [])
    profile.timeZones.directoryNames = try #require(.init(rawValue: directories))
    return profile
  }

  private static func preferences(_ values: String...) -> String {
    values.enumerated().map { #"preference.set 01-0\#($0 + 1)T10:00 {"key":"timezone","value":"\#($1)"}"# }
      .joined(separator: "\n") + "\nset.logged 01-05T10:00 {}"
  }

  private static func zone(_ rule: String, _ history: String, _ name: String, assumed: Bool = false) -> RuleCase {
    RuleCase(
      "values.md: time zone names — " + rule, history,
      [
        "strength_1rm timezone_context.timezone": "\"\(name)\"",
        "strength_1rm timezone_context.assumed": String(assumed),
      ])
  }

  @Test("names: a preference for another name is ignored in favour of an older one, or of the assumed UTC")
  func names() throws {
    let legacy = ZoneProfileTests.preferences("Europe/Berlin", "US/Pacific")
    try ZoneProfileTests.zone("all names", legacy, "US/Pacific").check()
    let profile = try ZoneProfileTests.profile(names: ["Europe/Berlin", "UTC"])
    try ZoneProfileTests.zone("a name not known gives way to an older one", legacy, "Europe/Berlin").check(
      profile: profile)
    try ZoneProfileTests.zone(
      "a name not known alone", ZoneProfileTests.preferences("US/Pacific"), "UTC", assumed: true
    ).check(profile: profile)
    try ZoneProfileTests.zone("utc", ZoneProfileTests.preferences("utc"), "UTC").check(
      profile: ZoneProfileTests.profile(names: []))
  }

  /// With the hint, the jumps' own times count, and two of the jumps are days apart. Without it, these times have no
  /// offset, and the events' timestamps count instead.
  private static let hinted = """
    set.logged 01-05T10:00 {"sport":"box_jump","jump_height_cm":40,"timestamp":"2026-01-05T15:00:00","timezone":"US/Pacific"}
    set.logged 01-05T11:00 {"sport":"box_jump","jump_height_cm":40,"timestamp":"2026-01-07T15:00:00","timezone":"US/Pacific"}
    set.logged 01-05T12:00 {"sport":"box_jump","jump_height_cm":40}
    """

  @Test("names: a hint for another name is ignored")
  func hints() throws {
    func sessions(_ count: Int) -> RuleCase {
      RuleCase(
        "values.md: time zone names — hints", ZoneProfileTests.hinted,
        ["jump_height diagnostics.session_trials": String(count)])
    }
    try sessions(2).check()
    try sessions(1).check(profile: ZoneProfileTests.profile(names: ["America/Los_Angeles"]))
  }

  @Test("directory_names: a failure by default, otherwise an invalid name, in preferences and hints")
  func directories() throws {
    let preference = ZoneProfileTests.preferences("Asia/Tokyo", "Europe")
    let hint =
      "set.logged 01-05T10:00 {\"sport\":\"box_jump\",\"jump_height_cm\":40,\"device_timezone\":\"America/Argentina\"}"
    for history in [preference, hint] {
      try RuleCase(
        "values.md: a directory's name", history,
        ["failed capability_estimation": "\"invalid_time_zone_key\"", "has strength_1rm": "false"]
      ).check(profile: ZoneProfileTests.profile())
    }
    let invalid = try ZoneProfileTests.profile(directories: "invalid")
    try ZoneProfileTests.zone("a directory's name is invalid", preference, "Asia/Tokyo").check(profile: invalid)
    try RuleCase("values.md: a directory as a hint", hint, ["n jump_height": "1"]).check(profile: invalid)
    try RuleCase(
      "values.md: other paths still fail", ZoneProfileTests.preferences("Asia/Tokyo", "Europe/"),
      ["failed capability_estimation": "\"invalid_time_zone_key\""]
    ).check(profile: invalid)
  }
}
