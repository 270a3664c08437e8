import EventLog
import Foundation
import Rebuilding
import TestSupport
import Testing

/// Damaged packs: never a wrong row.
@Suite("damaged packs")
struct PackDamageTests {
  private static let lines = (1...6).map { Made.event($0, of: $0 % 3, type: $0 == 4 ? "sleep.logged" : "set.logged") }

  private struct Victim {
    let lab: PackLab
    let path: String
    let whole: Data
    let hash: String

    init(_ kept: Kept) throws {
      lab = try PackLab()
      path = try lab.pack([lab.log(PackDamageTests.lines)], users: [lab.log([Made.userLine(8)])], all: kept.all).path
      whole = PackLab.bytes(path)
      hash = try RunLog([path]).fileHash
    }

    /// Reads the whole pack. Returns what is wrong with it; `nil` if nothing is.
    func fault(_ bytes: Data) throws -> String? {
      let file = lab.folder.file("damaged")
      try bytes.write(to: URL(fileURLWithPath: file))
      guard PackedLog.isPack(file) else { return "no pack" }
      do {
        let pack = try PackedLog(file)
        let reader = PackBlockReader(pack)
        for block in pack.blocks.indices {
          try reader.load(block)
          while reader.next() { while reader.eventsLeft > 0 { _ = reader.event() } }
        }
        return nil
      } catch { return "\(error)" }
    }

    /// Expects that a rebuild of the bytes fails, or writes what it should.
    func expectRight(_ bytes: Data, _ place: Comment) throws {
      let file = lab.folder.file("damaged")
      try bytes.write(to: URL(fileURLWithPath: file))
      guard let run = try? RunLog([file]) else { return }
      #expect(try run.fileHash == hash, place)
    }
  }

  @Test("every byte, by one bit and whole, is noticed", arguments: Kept.allCases)
  func flipped(kept: Kept) throws {
    let victim = try Victim(kept)
    #expect(try victim.fault(victim.whole) == nil)
    for place in victim.whole.indices {
      for mask in [UInt8(1) << UInt8(place % 8), 0xFF] {
        var bytes = victim.whole
        bytes[place] ^= mask
        let fault = try victim.fault(bytes)
        #expect(fault != nil, "byte \(place)")
        // What does not begin like a pack is read like any other file.
        if fault == nil || fault == "no pack" { try victim.expectRight(bytes, "byte \(place)") }
      }
    }
  }

  @Test("a pack that is cut off anywhere is noticed", arguments: Kept.allCases)
  func cutOff(kept: Kept) throws {
    let victim = try Victim(kept)
    for count in 0..<victim.whole.count {
      let fault = try victim.fault(victim.whole.prefix(count))
      #expect(fault != nil, "\(count)")
      if count > 100 { #expect(fault?.contains("end is missing") == true, "\(count): \(fault ?? "")") }
      if count < 12 || count % 97 == 0 { try victim.expectRight(victim.whole.prefix(count), "\(count)") }
    }
    for more in [Data([0]), Data("\n".utf8), victim.whole] {
      #expect(try victim.fault(victim.whole + more) != nil)
      try victim.expectRight(victim.whole + more, "more bytes")
    }
  }

  @Test("the block is named, and packing again does not hide the damage", arguments: Kept.allCases)
  func named(kept: Kept) throws {
    let lab = try PackLab()
    let lines = (0..<9000).map { Made.event($0, of: 0) } + (9000..<9400).map { Made.event($0, of: 1 + $0 % 200) }
    let path = try lab.pack([lab.log(lines)], all: kept.all, threads: 2).path
    let pack = try PackedLog(path)
    #expect(pack.blocks.count > 2)
    for number in [0, pack.blocks.count - 1] {
      var bytes = PackLab.bytes(path)
      bytes[pack.blocks[number].offset + pack.blocks[number].length / 2] ^= 4
      let damaged = lab.folder.file("damaged")
      try bytes.write(to: URL(fileURLWithPath: damaged))
      let name = "block \(number + 1) of \(pack.blocks.count)"
      let faults = [
        PackLab.fault { _ = try RunLog([damaged]) },
        // Packing reads the blocks that it copies, too.
        PackLab.fault { _ = try lab.pack([damaged], all: kept.all) },
        PackLab.fault { _ = try lab.pack([damaged, lab.log([Made.event(20_000, of: 5)])], all: kept.all) },
      ]
      for fault in faults { #expect(fault?.contains(name) == true && fault!.contains(damaged), "\(fault ?? "none")") }
    }
  }
}
