import TestSupport
import Testing

/// training-signals.md §7: `session_trials` of jump_height counts the distinct session keys.
@Suite("training-signals.md §7: session key of a jump")
struct SessionKeyTests {
  @Test(arguments: keys + points + hints)
  func rule(_ rule: RuleCase) throws { try rule.check() }

  /// A jump of 40 cm; `more` members of data, each with a comma before it.
  static func jump(_ time: String, _ more: String = "", _ metadata: String = "{}") -> String {
    #"set.logged \#(time) {"exercise_id":"box_jump","jump_height_cm":40\#(more)} | \#(metadata)"#
  }

  /// A case of jumps and the number of sessions that they must give.
  static func trials(_ rule: String, _ jumps: [String], _ trials: Int) -> RuleCase {
    RuleCase(
      "training-signals.md §7: " + rule, jumps.joined(separator: "\n"),
      ["jump_height diagnostics.session_trials": "\(trials)"])
  }

  static let keys = [
    trials(
      "jumps of one local day are one session", [jump("01-05T01:00"), jump("01-05T12:00"), jump("01-05T23:00")], 1),
    trials("another day is another session", [jump("01-05T01:00"), jump("01-05T12:00"), jump("01-06T12:00")], 2),
    trials(
      "a session goes on over midnight, 3 h after the last jump at most",
      [jump("01-05T22:00"), jump("01-05T23:00"), jump("01-06T02:00")], 1),
    trials(
      "more than 3 h after the last jump is a new session",
      [jump("01-05T22:00"), jump("01-05T23:00"), jump("2026-01-06T02:00:00.000001Z")], 2),
    trials(
      "a session goes on over midnight, 8 h after its start at most",
      [jump("01-05T18:00"), jump("01-05T21:00"), jump("01-05T23:59"), jump("01-06T02:00")], 1),
    trials(
      "more than 8 h after the start is a new session",
      [jump("01-05T18:00"), jump("01-05T21:00"), jump("01-05T23:59"), jump("2026-01-06T02:00:00.000001Z")], 2),
    trials(
      "the day moves on with a session carried over midnight",
      [jump("01-05T23:00"), jump("01-06T01:00"), jump("01-06T15:00"), jump("01-06T23:00")], 1),
    trials(
      "the start stays with a session carried over midnight",
      [jump("01-05T17:00"), jump("01-05T23:30"), jump("01-06T00:30"), jump("01-06T23:30"), jump("01-07T00:30")], 2),
    trials(
      "a new session starts anew",
      [jump("01-05T17:00"), jump("01-06T17:00"), jump("01-06T22:00"), jump("01-07T00:59")], 2),
    trials(
      "a session id decides",
      [
        jump("01-05T10:00", "", #"{"session_id":"a"}"#), jump("01-05T10:00", "", #"{"session_id":" a "}"#),
        jump("01-09T10:00", "", #"{"session_id":"a"}"#), jump("01-09T11:00", "", #"{"session_id":"A"}"#),
      ], 2),
    trials(
      "a session id that is no string counts by its text, a falsy one not at all",
      [
        jump("01-05T10:00", "", #"{"session_id":7}"#), jump("01-06T10:00", "", #"{"session_id":"7"}"#),
        jump("01-07T10:00", "", #"{"session_id":0}"#), jump("01-07T11:00", "", #"{"session_id":[]}"#),
        jump("01-07T12:00", "", #"{"session_id":"  "}"#),
      ], 2),
    trials(
      "a session id in data is none",
      [jump("01-05T10:00", #","session_id":"a""#), jump("01-05T11:00"), jump("01-05T12:00")], 1),
    trials(
      "a session id resets the fallback",
      [jump("01-05T22:00"), jump("01-05T22:30", "", #"{"session_id":"a"}"#), jump("01-06T00:30")], 3),
    trials(
      "a session id and a day of one spelling are one key",
      [jump("01-05T22:00"), jump("01-09T22:30", "", #"{"session_id":"2026-01-05"}"#), jump("01-12T00:30")], 2),
    trials(
      "only a row that yields an observation moves the fallback",
      [
        jump("01-05T22:00"), #"set.logged 01-06T00:00 {"exercise_id":"box_jump"}"#, jump("01-05T22:10"),
        jump("01-06T01:10"), jump("01-06T02:00"),
      ], 1),
    RuleCase(
      "training-signals.md §7: the local day is that of the user's time zone",
      """
      preference.set 01-01T10:00 {"key":"timezone","value":"Europe/Berlin"}
      \(jump("01-05T08:00"))
      \(jump("01-05T10:00"))
      \(jump("01-05T23:10"))
      """, ["jump_height diagnostics.session_trials": "2"]),
    RuleCase(
      "capability-estimation.md: jump values are the best of each session, in order of first appearance",
      [
        #"set.logged 01-05T10:00 {"exercise_id":"box_jump","jump_height_cm":40}"#,
        #"set.logged 01-05T11:00 {"exercise_id":"box_jump","jump_height_cm":42}"#,
        #"set.logged 01-06T10:00 {"exercise_id":"box_jump","jump_height_cm":44.5}"#,
        #"set.logged 01-06T11:00 {"exercise_id":"box_jump","jump_height_cm":30}"#,
        #"set.logged 01-07T11:00 {"exercise_id":"box_jump","jump_height_cm":41}"#,
      ].joined(separator: "\n"),
      ["jump_height estimate": #"{"mean":42.5,"interval":[38.9666,46.0334]}"#, "n jump_height": "5"]),
  ]

  /// Three jumps. The last one has its own point in time, given by `members` or `metadata`. If that is on another day,
  /// there are two sessions.
  private static func point(_ rule: String, _ members: String, metadata: String = "{}", isOtherDay: Bool) -> RuleCase {
    trials(
      rule, [jump("01-05T10:00"), jump("01-05T10:00"), jump("01-05T11:00", members, metadata)], isOtherDay ? 2 : 1)
  }

  static let points: [RuleCase] =
    [
      "source_timestamp_utc", "provider_timestamp_utc", "source_timestamp", "provider_timestamp", "occurred_at",
      "started_at", "start_time_utc", "start_time", "device_timestamp", "device_time", "device_local_time",
      "recorded_at_local", "timestamp",
    ].map { point("\($0) is looked at", #","\#($0)":"2026-01-09T10:00:00Z""#, isOtherDay: true) } + [
      point(
        "provider before device", #","start_time":"2026-01-05T10:00:00Z","device_timestamp":"2026-01-09T10:00:00Z""#,
        isOtherDay: false),
      point(
        "device before generic", #","timestamp":"2026-01-09T10:00:00Z","recorded_at_local":"2026-01-05T10:00:00Z""#,
        isOtherDay: false),
      point(
        "within a group in the order given",
        #","start_time":"2026-01-09T10:00:00Z","source_timestamp_utc":"2026-01-05T10:00:00Z""#,
        isOtherDay: false),
      point(
        "within a group all of metadata before data", #","source_timestamp_utc":"2026-01-09T10:00:00Z""#,
        metadata: #"{"start_time":"2026-01-05T10:00:00Z"}"#, isOtherDay: false),
      point(
        "the first that parses wins", #","source_timestamp_utc":"soon","start_time":"2026-01-09T10:00:00Z""#,
        isOtherDay: true),
      point("numbers are epoch seconds", #","timestamp":1767960000"#, isOtherDay: true),
      point("numbers beyond 10¹² are milliseconds", #","timestamp":1767960000000"#, isOtherDay: true),
      trials(
        "booleans are epoch seconds",
        [jump("01-05T10:00", #","timestamp":true"#), jump("01-05T10:00"), jump("01-05T10:00")], 2),
      point("digits are epoch seconds, one point allowed", #","timestamp":" 1767960000.5 ""#, isOtherDay: true),
      point("digits of other scripts are", #","timestamp":"١٧٦٧٩٦٠٠٠٠""#, isOtherDay: true),
      point("digits beyond 10¹² are milliseconds", #","timestamp":"1767960000000""#, isOtherDay: true),
      point("a sign makes no digits, and no date", #","timestamp":"+1767960000""#, isOtherDay: false),
      point("an empty string is none", #","timestamp":"  ""#, isOtherDay: false),
      point(
        "null, arrays and objects are none", #","timestamp":[1767960000],"start_time":null,"device_time":{}"#,
        isOtherDay: false),
      point("strings are trimmed", #","timestamp":"\n2026-01-09T10:00:00Z ""#, isOtherDay: true),
      point(
        "a string without offset and without a zone hint is none", #","timestamp":"2026-01-09T10:00:00""#,
        isOtherDay: false),
      point("an offset counts", #","timestamp":"2026-01-06T01:00:00+03:00""#, isOtherDay: false),
    ]

  /// Two jumps at `after` (UTC), and one with a hinted local time. The session continues over midnight only if that is
  /// at most 3 h later.
  private static func hint(_ rule: String, after: String, _ members: String, metadata: String = "{}", isCarried: Bool)
    -> RuleCase
  {
    trials(
      rule, [jump(after), jump(after), jump(after, members, metadata)], isCarried ? 1 : 2)
  }

  static let hints = [
    hint(
      "a string without offset takes the zone hint", after: "2026-01-05T23:00:00Z",
      #","timestamp":"2026-01-06T03:00:00","timezone":"Europe/Berlin""#, isCarried: true),
    hint(
      "hints in the order given", after: "2026-01-05T23:00:00Z",
      #","timestamp":"2026-01-06T03:00:00","timezone":"UTC","source_timezone":"Europe/Berlin""#, isCarried: true),
    hint(
      "hints of metadata before data", after: "2026-01-05T23:00:00Z",
      #","timestamp":"2026-01-06T03:00:00","source_timezone":"UTC""#, metadata: #"{"time_zone":"Europe/Berlin"}"#,
      isCarried: true),
    hint(
      "an invalid hint is passed over", after: "2026-01-05T23:00:00Z",
      #","timestamp":"2026-01-06T03:00:00","source_timezone":"europe/berlin","device_timezone":" Europe/Berlin ""#,
      isCarried: true),
    hint(
      "a string with an offset does not take the hint", after: "2026-01-05T23:00:00Z",
      #","timestamp":"2026-01-06T03:00:00Z","timezone":"Europe/Berlin""#, isCarried: false),
    // On that day, 02:30 local time is first 00:30 UTC and then 01:30 UTC.
    hint(
      "at a fold the first of two readings", after: "2025-10-25T21:30:00Z",
      #","timestamp":"2025-10-26T02:30:00","timezone":"Europe/Berlin""#, isCarried: true),
    // On that day, 02:30 does not exist. With the offset before the transition, it is 01:30 UTC.
    hint(
      "in a gap the offset before the transition", after: "2026-03-28T22:30:00Z",
      #","timestamp":"2026-03-29T02:30:00","timezone":"Europe/Berlin""#, isCarried: true),
    hint(
      "in a gap not the offset after the transition", after: "2026-03-28T22:29:00Z",
      #","timestamp":"2026-03-29T02:30:00","timezone":"Europe/Berlin""#, isCarried: false),
  ]
}
