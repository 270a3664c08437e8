import EventModel
import TestSupport
import Testing

@Suite("event-log.md: identifiers, positions, tables of names")
struct IdentifierTests {
  @Test("event-log.md: ids are read in either case and printed in lower case, hyphenated")
  func identifiers() {
    let text = "08A74b44-65f4-477D-9dbe-1c12c0d105b6"
    #expect(UUID128(text)?.description == text.lowercased())
    for bad in [
      "", "08a74b4465f4477d9dbe1c12c0d105b6", "{08a74b44-65f4-477d-9dbe-1c12c0d105b6}",
      "08a74b44-65f4-477d-9dbe-1c12c0d105b",
      "08a74b44-65f4-477d-9dbe-1c12c0d105b6 ", "08a74b44-65f4-477d-9dbe-1c12c0d105bg",
      "08a74b44_65f4-477d-9dbe-1c12c0d105b6",
      "08a74b44-65f4-477d-9dbe-1c12c0d105:6", "08a74b44-65f4-477d-9dbe-1c12c0d105/6",
      "08a74b44-65f4-477d-9dbe-1c12c0d105@6",
    ] {
      #expect(UUID128(bad) == nil, "\(bad)")
    }
  }

  @Test("event-log.md: ids compare as their 16 bytes", arguments: [12] as [UInt64])
  func order(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    for _ in 0..<2000 {
      let close = Bool.random(using: &random)
      let high = random.next()
      let a = UUID128(high: high, low: random.next())
      let b = UUID128(high: close ? high : random.next(), low: random.next())
      #expect((a < b) == (a.description < b.description), "seed \(seed)")
      #expect(UUID128(a.description) == a)
    }
  }

  @Test("event-log.md: of all bytes at all positions, an id accepts only hex digits, and hyphens at their positions")
  func everyByte() {
    let text = Array("97e8c739-3e85-4030-8697-03a4e3ec4c3e".utf8)
    let hyphens = [8, 13, 18, 23]
    for at in text.indices {
      for byte in UInt8.min...UInt8.max {
        var changed = text
        changed[at] = byte
        let digit = Character(UnicodeScalar(byte)).isASCII ? Character(UnicodeScalar(byte)).hexDigitValue : nil
        let id = changed.withUnsafeBytes { UUID128($0) }
        #expect((id != nil) == (hyphens.contains(at) ? byte == 0x2D : digit != nil))
        if let id { #expect(id.description == String(decoding: changed, as: UTF8.self).lowercased()) }
      }
    }
  }

  @Test("a table of names gives each name its number and every other text 0")
  func fieldTable() {
    let names: [ConstantName] = [
      "a", "b", "reps", "rpe", "rir", "weight", "weight_kg", "a_much_longer_name_than_the_others",
    ]
    let table = FieldTable(names)
    func index(_ text: String) -> UInt8 { Array(text.utf8).withUnsafeBytes { table.index(of: $0) } }
    for (position, name) in names.enumerated() { #expect(index(name.description) == position + 1) }
    for other in ["", "A", "rep", "repss", "weight_kG", "c", "weight_k", String(repeating: "a", count: 1000)] {
      #expect(index(other) == 0)
    }
  }

  @Test("positions and faults print as file, line, byte, field, reason")
  func places() {
    let position = LogPosition(file: "a b.ndjson", line: 12, byteOffset: 4711)
    #expect(
      MalformedInput(at: position, field: "id", reason: "not a UUID").description
        == "a b.ndjson:12 (byte 4711): id: not a UUID")
    #expect(MalformedInput(at: position, reason: "r").description == "a b.ndjson:12 (byte 4711): r")
    #expect(MalformedInput(file: "-", reason: "empty").description == "-: empty")
  }

  @Test("content hashes distinguish lengths, orders and seeds")
  func contentHash() {
    func hash(_ bytes: [UInt8], seed: UInt64 = 0) -> ContentHash {
      var hash = ContentHash(seed: seed)
      bytes.withUnsafeBytes { hash.mix($0) }
      return hash
    }
    var seen: Set<ContentHash> = []
    for length in 0...600 { #expect(seen.insert(hash([UInt8](repeating: 0, count: length))).inserted) }
    #expect(hash([1, 2]) != hash([2, 1]))
    #expect(hash([1], seed: 1) != hash([1], seed: 2))
    // Flipping any bit changes the hash.
    let base = (0..<64).map { UInt8($0) }
    for bit in 0..<512 {
      var flipped = base
      flipped[bit / 8] ^= 1 << UInt8(bit % 8)
      #expect(hash(flipped) != hash(base))
    }
  }
}
