import EventModel
import JSONTape
import Reconciliation
import TestSupport
import Testing

/// Runs `body` with two packed values.
func withPacked<Result>(_ a: String, _ b: String, _ body: (JSONValue, JSONValue) throws -> Result) throws -> Result {
  let (left, right) = (try PackedJSON(a).packed, try PackedJSON(b).packed)
  return try left.withUnsafeBytes { left in
    try right.withUnsafeBytes { right in try body(JSONValue(left.baseAddress!), JSONValue(right.baseAddress!)) }
  }
}

@Suite("diff: exact equality")
struct EqualityTests {
  @Test(
    "equal: integers as integers, other numbers as doubles, objects unordered",
    arguments: [
      ("5", "5.0"), ("100", "1e2"), ("{\"a\":1,\"bb\":[2,3]}", "{\"bb\":[2,3],\"a\":1.0}"),
      ("100000000000000000000", "1e20"), ("9007199254740993", "9007199254740992.0"),
      ("11666666666666668000000000", "1.1666666666666668e25"), ("-0.0", "0"), ("\"\\u00e9\"", "\"é\""),
    ])
  func equal(a: String, b: String) throws {
    #expect(try withPacked(a, b, isSame))
    #expect(try withPacked(b, a, isSame))
  }

  @Test(
    "not equal: true is not 1, arrays are ordered, absence is not null",
    arguments: [
      ("true", "1"), ("false", "0"), ("null", "0"), ("[1,2]", "[2,1]"), ("{\"a\":null}", "{}"), ("[1]", "[1,1]"),
      ("9007199254740993", "9007199254740992"), ("100000000000000000000", "100000000000000000001"),
      ("0.1", "0.10000000000000002"), ("\"1\"", "1"), ("\"e\\u0301\"", "\"é\""), ("{}", "[]"), ("\"\"", "null"),
      ("{\"e\\u0301\":1}", "{\"é\":1}"),
    ])
  func different(a: String, b: String) throws {
    #expect(try !withPacked(a, b, isSame))
    #expect(try !withPacked(b, a, isSame))
    #expect(try !withPacked(a, b) { differences(of: $0, and: $1, clock: "generated_at").isEmpty })
  }

  @Test("another instant in generated_at is ignored at the top level, but not below")
  func generatedAt() throws {
    let (one, other) = (
      "\"generated_at\":\"2026-02-22T00:00:00+00:00\"", "\"generated_at\":\"2026-02-21T10:00:00.5+00:00\""
    )
    func isSame(_ a: String, _ b: String) throws -> Bool {
      let hasNoDifference = try withPacked(a, b) { differences(of: $0, and: $1, clock: "generated_at").isEmpty }
      #expect(try withPacked(a, b) { isSameData($0, $1, clock: "generated_at") } == hasNoDifference, "\(a) \(b)")
      return hasNoDifference
    }
    #expect(try isSame("{\(one),\"a\":2}", "{\"a\":2,\(other)}"))
    #expect(try !isSame("{\"a\":{\(one)}}", "{\"a\":{\(other)}}"))
    // Its presence, and that it is an instant, are data.
    for damaged in ["{}", "{\"generated_at\":1}", "{\"generated_at\":\"x\"}", "{\"generated_at\":null}"] {
      #expect(try !isSame("{\(one)}", damaged), "\(damaged)")
      #expect(try !isSame(damaged, "{\(one)}"), "\(damaged)")
      #expect(try isSame(damaged, damaged), "\(damaged)")
    }
  }

  @Test("every difference is named once, by its path")
  func paths() throws {
    let rebuilt = "{\"a\":{\"b\":[1,2,3],\"c\":1},\"d.e\":1,\"f\":true,\"g\":{\"h\":1}}"
    let live = "{\"a\":{\"b\":[1,5],\"k\":1},\"d.e\":2,\"f\":true,\"g\":[1]}"
    let paths = try withPacked(rebuilt, live) { differences(of: $0, and: $1, clock: "generated_at").map(\.path.text) }
    #expect(paths == ["a.b[1]", "a.b[2]", "a.c", "a.k", "g", "[\"d.e\"]"])
  }
}

@Suite("diff: path patterns")
struct PathPatternTests {
  private let path = ValuePath([.key("caveats"), .index(3), .key("details"), .key("a.b")])

  @Test(
    "a pattern covers the path and everything below it",
    arguments: [
      "caveats", "caveats[3]", "caveats[*]", "caveats.*", "*", "caveats[].details", "caveats.*.details[\"a.b\"]",
      "*.*.*.*",
    ])
  func covers(text: String) throws {
    #expect(try PathPattern(text).covers(path))
  }

