import Comparing
import EventModel
import ExampleDomain
import Fitness
import Folding
import JSONTape
import Reporting
import SnapshotStore
import TestSupport
import Testing

/// `diff` must recognise each cause for every projection.
@Suite("laws of causes, for every projection of every catalogue")
struct CauseLawTests {
  // MARK: Missing

  @Test("a row that live lacks is missing, with its newest triggering event", arguments: Catalogues.allCases)
  func missing(_ which: Catalogues) throws {
    let made = try which.standard()
    let rows = try made.rows()
    for schema in which.catalogue.schemas {
      // If the type requires another one, drop its rows once alone and once with the required ones.
      let withoutRequired = schema.requires.map { [Set([schema.type]), Set([schema.type, $0])] }
      for dropped in withoutRequired ?? [Set([schema.type])] {
        let lacking = rows.filter { dropped.contains($0.key.type) }
        let found = try made.differences(
          rows.filter { !dropped.contains($0.key.type) }, updatedAt: MadeLog.asOf, withLog: false)
        #expect(found.map(\.at).sorted() == lacking.map(\.key).sorted())
        let triggers =
          dropped.count == 1 ? schema.triggers : try #require(which.catalogue[type: schema.requires ?? ""]).triggers
        for difference in found where difference.name.type == schema.type {
          #expect(difference.causes == [.missing], "\(difference.at)")
          #expect(
            difference.details == [CauseLawTests.trigger(made.log, difference.user, triggers)], "\(difference.at)")
        }
      }
    }
  }

  /// The expected detail of a row that was never computed, from the log itself.
  private static func trigger(_ log: MadeLog, _ user: UserID, _ triggers: EventTypeSet) -> CauseDetail {
    let names = Vocabulary.fitness.names(of: triggers)
    let events = log.events.filter { $0.user == user.description && names.contains($0.type) }
    guard let newest = events.max(by: { ($0.time, $0.id) < ($1.time, $1.id) }), let id = EventID(newest.id) else {
      return .needsSeeding
    }
    return .neverComputed(triggeringEvents: events.count, newest: id)
  }

  // MARK: Clock and behind

  @Test(
    "rows that live computed from all events at an earlier instant are equal or explained by the clock",
    arguments: Catalogues.allCases)
  func clock(_ which: Catalogues) throws {
    let made = try which.standard()
    let earlier = try MadeRun(which.catalogue, asOf: MadeLog.middle)
    let expected = try CauseLawTests.expected(made, live: earlier, visible: earlier)
    // Rows of types that do not depend on the clock are all equal.
    for schema in which.catalogue.schemas {
      let causes = Set(expected.filter { $0.key.type == schema.type }.values)
      if schema.clock == nil { #expect(causes == [nil], "\(schema.type)") }
    }
    #expect(expected.values.contains(.clock))
    #expect(!expected.values.contains(.behind))
    try CauseLawTests.check(made, earlier.rows(), updatedAt: MadeLog.asOf, expected)
  }

  @Test(
    "rows that live computed from the events it could see are equal, or explained by clock or behind",
    arguments: Catalogues.allCases)
  func behind(_ which: Catalogues) throws {
    let made = try which.standard()
    let seen = MadeLog.standard.with(MadeLog.standard.events.filter { $0.stored <= MadeLog.middle })
    let live = try MadeRun(which.catalogue, seen, asOf: MadeLog.middle)
    let earlier = try MadeRun(which.catalogue, asOf: MadeLog.middle)
    let expected = try CauseLawTests.expected(made, live: live, visible: earlier)
    for schema in which.catalogue.schemas {
      #expect(expected.contains { $0.key.type == schema.type && $0.value == .behind }, "\(schema.type)")
    }
    try CauseLawTests.check(made, live.rows(), updatedAt: MadeLog.middle, expected)
  }

  /// The cause of each live row; `nil` if it is equal.
  ///
  /// - Parameter visible: all events, folded at the live rows' instant.
  private static func expected(_ made: MadeRun, live: MadeRun, visible: MadeRun) throws -> [RowKey: Cause?] {
    func data(_ run: MadeRun) throws -> [RowKey: JSONTree] {
      try Dictionary(
        uniqueKeysWithValues: run.rows().map { ($0.key, $0.data.without(run.catalogue[type: $0.key.type]?.clock)) })
    }
    let (mine, atInstant) = (try data(made), try data(visible))
    return try data(live).reduce(into: [:]) { causes, row in
      let cause: Cause? = mine[row.key] == row.value ? nil : atInstant[row.key] == row.value ? .clock : .behind
      causes[row.key] = .some(cause)
    }
  }

  private static func check(
    _ made: MadeRun, _ live: [MadeRun.Row], updatedAt: Instant, _ expected: [RowKey: Cause?]
  ) throws {
    let found = try made.differences(live, updatedAt: updatedAt)
    let present = Set(live.map(\.key))
    let causes = Dictionary(uniqueKeysWithValues: found.map { ($0.at, $0.causes) })
    for (key, cause) in expected { #expect(causes[key] ?? [] == (cause.map { [$0] } ?? []), "\(key)") }
    for difference in found where !present.contains(difference.at) {
      #expect(difference.causes == [.missing], "\(difference.at)")
    }
    for difference in found where difference.causes == [.behind] {
      try checkUnseen(made, difference, updatedAt)
    }
  }

  /// Checks the events that a row has not seen, by counting them in the log itself.
  private static func checkUnseen(_ made: MadeRun, _ difference: RowDifference, _ updatedAt: Instant) throws {
    let schema = try #require(made.catalogue[type: difference.name.type])
    func unseen(_ types: EventTypeSet) -> [MadeEvent] {
      let names = Vocabulary.fitness.names(of: types)
      return made.log.events.filter {
        $0.user == difference.user.description && $0.stored > updatedAt && names.contains($0.type)
      }
    }
    let said = unseen(schema.sources.subtracting(schema.inferredFrom))
    let counted = said.isEmpty ? unseen(schema.sources) : said
    let first = try #require(counted.min { ($0.stored, $0.id) < ($1.stored, $1.id) }, "\(difference.at)")
    #expect(
      difference.details == [
        .behind(
          events: counted.count, firstEvent: try #require(EventID(first.id)), since: first.stored,
          microseconds: MadeLog.asOf.microseconds - first.stored.microseconds, evidence: .updatedAt)
      ], "\(difference.at)")
  }

  // MARK: Version

  /// `isNewer`: whether the snapshot has the newer of the two versions; live has the other.
  @Test(
    "rows of the other version are explained by it, alone, or together with clock or behind",
    arguments: [true, false])
  func version(isNewer: Bool) throws {
    let (own, others) = isNewer ? (Catalogue.example, Catalogue.exampleBefore) : (.exampleBefore, .example)
    let made = try (isNewer ? Catalogues.example : .exampleBefore).standard()
    let version = try #require(others[type: "capability_estimation"]).version
    #expect(own[type: "capability_estimation"]?.version != version)
    let seen = MadeLog.standard.with(MadeLog.standard.events.filter { $0.stored <= MadeLog.middle })
    for (live, updatedAt) in [
      (try MadeRun(others), MadeLog.asOf), (try MadeRun(others, asOf: MadeLog.middle), MadeLog.asOf),
      (try MadeRun(others, seen, asOf: MadeLog.middle), MadeLog.middle),
    ] {
      let rows = try live.rows().filter { $0.key.type == "capability_estimation" }
      let found = try made.differences(rows, updatedAt: updatedAt) {
        $0.filter = ProjectionFilter(type: "capability_estimation")
      }
      // A diff under the live rows' own version gives the causes besides the version.
      let beside = try MadeRun(others).differences(rows, updatedAt: updatedAt) {
        $0.filter = ProjectionFilter(type: "capability_estimation")
      }
      let besides = Dictionary(uniqueKeysWithValues: beside.map { ($0.at, $0.causes) })
      let byKey = Dictionary(uniqueKeysWithValues: found.map { ($0.at, $0) })
      for row in rows {
        let difference = try #require(byKey[row.key], "\(row.key): its stamp differs")
        #expect(difference.causes == [.version] + (besides[row.key] ?? []), "\(row.key)")
        #expect(difference.details.first == .version(version, isStamped: true), "\(row.key)")
      }
      if updatedAt == MadeLog.middle { #expect(besides.values.contains([.behind])) }
    }
  }

  // MARK: Redaction

  @Test("--redact keeps the reducer's own words and drops all other texts", arguments: Catalogues.allCases)
  func redaction(_ which: Catalogues) throws {
    let made = try which.standard()
    let secret = "\(MadeLog.mark) secret"
    // Every text of a live row is a user's, and so are the name and the text of an added member.
    let live = try made.rows().map { row in
      var row = row
      row.data = row.data.mappingTexts { _ in secret }
      if case .object(let members) = row.data {
        row.data = .object(members + [.init(secret, .object([.init("sets", .string(secret))]))])
      }
      return row
    }
    let found = try made.differences(live, updatedAt: MadeLog.asOf, withLog: false) { $0.isRedacted = true }
    #expect(found.count == live.count)
    for schema in which.catalogue.schemas {
      let mine = found.filter { $0.name.type == schema.type }
      let texts = mine.flatMap(\.fields).flatMap { field in
        [field.path.raw, field.field.raw, field.rebuilt?.raw, field.live?.raw].compactMap { $0 }
      }
      #expect(!texts.contains { $0.contains(MadeLog.mark) }, "\(schema.type)")
      #expect(texts.contains { $0.contains("(text)") }, "\(schema.type)")
      // The reducer's own words are still there, except instants.
      let own = Set(mine.flatMap(\.fields).compactMap { $0.rebuilt?.raw }).filter { $0 != "\"(text)\"" }
      let words = Set(schema.words.map { JSONTree.string($0).text })
      #expect(!own.isDisjoint(with: words), "\(schema.type)")
      for text in own where text.hasPrefix("\"") { #expect(words.contains(text), "\(schema.type): \(text)") }
    }
  }
}
