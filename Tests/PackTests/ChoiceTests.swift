import EventLog
import EventModel
import Foundation
import ProcessSupport
import Rebuilding
import Running
import TestSupport
import Testing

/// What is left out of packs, and what replaces what.
@Suite("choices of packs")
struct PackChoiceTests {
  private static let log = (1...9).map { Made.event($0, of: $0 % 3) }

  private func user(_ number: Int) -> UserID { UserID(Made.user(number))! }

  @Test(
    "an erased user stays erased: late, repeated and replacing records are dropped and counted",
    arguments: Kept.allCases)
  func erased(kept: Kept) throws {
    let lab = try PackLab()
    let log = try lab.log(Self.log)
    let erased = try lab.pack([log], all: kept.all) { $0.input.droppedUsers = [user(1)] }
    func count(_ report: PackLab.Packed, _ key: String) -> Int? { report.report.records.first { $0.key == key }?.count }
    #expect(count(erased, "of_dropped_users") == 3 && erased.report.droppedUsers == 1)
    #expect(erased.report.events == 6 && erased.report.users == 2)
    let expected = PackLab.bytes(erased.path)
    let before = try lab.pack([log], all: kept.all)
    #expect(try lab.bytes([before.path], all: kept.all) { $0.input.droppedUsers = [user(1)] } == expected)
    // Nothing of the user is in the file.
    for record in kept.all ? try lab.records(erased.path) : [] { #expect(!record.contains(Made.user(1))) }

    let late = try lab.log([Self.log[0], Made.event(10, of: 1), Made.event(11, of: 1, version: 5)])
    let again = try lab.pack([erased.path, late], users: [lab.log([1, 2].map(Made.userLine))], all: kept.all)
    #expect(count(again, "of_dropped_users") == 3 && again.report.events == 6)
    #expect(again.report.exportedUsers == 1)
    let replaced = try lab.pack([erased.path], all: kept.all) { $0.replacements = [late] }
    #expect(PackLab.bytes(replaced.path) == expected && count(replaced, "of_dropped_users") == 3)
    // Joined with a pack that still has the user.
    #expect(try lab.bytes([before.path, erased.path], all: kept.all) == expected)
    #expect(try lab.bytes([before.path], all: kept.all) { $0.replacements = [erased.path] } == expected)

    // Rebuilding drops them, too.
    let run = try RunLog([erased.path, late])
    #expect(run.summary.erased == 3 && run.summary.users == 2)
    #expect(try run.rows == RunLog([erased.path]).rows)
    #expect(try RunLog([erased.path, late]) { $0.input.onlyUsers = [user(1)] }.summary.users == 0)
    // Two packs in a directory are two packs, although the argument is one.
    let folder = try ScratchFolder()
    for (name, path) in [("a", before.path), ("b", erased.path)] {
      try FileManager.default.copyItem(atPath: path, toPath: folder.file(name))
    }
    let joined = try RunLog([folder.path])
    #expect(joined.summary.erased == 3 && joined.summary.folded == 6)
  }

  @Test("the newest event is one that no pack leaves out, for explain as for a rebuild", arguments: Kept.allCases)
  func newest(kept: Kept) throws {
    let lab = try CommandLab()
    let options = kept.all ? ["--all-fields"] : []
    let records = (1...6).map { Made.event($0, of: $0 % 2 + 1) }
    try lab.folder.write("log", (records.joined(separator: "\n") + "\n").utf8)
    try lab.folder.write("early", (records[..<4].joined(separator: "\n") + "\n").utf8)
    try lab.folder.write("marks", ([records[0], Made.mark(6, of: 1)].joined(separator: "\n") + "\n").utf8)
    for arguments in [
      ["early", "-o", "early.refold"], ["marks", "--deleted", "drop", "-o", "marks.refold"],
      ["log", "-o", "log.refold"], ["early", "--drop-user", Made.user(2), "-o", "dropped.refold"],
    ] {
      #expect(try lab.refold(["pack"] + arguments + options).status == 0)
    }
    for logs in [
      ["marks.refold", "log"], ["marks.refold", "log.refold"], ["dropped.refold", "log"],
      ["dropped.refold", "log.refold"], ["marks", "log.refold", "--deleted", "drop"],
    ] {
      let rebuilt = try lab.refold(["rebuild"] + logs + ["-o", "s.sqlite", "--force", "--json"])
      let explained = try lab.refold(["explain"] + logs + ["--user", Made.user(1), "--json"])
      let asOf = #/"as_of": *"([^"]+)"/#
      let found = [rebuilt, explained].map { $0.output.firstMatch(of: asOf).map { String($0.1) } }
      #expect(found[0] != nil && found[0] == found[1], "\(logs): \(found) \(rebuilt.errors) \(explained.errors)")
    }
  }

  @Test("many records that a pack has already: the same pack, and the same rows, by the way of a ledger")
  func manyRepeats() throws {
    let lab = try PackLab()
    // More than are looked up one by one.
    let records = (1...70_000).map { Made.event($0, of: $0 % 50) }
    let log = try lab.log(records)
    let packed = try lab.pack([log]).path
    let late = try lab.log(records.dropFirst(100) + [Made.event(70_001, of: 1)])
    let all = try lab.log(records + [Made.event(70_001, of: 1)])
    #expect(try lab.bytes([packed, late]) == lab.bytes([all]))
    let (run, rows) = (try RunLog([packed, late]), try RunLog([all]))
    #expect(try run.rows == rows.rows)
    #expect(run.summary.duplicates == 69_900 && run.summary.folded == rows.summary.folded)
  }

  @Test("records of --replace take the place of those with the same ids, whatever the order", arguments: Kept.allCases)
  func replaced(kept: Kept) throws {
    let lab = try PackLab()
    let log = try lab.log(Self.log)
    let corrected = try lab.log([Made.event(4, of: 1, version: 2), Made.event(5, of: 0), Made.event(12, of: 2)])
    var expectedLines = Self.log
    expectedLines[3] = Made.event(4, of: 1, version: 2)
    expectedLines[4] = Made.event(5, of: 0)
    let expected = try lab.bytes([lab.log(expectedLines + [Made.event(12, of: 2)])], all: kept.all)
    let packed = try lab.pack([log], all: kept.all).path
    let replacement = try lab.pack([corrected], all: kept.all).path
    for logs in [[packed], [log], [packed, log], [log, packed]] {
      for file in [corrected, replacement] {
        let report = try lab.pack(logs, all: kept.all) { $0.replacements = [file] }
        #expect(PackLab.bytes(report.path) == expected)
        #expect(report.report.records.first { $0.key == "replaced" }?.count == 2 * logs.count)
      }
    }
    // The users that a file of replacements names are not users of the log.
    let named = try lab.pack([corrected], users: [lab.log([7, 8].map(Made.userLine))], all: kept.all).path
    let dump = try lab.log(
      ["--", "COPY public.users (id) FROM stdin;"] + [7, 8].map { user($0).description } + ["\\."]
        + ["COPY public.events (id, user_id, \"timestamp\", event_type, data, metadata, created_at) FROM stdin;"]
        + ["\\."])
    #expect(try lab.bytes([packed], all: kept.all) { $0.replacements = [named] } == expected)
    #expect(try lab.bytes([packed], all: kept.all) { $0.replacements = [corrected, dump] } == expected)
    // Two files that replace an id with other contents.
    let other = try lab.log([Made.event(4, of: 1, version: 3)])
    #expect(throws: (any Error).self) {
      try lab.pack([packed], all: kept.all) { $0.replacements = [corrected, other] }
    }
    // All events of a user become another's.
    let moved = (1...9).filter { $0 % 3 == 1 }.map { Made.event($0, of: 2) }
    let rest = Self.log.filter { !$0.contains(Made.user(1)) }
    let without = try lab.bytes([lab.log(rest + moved)], all: kept.all)
    let movedLog = try lab.log(moved)
    #expect(try lab.bytes([packed], all: kept.all) { $0.replacements = [movedLog] } == without)
  }

