import EventModel
import Fitness
import Folding
import Foundation
import JSONTape
import Rebuilding
import Reporting
import Running
import SnapshotStore
import TestSupport
import Testing

/// What must hold for the rows of every projection.
@Suite("laws of rows, for every projection of every catalogue")
struct RowLawTests {
  // MARK: The log

  @Test(
    "the generated log gives rows of every projection, with most of a reducer's words, and no failure",
    arguments: Catalogues.allCases)
  func isAboutEverything(_ which: Catalogues) throws {
    let made = try which.standard()
    let rows = try made.rows()
    for name in which.catalogue.names {
      let mine = rows.filter { $0.key.type == name.type && $0.key.key == name.key }
      #expect(mine.count >= 10, "\(name)")
      #expect(Set(mine.map { $0.data.text }).count >= 5, "\(name): rows differ from user to user")
    }
    for schema in which.catalogue.schemas {
      let met = Set(rows.filter { $0.key.type == schema.type }.flatMap { $0.data.words })
      let share = Double(schema.words.intersection(met).count) / Double(schema.words.count)
      #expect(share > 0.7, "\(schema.type): \(schema.words.subtracting(met).sorted())")
    }
    #expect(try made.run.failures.isEmpty)
    #expect(Set(made.log.events.map(\.type)).isSuperset(of: Vocabulary.fitness.eventTypes.map(\.name.description)))
  }

  // MARK: (a) one set of events, one file

  @Test("threads, little memory, line order, files and repeats change no byte", arguments: Catalogues.allCases)
  func sameBytes(_ which: Catalogues) throws {
    let expected = try which.standard().run.fileHash
    var random = SeededGenerator(seed: 5)
    let shuffled = MadeLog.standard.with(MadeLog.standard.events.shuffled(using: &random))
    let repeated = [[MadeEvent]](repeating: shuffled.events, count: 12).flatMap { $0 }
    let often = MadeLog.standard.with(repeated.shuffled(using: &random))
    #expect(try MadeRun(which.catalogue, threads: 1).run.fileHash == expected)
    #expect(try MadeRun(which.catalogue, shuffled, files: 4, threads: 3).run.fileHash == expected)
    let spilled = try MadeRun(which.catalogue, often, files: 2, threads: 1) { $0.input.resources.memory = 0 }
    #expect(spilled.run.summary.spilledBytes > 0)
    #expect(try spilled.run.fileHash == expected)
  }

  @Test("partitions, folded and merged, give the bytes of a single run", arguments: Catalogues.allCases, [1, 3])
  func partitions(_ which: Catalogues, count: Int) throws {
    let made = try which.standard()
    let folder = try TemporaryFolder()
    var merging = MergePlan(.fitness)
    for index in 0..<count {
      var plan = FoldPlan(which.catalogue, asOf: MadeLog.asOf)
      plan.rebuild.input.logs = made.logs
      plan.rebuild.input.users = [made.users]
      plan.rebuild.input.resources.temporaryDirectory = folder.path
      plan.part.partition = try #require(UserPartition(index, of: count))
      plan.output = folder.file("part-\(index).sqlite")
      _ = try fold(plan, progress: ProgressMeter())
      merging.parts.append(folder.file("part-\(index).sqlite"))
    }
    merging.output = folder.file("merged.sqlite")
    merging.temporaryDirectory = folder.path
    _ = try merge(merging, progress: ProgressMeter())
    #expect(try Data(Fixtures.bytes(merging.output)) == Data(Fixtures.bytes(made.run.snapshot)))
  }

  // MARK: (b) data that no reducer reads

  @Test("unknown members of data and metadata change no row", arguments: Catalogues.allCases)
  func unknownMembers(_ which: Catalogues) throws {
    let made = try which.standard()
    let more = MadeLog.standard.events.map { event in
      var event = event
      let unknown =
        #""\#(MadeLog.mark)_unknown":{"weight_kg":1e5,"blocks":[{"block_type":"strength_set"}],"key":"timezone"}"#
      event.data.insert(unknown, at: event.data.count / 2)
      event.metadata.append(unknown)
      return event
    }
    #expect(try MadeRun(which.catalogue, MadeLog.standard.with(more)).run.rows == made.run.rows)
  }

