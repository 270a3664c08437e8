import EventModel
import Foundation
import Rebuilding
import TestSupport
import Testing

/// Packing a pack with new files is packing everything at once.
@Suite("packs of packs")
struct PackDeltaTests {
  /// Five events of three users: a set, its correction, a retraction, an event that nobody reads, an event that does not
  /// say when it was stored. The ids are not in the order of the history.
  private static let five = [
    eventLine(
      5, time: "2026-01-05T10:00:00Z", data: #"{"exercise_id":"barbell_back_squat","reps":5,"weight_kg":100,"x":1.50}"#),
    eventLine(
      2, type: "set.corrected", time: "2026-01-06T10:00:00Z",
      data: #"{"target_event_id":"\#(FoldedHistory.id(5))","changed_fields":{"reps":6}}"#),
    eventLine(
      1, user: Made.user(2), type: "event.retracted", time: "2026-01-06T10:00:00Z",
      data: #"{"retracted_event_id":"\#(FoldedHistory.id(5))"}"#, metadata: "null"),
    eventLine(4, user: Made.user(2), type: "sleep.loggéd\\n", data: #"{"z":1,"a":[{"b":null}]}"#),
    eventLine(3, user: Made.user(3), data: #"{"exercise_id":"x","reps":1,"weight_kg":1e2}"#)
      .replacing(#/,"created_at":"[^"]*"/#, with: ""),
  ]

  private static func chosen(_ set: Int, of lines: [String]) -> [String] {
    lines.indices.filter { set >> $0 & 1 == 1 }.map { lines[$0] }
  }

  /// From this it follows by induction that a log of five events gives the same pack whatever it is cut into, in
  /// whatever order the parts come, and however they overlap.
  @Test("every set of events on top of every other, in either order of arguments", arguments: Kept.allCases)
  func everyPair(kept: Kept) throws {
    let lab = try PackLab()
    let logs = try (0..<32).map { try lab.log(Self.chosen($0, of: Self.five)) }
    // The empty file has no form of its own.
    let packs = try (0..<32).map { set in
      try lab.pack(set == 0 ? [logs[0]] : [logs[set]], all: kept.all) { $0.input.reading.form = .ndjson }.path
    }
    let expected = packs.map { PackLab.bytes($0) }
    #expect(Set(expected).count == 32)
    for first in 0..<32 {
      for second in 0..<32 {
        let log = second == 0 ? [] : [logs[second]]
        let arguments = (first + second) % 2 == 0 ? [packs[first]] + log : log + [packs[first]]
        #expect(try lab.bytes(arguments, all: kept.all) == expected[first | second], "\(first) and \(second)")
      }
    }
  }

  @Test("every set of events joined with every other, both packed", arguments: Kept.allCases)
  func everyJoin(kept: Kept) throws {
    let lab = try PackLab()
    let packs = try (0..<32).map { set in
      try lab.pack([lab.log(Self.chosen(set, of: Self.five))], all: kept.all) { $0.input.reading.form = .ndjson }.path
    }
    for first in 0..<32 {
      for second in first..<32 where (first ^ second) % 3 != 0 {
        let joined = try lab.bytes([packs[second], packs[first]], all: kept.all)
        #expect(joined == PackLab.bytes(packs[first | second]), "\(first) and \(second)")
      }
    }
    let parts = [packs[1], packs[6], packs[8], packs[16]]
    for threads in [1, 3] {
      #expect(try lab.bytes(parts, all: kept.all, threads: threads) == PackLab.bytes(packs[31]))
    }
  }

  @Test("every order of the lines of a file", arguments: Kept.allCases)
  func everyOrder(kept: Kept) throws {
    let lab = try PackLab()
    let expected = try lab.bytes([lab.log(Self.five)], all: kept.all)
    var orders: [[String]] = [[]]
    for line in Self.five {
      orders = orders.flatMap { order in
        (0...order.count).map { Array(order[..<$0]) + [line] + order[$0...] }
      }
    }
    #expect(orders.count == 120)
    for order in orders { #expect(try lab.bytes([lab.log(order)], all: kept.all) == expected) }
  }

  // MARK: Made-up histories of packs

  /// What a pack is made of, at each moment of a made-up history.
  private struct Model {
    var versions: [Int: Int] = [:]
    var deleted: Set<Int> = []
    var dropped: Set<Int> = []
    var exported: Set<Int>?

    static func user(of number: Int) -> Int { number % 7 }

    func line(_ number: Int) -> String {
      let type = number % 5 == 4 ? "sleep.logged" : "set.logged"
      return Made.event(number, of: Model.user(of: number), version: versions[number] ?? 0, type: type)
    }

    /// Packs everything at once.
    func bytes(_ lab: PackLab, _ kept: Kept, _ random: inout SeededGenerator) throws -> Data {
      let marks = deleted.map { Made.mark($0, of: Model.user(of: $0)) }
      let lines = versions.keys.map { line($0) } + marks
      let users = try exported.map { [try lab.log($0.sorted().map(Made.userLine))] } ?? []
      return try lab.bytes([lab.log(lines.shuffled(using: &random))], users: users, all: kept.all) { plan in
        plan.input.reading.form = .ndjson
        plan.input.reading.deleted = .drop
        plan.input.droppedUsers = Set(dropped.compactMap { UserID(Made.user($0)) })
      }
    }
  }

  @Test(
    "made-up histories: repeats, late events, replacements, deletions, erased users and users exports",
    arguments: 1...24 as ClosedRange<UInt64>)
  func histories(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let lab = try PackLab()
    let kept: Kept = seed % 2 == 0 ? .all : .read
    var model = Model()
    var packed: String?
    for step in 0..<5 {
      let numbers = (0..<14).shuffled(using: &random)
      let added = numbers.prefix(Int.random(in: 0...8, using: &random))
      var lines = added.map { number in
        model.versions[number] = model.versions[number] ?? 0
        return model.line(number)
      }
      let deleted = Int.random(in: 0..<3, using: &random) == 0 ? [numbers[10]] : []
      lines += deleted.map { Made.mark($0, of: Model.user(of: $0)) }
      model.deleted.formUnion(deleted)
      // Not one that is added here or deleted: that would be for the operator to say in which order.
      let replaced = Int.random(in: 0..<2, using: &random) == 0 ? [numbers[11], numbers[12]] : []
      for number in replaced { model.versions[number] = (model.versions[number] ?? 0) + 1 }
      let dropped = Int.random(in: 0..<4, using: &random) == 0 ? [Int.random(in: 0..<7, using: &random)] : []
      model.dropped.formUnion(dropped)
      var users: [String] = []
      if Int.random(in: 0..<3, using: &random) == 0 {
        model.exported = Set((0..<9).filter { _ in Bool.random(using: &random) } + [0])
        users = [try lab.log(model.exported!.map(Made.userLine))]
      }
      var logs = try [lab.log(lines.shuffled(using: &random))]
      if let packed { logs.insert(packed, at: Int.random(in: 0...1, using: &random)) }
      let replacement = try replaced.isEmpty ? nil : lab.log(replaced.map(model.line))
      let next = try lab.pack(logs, users: users, all: kept.all, threads: 1 + step % 2) { plan in
        plan.input.reading.form = .ndjson
        plan.input.reading.deleted = .drop
        plan.input.droppedUsers = Set(dropped.compactMap { UserID(Made.user($0)) })
        plan.replacements = replacement.map { [$0] } ?? []
      }
      packed = next.path
      let expected = try model.bytes(lab, kept, &random)
      #expect(PackLab.bytes(next.path) == expected, "seed \(seed), step \(step)")
      let rest = next.report.records.dropFirst().reduce(0) { $0 + $1.count }
      #expect(next.report.records[0].count == rest, "seed \(seed), step \(step)")
    }
  }

  /// One user of more than a block, and many of a few events, so that there are several groups of users.
  private static func large() -> [String] {
    (0..<8_300).map { Made.event($0, of: 0) } + (8_300..<13_000).map { Made.event($0, of: 1 + $0 % 400) }
  }

  @Test("large logs: three deltas that overlap, and a delta of which most is copied", arguments: Kept.allCases)
  func large(kept: Kept) throws {
    var random = SeededGenerator(seed: 7)
    let lab = try PackLab()
    let lines = Self.large().shuffled(using: &random)
    let whole = try lab.pack([lab.log(lines)], all: kept.all, threads: 2)
    let expected = PackLab.bytes(whole.path)
    let cuts = [Array(lines[..<6000]), Array(lines[5000..<11_000]), Array(lines[10_000...] + lines[..<50])]
    var chain = try lab.pack([lab.log(cuts[2])], all: kept.all).path
    for cut in [cuts[0], cuts[1]] { chain = try lab.pack([chain, lab.log(cut)], all: kept.all, threads: 2).path }
    #expect(PackLab.bytes(chain) == expected)

    // One event of one user: the groups of all others are copied.
    let late = Made.event(20_000, of: 17)
    let delta = try lab.pack([whole.path, lab.log([late])], all: kept.all)
    #expect(delta.report.copiedBlocks > 0 && delta.report.copiedBlocks < delta.report.blocks)
    #expect(try PackLab.bytes(delta.path) == lab.bytes([lab.log(lines + [late])], all: kept.all, threads: 2))
    // Nothing new: all of it is copied.
    let again = try lab.pack([whole.path, lab.log(Array(lines[..<100]))], all: kept.all) {
      $0.input.resources.memory = 0
    }
    #expect(PackLab.bytes(again.path) == expected)
    // Events that are left out of a pack whose other groups are copied.
    let dropped = try lab.pack([whole.path], all: kept.all) { $0.input.droppedUsers = [UserID(Made.user(23))!] }
    #expect(dropped.report.copiedBlocks > 0)
    #expect(
      try PackLab.bytes(dropped.path)
        == lab.bytes([lab.log(lines)], all: kept.all) { $0.input.droppedUsers = [UserID(Made.user(23))!] })
  }

  @Test("users of exactly one block, one event fewer and one more", arguments: [8191, 8192, 8193, 16_384])
  func fullBlocks(count: Int) throws {
    let lab = try PackLab()
    let lines = (0..<count).map { eventLine($0, type: "sleep.logged") } + [Made.event(30_000, of: 1)]
    let users = try lab.log([Made.userLine(9)])
    let whole = try lab.pack([lab.log(lines)], users: [users])
    #expect(whole.report.events == count + 1 && whole.report.users == 3)
    let half = try lab.pack([lab.log(Array(lines[(count / 2)...]))], users: [users])
    let chained = try lab.bytes([half.path, lab.log(Array(lines[..<(count / 2)]))])
    #expect(chained == PackLab.bytes(whole.path))
  }

  @Test("an id with another content is the same error as in a log", arguments: Kept.allCases)
  func conflict(kept: Kept) throws {
    let lab = try PackLab()
    let packed = try lab.pack([lab.log([Made.event(1, of: 1)])], all: kept.all).path
    let others = [
      Made.event(1, of: 1, version: 1), Made.event(1, of: 2), Made.event(1, of: 1).replacing("[1]", with: "[2]"),
      Made.event(1, of: 1).replacing("api", with: "cli"),
      Made.event(1, of: 1).replacing(#/,"created_at":"[^"]*"/#, with: ""),
    ]
    for (number, other) in others.enumerated() {
      let log = try lab.log([other])
      let files = [[packed, log], [log, packed], [packed, try lab.pack([log], all: kept.all).path]]
      for (place, logs) in files.enumerated() {
        let fault = PackLab.fault { _ = try lab.pack(logs, all: kept.all) }
        #expect(
          fault?.contains("the id of another event with other content") == true, "\(number) \(place): \(fault ?? "")")
        #expect(throws: (any Error).self, "\(number) \(place)") { try RunLog(logs) }
      }
    }
    // A record that is another spelling of the same event is a repeat.
    let same = Made.event(1, of: 1).replacing("\"more\":[1]", with: "\"more\" : [ 1 ]").replacing(
      "api", with: "\\u0061pi")
    let again = try lab.pack([packed, lab.log([same])], all: kept.all)
    #expect(PackLab.bytes(again.path) == PackLab.bytes(packed))
    #expect(again.report.records.first { $0.key == "duplicates" }?.count == 1)
  }
}