  @Test("an event that a later file deletes is gone, and so is a record of a deleted event", arguments: Kept.allCases)
  func deleted(kept: Kept) throws {
    let lab = try PackLab()
    func dropping(_ plan: inout PackPlan) { plan.input.reading.deleted = .drop }
    // All events of user 1, and one of user 2.
    let marks = try lab.log([1, 4, 7].map { Made.mark($0, of: 1) } + [Made.mark(2, of: 2)])
    let log = try lab.log(Self.log)
    let packed = try lab.pack([log], all: kept.all).path
    let expected = try lab.bytes([log, marks], all: kept.all, dropping)
    let later = try lab.pack([packed, marks], all: kept.all, dropping)
    #expect(PackLab.bytes(later.path) == expected && later.report.users == 2)
    let first = try lab.pack([marks, lab.log([Self.log[2]])], all: kept.all, dropping).path
    // No option: the pack says which events are deleted.
    #expect(try lab.bytes([first, log], all: kept.all) == expected)
    #expect(try lab.bytes([packed, first], all: kept.all) == expected)
    #expect(try lab.bytes([packed], all: kept.all) { $0.replacements = [first] } != Data())
    #expect(throws: (any Error).self) { try lab.pack([packed, marks], all: kept.all) }

    func rebuilt(_ logs: [String]) throws -> RunLog { try RunLog(logs) { $0.input.reading.deleted = .drop } }
    let rows = try rebuilt([log, marks])
    for logs in [[packed, marks], [marks, packed], [later.path], [later.path, log], [first, log], [first, packed]] {
      let run = try rebuilt(logs)
      #expect(try run.rows == rows.rows && run.summary.users == rows.summary.users, "\(logs)")
      #expect(run.summary.digests.map(\.value) == rows.summary.digests.map(\.value), "\(logs)")
    }
    // A file of --replace may delete, and does not bring back what is deleted.
    let deleting = try lab.pack([packed], all: kept.all) { plan in
      dropping(&plan)
      plan.replacements = [marks]
    }
    #expect(PackLab.bytes(deleting.path) == expected)
    let restoring = try lab.log([Made.event(1, of: 1, version: 1)])
    let back = try lab.pack([later.path], all: kept.all) { $0.replacements = [restoring] }
    #expect(PackLab.bytes(back.path) == expected)
    let both = PackLab.fault {
      _ = try lab.pack([packed, marks], all: kept.all) { plan in
        dropping(&plan)
        plan.replacements = [restoring]
      }
    }
    #expect(both?.contains("marked as deleted") == true, "\(both ?? "")")
  }