  @Test(
    "and nothing else", arguments: ["caveat", "caveats[2]", "caveats.details", "caveats[3].details.a", "*.*.*.*.*"])
  func coversNot(text: String) throws {
    #expect(try !PathPattern(text).covers(path))
  }

  @Test(
    "malformed patterns are refused",
    arguments: ["", ".", "a.", ".a", "a..b", "a[", "a[x]", "a[-1]", "a[\"b]", "a]b[0]c"])
  func refused(text: String) {
    #expect(throws: PathPattern.Fault.self) { try PathPattern(text) }
  }
}

@Suite("diff: causes of one row")
struct ExplanationTests {
  private let name = ProjectionName(type: "capability_estimation", key: "endurance_threshold")
  private let texts = [
    TextPlace("advice", .list(twin: "more.advice")),
    TextPlace("more.advice", .list(twin: "advice")),
    TextPlace("note", .text),
    TextPlace("warnings.*.message", .text),
  ]
  private let wordings = Wordings(
    own: [
      Wording("a", "first"), Wording("b", "second"), Wording("y", "note"), Wording("u", "warning"),
      Wording("v", "other warning"),
    ], others: [Wording("a before", "first"), Wording("b before", "second")])

  private func causes(
    live: String, asOf: String, instant: String? = nil, visible: String? = nil, rules: FieldRules = FieldRules(),
    hasLog: Bool = true
  ) throws -> [Cause] {
    let comparer = RowComparer(
      name: name, clock: "generated_at",
      drift: [
        DriftPlace(
          key: "endurance_threshold", path: "diagnostics.average_reference_freshness_days",
          observations: "data_sufficiency.observed_observations")
      ], observations: nil, texts: TextRules(texts, wordings), rules: rules)
    func compare(_ rebuilt: String?, _ baseline: Baseline) throws -> RowComparison? {
      guard let rebuilt else { return nil }
      // Only counts and states of the comparison are used, not its borrowed values.
      return try withPacked(rebuilt, live) {
        comparer.compare($0, $1, baseline)
      }
    }
    let comparisons = (
      try compare(asOf, .asOf), try compare(instant, .ownInstant), try compare(visible, .ownVisibility)
    )
    return try Explanation(
      asOf: try #require(comparisons.0), hasLog: hasLog,
      own: { baseline in
        switch baseline {
        case .asOf: comparisons.0
        case .ownInstant: comparisons.1
        case .ownVisibility: comparisons.2
        }
      }
    ).causes
  }