  @Test("events of unknown types change no row", arguments: Catalogues.allCases)
  func unknownTypes(_ which: Catalogues) throws {
    let made = try which.standard()
    let more = MadeLog.standard.events.enumerated().map { number, event in
      var event = event
      event.id = FoldedHistory.id(number)
      event.type = "\(MadeLog.mark).\(event.type)"
      return event
    }
    #expect(
      try MadeRun(which.catalogue, MadeLog.standard.with(MadeLog.standard.events + more)).run.rows == made.run.rows)
  }

  // MARK: (c) form

  @Test(
    "keys ascend by UTF-16 code unit, at every depth; rows of a user are in order of type and key",
    arguments: Catalogues.allCases)
  func form(_ which: Catalogues) throws {
    let hostile = try RunLog(
      [Fixtures.path("cases/hostile/events.ndjson.gz")], users: [Fixtures.path("cases/hostile/users.ndjson")],
      catalogue: which.catalogue)
    for snapshot in [try which.standard().run.snapshot, hostile.snapshot] {
      let cursor = try SnapshotReader(snapshot).rows(from: nil, to: nil, withBookkeeping: false)
      var last: (user: UserID, name: ProjectionName)?
      var count = 0
      while let row = try cursor.next() {
        let name = ProjectionName(
          type: String(decoding: row.type, as: UTF8.self), key: String(decoding: row.key, as: UTF8.self))
        let tree = try JSONTree(parsing: Array(row.data))
        #expect(RowLawTests.unsorted(tree) == nil, "\(row.user) \(name)")
        #expect(which.catalogue.number(of: name) != nil, "\(name)")
        if let last, last.user == row.user { #expect(last.name < name, "\(row.user)") }
        if let last, last.user != row.user { #expect(last.user < row.user) }
        last = (row.user, name)
        count += 1
      }
      #expect(count > 50)
    }
  }

  /// Two neighbouring keys that are out of order; `nil` if there are none.
  private static func unsorted(_ tree: JSONTree) -> String? {
    switch tree {
    case .object(let members):
      for (one, next) in zip(members, members.dropFirst())
      where !one.key.utf16.lexicographicallyPrecedes(next.key.utf16) {
        return "\(one.key) before \(next.key)"
      }
      return members.lazy.compactMap { unsorted($0.value) }.first
    case .array(let elements): return elements.lazy.compactMap(unsorted).first
    case .null, .bool, .integer, .double, .bigInteger, .string: return nil
    }
  }

  // MARK: (d) words

  @Test("every word of a row is the schema's own, or a text of the data or the profile", arguments: Catalogues.allCases)
  func words(_ which: Catalogues) throws {
    let texts = Set(Profile().wordings.map(\.text))
    var known = 0
    for row in try which.standard().rows() {
      let schema = try #require(which.catalogue[type: row.key.type])
      for word in row.data.words {
        if schema.words.contains(word) {
          known += 1
          continue
        }
        let isText =
          word.contains(MadeLog.mark) || MadeLog.zones.contains(word) || word == "UTC" || UUID128(word) != nil
          || (try? TimestampText.parse(word)) != nil || texts.contains(word) || RowLawTests.isGroup(word)
          || schema.type == "training_volume" && word.wholeMatch(of: /\d{4}-W\d\d/) != nil
        #expect(isText, "\(row.key): \(word)")
      }
    }
    #expect(known > 1000)
  }

  /// Whether a word is a group: `field:value|field:value`.
  private static func isGroup(_ word: String) -> Bool {
    word.split(separator: "|").allSatisfy { $0.wholeMatch(of: /[a-z_]+:.+/) != nil }
  }

  // MARK: (e) sources

  @Test("events of types that are not among a schema's sources change none of its rows", arguments: Catalogues.allCases)
  func sources(_ which: Catalogues) throws {
    let made = try which.standard()
    let hostile = try Fixtures.lines(Fixtures.path("cases/hostile/events.ndjson.gz"))
    let hostileUsers = Fixtures.path("cases/hostile/users.ndjson")
    let hostileTypes = try hostile.map { try JSONTree(parsing: $0)["event_type"]?.string ?? "" }
    let folder = try TemporaryFolder()
    let whole = try RunLog(
      [folder.write("hostile", lines: hostile)], users: [hostileUsers], catalogue: which.catalogue)
    let wholeData = try whole.data
    let madeData = try made.run.data
    for schema in which.catalogue.schemas {
      #expect(schema.triggers.subtracting(schema.sources).isEmpty, "\(schema.type): triggers are sources")
      #expect(schema.inferredFrom.subtracting(schema.sources.subtracting(schema.triggers)).isEmpty)
      let names = Vocabulary.fitness.names(of: schema.sources)
      let fewer = try MadeRun(which.catalogue, made.log.with(made.log.events.filter { names.contains($0.type) }))
      #expect(fewer.log.events.count < made.log.events.count)
      #expect(
        try fewer.run.data.filter { $0.key.type == schema.type } == madeData.filter { $0.key.type == schema.type },
        "\(schema.type)")
      let kept = zip(hostile, hostileTypes).filter { names.contains($0.1) }.map(\.0)
      let part = try RunLog(
        [folder.write("kept", lines: kept)], users: [hostileUsers], catalogue: which.catalogue)
      #expect(
        try part.data.filter { $0.key.type == schema.type } == wholeData.filter { $0.key.type == schema.type },
        "\(schema.type) of the hostile case")
    }
  }
}