  @Test("a users export that is given replaces the packed one; without one, that stays", arguments: Kept.allCases)
  func users(kept: Kept) throws {
    let lab = try PackLab()
    let log = try lab.log(Self.log)
    let exports = try [[0, 5], [1, 2, 6], []].map { try lab.log($0.map(Made.userLine)) }
    let first = try lab.pack([log], users: [exports[0]], all: kept.all)
    #expect(first.report.users == 4 && first.report.exportedUsers == 2)
    #expect(try lab.bytes([first.path], all: kept.all) == PackLab.bytes(first.path))
    for number in [0, 1] {
      let expected = try lab.bytes([log], users: [exports[number]], all: kept.all)
      #expect(try lab.bytes([first.path], users: [exports[number]], all: kept.all) == expected)
      let run = try RunLog([first.path], users: [exports[number]])
      #expect(try run.fileHash == RunLog([log], users: [exports[number]]).fileHash)
      // Two packs: the users of both.
    }
    let second = try lab.pack([log], users: [exports[1]], all: kept.all)
    let joined = try lab.bytes([log], users: [exports[0], exports[1]], all: kept.all)
    #expect(try lab.bytes([first.path, second.path], all: kept.all) == joined)
    let none = try lab.pack([log], all: kept.all)
    #expect(none.report.exportedUsers == nil && PackLab.bytes(none.path) != PackLab.bytes(first.path))
    #expect(try RunLog([none.path]).fileHash == RunLog([log]).fileHash)
    #expect(try lab.bytes([none.path], users: [exports[0]], all: kept.all) == PackLab.bytes(first.path))
  }

  @Test("only some users of a pack", arguments: Kept.allCases)
  func someUsers(kept: Kept) throws {
    let lab = try PackLab()
    let lines = (0..<9000).map { Made.event($0, of: 3) } + (9000..<9900).map { Made.event($0, of: $0 % 90) }
    let log = try lab.log(lines)
    let users = try lab.log([2, 3, 200].map(Made.userLine))
    let packed = try lab.pack([log], users: [users], all: kept.all, threads: 2).path
    for chosen in [[3], [2], [200], [5, 89], [777]] {
      func choose(_ plan: inout RebuildPlan) { plan.input.onlyUsers = Set(chosen.map { user($0) }) }
      let (fromLog, fromPack) = (try RunLog([log], users: [users], choose), try RunLog([packed], choose))
      #expect(try fromPack.fileHash == fromLog.fileHash, "\(chosen)")
      #expect(fromPack.summary.records == fromLog.summary.records)
      #expect(fromPack.summary.notSelected == fromLog.summary.notSelected)
    }
  }
}