  @Test("README: clock, behind, texts on top, changed, in this order")
  func order() throws {
    #expect(try causes(live: "{\"a\":1}", asOf: "{\"a\":2}", instant: "{\"a\":1}", visible: "{\"a\":1}") == [.clock])
    #expect(try causes(live: "{\"a\":1}", asOf: "{\"a\":2}", instant: "{\"a\":3}", visible: "{\"a\":1}") == [.behind])
    #expect(try causes(live: "{\"a\":1}", asOf: "{\"a\":2}", instant: "{\"a\":3}", visible: "{\"a\":4}") == [.changed])
    #expect(try causes(live: "{\"a\":1}", asOf: "{\"a\":2}") == [.changed])
    #expect(try causes(live: "{\"a\":1}", asOf: "{\"a\":2}", hasLog: false) == [.unexplained])
    #expect(try causes(live: "{\"note\":\"x\"}", asOf: "{\"note\":\"y\"}") == [.texts])
    let live = "{\"a\":1,\"note\":\"x\"}"
    #expect(
      try causes(live: live, asOf: "{\"a\":2,\"note\":\"y\"}", instant: "{\"a\":1,\"note\":\"y\"}") == [.clock, .texts])
    #expect(
      try causes(live: live, asOf: "{\"a\":2,\"note\":\"y\"}", visible: "{\"a\":1,\"note\":\"y\"}") == [
        .behind, .texts,
      ])
  }

  @Test("a text that is missing, null, empty or of another type is not a wording")
  func damagedTexts() throws {
    for live in ["{}", "{\"note\":null}", "{\"note\":\"\"}", "{\"note\":[\"x\"]}", "{\"note\":1}"] {
      #expect(try causes(live: live, asOf: "{\"note\":\"y\"}") == [.changed], "\(live)")
    }
  }

  @Test("capability-estimation.md: the list is there twice, so a change in one copy alone is not a wording")
  func twinLists() throws {
    func row(_ list: String) -> String { "{\"advice\":\(list),\"more\":{\"advice\":\(list)}}" }
    for (rebuilt, live) in [
      ("[\"a\"]", "[\"c\"]"), ("[\"a\",\"b\"]", "[\"c\",\"b\"]"), ("[\"a\",\"b\"]", "[\"a before\",\"b before\"]"),
    ] {
      #expect(try causes(live: row(live), asOf: row(rebuilt)) == [.texts], "\(live)")
    }
    let lists: [(rebuilt: String, live: String)] = [
      ("[\"a\"]", "null"), ("[\"a\"]", "[1]"), ("[\"a\"]", "[\" \"]"),
      // Another number of texts, other texts, another order.
      ("[\"a\"]", "[]"), ("[]", "[\"c\"]"), ("[\"a\",\"b\"]", "[\"c\"]"), ("[\"a\"]", "[\"c\",\"d\"]"),
      ("[\"a\",\"b\"]", "[\"b\",\"a\"]"), ("[\"a\",\"b\"]", "[\"c\",\"c\"]"), ("[\"a\"]", "[\"b\"]"),
      ("[\"a\"]", "[\"y\"]"),
      ("[\"a\",\"b\"]", "[\"b before\",\"a before\"]"), ("[\"nobody's\"]", "[\"c\"]"),
    ]
    for (rebuilt, live) in lists {
      #expect(try causes(live: row(live), asOf: row(rebuilt)) == [.changed], "\(rebuilt) \(live)")
    }
    let one = "{\"advice\":[\"c\"],\"more\":{\"advice\":[\"a\"]}}"
    #expect(try causes(live: one, asOf: row("[\"a\"]")) == [.changed])
  }

  @Test("one wording replaces one text")
  func oneToOne() throws {
    func row(_ messages: [String]) -> String {
      "{\"warnings\":[\(messages.map { "{\"message\":\"\($0)\"}" }.joined(separator: ","))]}"
    }
    #expect(try causes(live: row(["k", "l"]), asOf: row(["u", "v"])) == [.texts])
    #expect(try causes(live: row(["k", "k"]), asOf: row(["u", "v"])) == [.changed])
    #expect(try causes(live: row(["v", "u"]), asOf: row(["u", "v"])) == [.changed])
    #expect(try causes(live: row(["k"]), asOf: row(["u", "v"])) == [.changed])
  }

  @Test("wordings that some rows have in another order: the minority is outvoted; in a tie, all are")
  func votes() {
    typealias Row = [(rebuilt: String, live: String)]
    let rows: [Row] = [
      [("a", "x"), ("b", "y")], [("a", "y"), ("b", "x")], [("a", "x"), ("b", "y"), ("c", "z")],
      [("a", "y"), ("b", "z"), ("c", "x")], [("a", "x")], [("b", "x")], [("a", "x"), ("b", "w")],
    ]
    func outvoted(_ votes: [Int], _ asked: Int) -> [String] {
      var sum = WordingVotes()
      for row in votes {
        var one = WordingVotes()
        one.note(rows[row])
        sum.add(one)
      }
      return Array(Set(sum.outvoted(rows[asked]))).sorted()
    }
    // Two texts, with or without others.
    #expect(outvoted([0, 1, 0], 1) == ["a", "b"] && outvoted([0, 1, 0], 0) == [])
    #expect(outvoted([2, 1, 0], 1) == ["a", "b"] && outvoted([2, 1, 0], 2) == [])
    #expect(outvoted([0, 1], 0) == ["a", "b"] && outvoted([0, 1], 1) == ["a", "b"])
    // Three texts, rotated.
    #expect(outvoted([2, 3, 2], 3) == ["a", "b", "c"] && outvoted([2, 3, 2], 2) == [])
    // One wording for two texts in different rows, and two wordings for one text, are no contradictions.
    #expect(outvoted([4, 5, 6, 0, 0], 4) == [] && outvoted([4, 5, 6, 0, 0], 5) == [])
    #expect(outvoted([4, 5, 6, 0, 0], 6) == [] && outvoted([4, 5, 6, 0, 0], 0) == [])
  }

  @Test("a wording that is outvoted is outvoted under another version too")
  func votesOfVersions() throws {
    var votes = WordingVotes()
    for row in [[("u", "k"), ("v", "l")], [("u", "k"), ("v", "l")], [("u", "l"), ("v", "k")]] { votes.note(row) }
    var rules = TextRules(texts, wordings)
    rules.votes = votes
    let comparer = RowComparer(
      name: name, clock: nil, drift: [], observations: nil, texts: TextRules(texts, like: rules), rules: FieldRules())
    func isWording(_ live: [String]) throws -> Bool {
      func row(_ messages: [String]) -> String {
        "{\"warnings\":[\(messages.map { "{\"message\":\"\($0)\"}" }.joined(separator: ","))]}"
      }
      return try withPacked(row(["u", "v"]), row(live)) { comparer.compare($0, $1, .asOf).isWording }
    }
    #expect(try isWording(["k", "l"]))
    #expect(try !isWording(["l", "k"]))
  }

  @Test("a difference that a rule covers is tolerated, never equal; an exact explanation comes first")
  func rules() throws {
    var rules = FieldRules()
    rules.tolerances = [.init(scope: RuleScope(), pattern: try PathPattern("a"), absolute: 0.5, relative: 0)]
    rules.ignores = [.init(scope: RuleScope(type: "objective_state"), pattern: try PathPattern("b"))]
    #expect(try causes(live: "{\"a\":1}", asOf: "{\"a\":1.5}", rules: rules) == [.tolerated])
    #expect(try causes(live: "{\"a\":1}", asOf: "{\"a\":1.6}", rules: rules) == [.changed])
    #expect(try causes(live: "{\"a\":1}", asOf: "{\"a\":1.5}", instant: "{\"a\":1}", rules: rules) == [.clock])
    #expect(
      try causes(live: "{\"a\":1}", asOf: "{\"a\":9}", instant: "{\"a\":1.5}", rules: rules) == [.clock, .tolerated])
    #expect(try causes(live: "{\"b\":1}", asOf: "{\"b\":2}", rules: rules) == [.changed])
    #expect(try causes(live: "{\"a\":\"1\"}", asOf: "{\"a\":1}", rules: rules) == [.changed])
  }

  @Test("clock-and-failures.md: at the row's own instant, the mean age may drift by microseconds below 10⁻⁶ days")
  func drift() throws {
    func row(_ age: String, observed: Int = 10) -> String {
      "{\"data_sufficiency\":{\"observed_observations\":\(observed)},\"diagnostics\":{\"average_reference_freshness_days\":\(age)}}"
    }
    #expect(try causes(live: row("10.0000009"), asOf: row("12"), instant: row("10")) == [.clock])
    #expect(try causes(live: row("10.000002"), asOf: row("12"), instant: row("10")) == [.changed])
    #expect(try causes(live: row("10.000000000001"), asOf: row("12"), instant: row("10")) == [.changed])
    #expect(try causes(live: row("10.0000009"), asOf: row("10")) == [.changed])
    // Computing the row of a very large user takes seconds.
    let big = 500_000
    #expect(
      try causes(live: row("10.00002", observed: big), asOf: row("12"), instant: row("10", observed: big)) == [.clock])
  }
}

@Suite("diff: what changed rows have in common")
struct PatternTests {
  private let name = ProjectionName(type: "capability_estimation", key: "jump_height")

  private func row(_ number: Int, _ fields: [(String, String, String)], codes: CodeSets? = nil) -> RowDifference {
    var row = RowDifference(
      user: UserID(high: 0, low: UInt64(number)), name: name, causes: [.changed],
      fields: fields.map { FieldDifference(path: $0.0, field: $0.0, rebuilt: $0.1, live: $0.2, status: .different) },
      fieldCount: fields.count)
    row.codes = codes
    return row
  }

  @Test("a factor survives rounding to four places")
  func factor() throws {
    var patterns = ChangePatterns()
    for (number, pair) in [("115.049", "116.6252"), ("60.7065", "61.5382"), ("0.31", "0.3142"), ("-9.5", "-9.6302")]
      .enumerated()
    {
      patterns.note(row(number, [("estimate.mean", pair.0, pair.1)]))
    }
    let first = try #require(patterns.ranked.first)
    guard case .factor(let field, let value) = first.kind else {
      Issue.record("\(first)")
      return
    }
    #expect(field == "estimate.mean")
    #expect((value - 1.0137).magnitude < 1e-5)
    #expect(first.rows == 4 && first.of == 4 && first.alone == 4)
  }

  @Test("an offset, a constant, one code only")
  func others() {
    var patterns = ChangePatterns()
    for number in 1...5 {
      let base = Double(number * number)
      patterns.note(
        row(
          number, [("offset", "\(base)", "\(base + 2.5)"), ("constant", "\(base)", "0.11")],
          codes: CodeSets(onlyRebuilt: ["gap"], onlyLive: [])))
    }
    let kinds = patterns.ranked.map(\.kind)
    #expect(kinds.contains(.offset(field: "offset", 2.5)))
    #expect(kinds.contains(.value(field: "constant", 0.11)))
    #expect(kinds.contains(.missingCode("gap")))
    #expect(patterns.ranked.allSatisfy { $0.rows == 5 })
  }

  @Test("sizes of numeric changes by field")
  func distribution() throws {
    var changes = FieldChanges()
    for number in 1...100 { changes.note(row(number, [("a", "0", "\(number)"), ("b", "0", "null")])) }
    let a = try #require(changes.ranked.first { $0.field == "a" })
    #expect(a.users == 100 && a.count == 100 && a.median == 51 && a.p95 == 96 && a.max == 100)
    let b = try #require(changes.ranked.first { $0.field == "b" })
    #expect(b.users == 100 && b.count == 0)
  }
}
