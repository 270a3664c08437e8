import EventModel
import TestSupport
import Testing

@testable import EventLog
@testable import JSONTape

/// Compares the fast path from lines to events with the careful one: it gives the same event, byte for byte, or none.
/// Where only what is read is hashed, the order of an event's fields may differ.
@Suite struct PlainLineTests {
  /// Reads the lines both ways and returns which were plain.
  ///
  /// - Parameter together: how many lines are announced at once; `nil`: all.
  static func plainLines(_ lines: [[UInt8]], together: Int? = nil) throws -> [Bool] {
    let (whole, read) = try (
      plainLines(lines, together, scope: .whole), plainLines(lines, together, scope: .read)
    )
    // What is passed over may have equal names, and objects of any size.
    for (whole, read) in zip(whole, read) where whole { #expect(read) }
    return whole
  }

  private static func plainLines(_ lines: [[UInt8]], _ together: Int?, scope: ContentScope) throws -> [Bool] {
    let text = lines.flatMap { $0 + [0x0A] } + [UInt8](repeating: 0x20, count: TapeParser.padding)
    let (arena, carefulArena) = (ByteArena(capacity: 64), ByteArena(capacity: 64))
    let plain = PlainDecoder(vocabulary: EventsDecoderTests.vocabulary, arena: arena, scope: scope, keepsTails: false)
    let careful = EventDecoder(vocabulary: EventsDecoderTests.vocabulary, arena: carefulArena, scope: scope)
    return try text.withUnsafeBytes { bytes in
      var offset = 0
      return try lines.enumerated().map { (number, line) in
        if number % (together ?? lines.count) == 0 {
          let announced = lines[number...].prefix(together ?? lines.count).reduce(0) { $0 + $1.count + 1 }
          plain.begin(UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + announced]))
        }
        defer { offset += line.count + 1 }
        let bytes = UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + line.count])
        arena.count = 0
        carefulArena.count = 0
        guard plain.decode(bytes) else {
          #expect(arena.count == 0)
          return false
        }
        try careful.decode(line: bytes)
        let text = String(decoding: line, as: UTF8.self)
        #expect(plain.user == careful.user, "\(text)")
        if scope == .whole {
          #expect(arena.bytes.elementsEqual(carefulArena.bytes), "\(text)")
          #expect(plain.wholeContent == careful.wholeContent, "\(text)")
        } else {
          #expect(parts(of: arena) == parts(of: carefulArena), "\(text)")
        }
        return true
      }
    }
  }

  /// The head of the event in the arena, and its fields, sorted.
  private static func parts(of arena: ByteArena) -> [[UInt8]] {
    let event = Event(UnsafeRawPointer(arena.base))
    let fields = [event.data, event.metadata].map { section in
      var fields: [[UInt8]] = []
      var offset = 0
      while offset < section.count {
        let end = JSONValue(section.baseAddress! + offset + 2).end - section.baseAddress!
        fields.append(Array(section[offset..<end]))
        offset = end
      }
      return fields.sorted { $0.lexicographicallyPrecedes($1) }
    }
    return [Array(arena.bytes[..<EventLayout.headSize])] + fields[0] + [[]] + fields[1]
  }

  static func line(_ data: String, metadata: String = "{}", type: String = "set.logged") -> [UInt8] {
    Array(
      """
      {"id":"158b6560-bb63-4150-9199-609d025ec9f2","user_id":"97e8c739-3e85-4030-8697-03a4e3ec4c3e",\
      "timestamp":"2026-01-31T12:46:52.560092+00:00","event_type":"\(type)","data":\(data),\
      "metadata":\(metadata),"created_at":"2026-01-31T13:16:40+00:00"}
      """.utf8)
  }

  @Test(
    "lines that exports usually hold are plain",
    arguments: [
      #"{"reps": 3, "weight_kg": 102.5, "exercise_id": "squat"}"#,
      #"{"exercise_id":"squat","reps":3,"x":[1,-2,{"b":1,"a":null}],"weight_kg":102.50}"#,
      #" { "reps" : 3 , "weight_kg" : 5.0 } "#, "{}", #"{"reps":{"b":{"y":[],"x":{}},"a":true},"rpe":-0.0}"#,
      #"{"reps":999999999999999999,"rpe":0.00000000000001,"notes":"Übung mit größerer Last – 12×5"}"#,
    ])
  func plain(data: String) throws {
    let lines = [Self.line(data), Self.line("{}", metadata: data), Self.line(data, type: "unknown.type")]
    #expect(try Self.plainLines(lines) == [true, true, true])
  }

  @Test("numbers of one to fifteen digits")
  func numbers() throws {
    var random = SeededGenerator(seed: 5)
    let lines = (0..<2000).map { _ -> [UInt8] in
      let numbers = (0..<3).map { _ -> String in
        let digits = String(Int.random(in: 100_000_000...999_999_999, using: &random))
        let whole = Bool.random(using: &random) ? "0" : String(digits.prefix(Int.random(in: 1...9, using: &random)))
        let places = Int.random(in: 0...6, using: &random)
        let fraction = (0..<places).map { _ in String(Int.random(in: 0...9, using: &random)) }.joined()
        let number = places == 0 ? whole : "\(whole).\(fraction)"
        return number != "0" && Bool.random(using: &random) ? "-\(number)" : number
      }
      return Self.line(#"{"reps": \#(numbers[0]), "weight_kg":\#(numbers[1]) , "x": [\#(numbers[2])]}"#)
    }
    #expect(try Self.plainLines(lines).allSatisfy { $0 })
  }

  @Test(
    "lines that need care are not plain",
    arguments: [
      #"{"reps":1e2}"#, #"{"reps":01}"#, #"{"reps":-0}"#, #"{"reps":1.}"#, #"{"reps":.5}"#, #"{"reps":1 2}"#,
      #"{"reps":1234567890123456789}"#, #"{"reps":0.1234567890123456}"#, #"{"reps":1,"reps":2}"#,
      #"{"x":{"b":1,"a":2,"b":3}}"#, #"{"a":"\u0041"}"#, #"{"a":"\\"}"#, "[]", "null", #"{"a":1,}"#, #"{"a"}"#,
      #"{"a":tru}"#, #"{"a":truex}"#, #"{"a":"b"c}"#, #"{,"a":1}"#, #"{"a":[1,]}"#, #"{"a":1]"#,
      String(repeating: "[", count: 70) + String(repeating: "]", count: 70),
    ])
  func notPlain(data: String) throws {
    #expect(try Self.plainLines([Self.line(data), Self.line("{}")]) == [false, true])
  }

  @Test("a truncated line does not run into the next")
  func cutOff() throws {
    let whole = Self.line(#"{"reps":3}"#)
    for length in 1..<whole.count {
      // A cut within a string leaves an odd number of quotes in the window, and then no line is plain.
      let plain = try Self.plainLines([Array(whole[..<length]), whole])
      #expect(plain[0] == false)
    }
  }

  @Test("columns in another order, repeated or missing, and values around them")
  func columns() throws {
    let line = String(decoding: Self.line("{}"), as: UTF8.self)
    let dataFirst = line.replacing(#""data":{},"#, with: "").replacing(#"{"id""#, with: #"{"data":{},"id""#)
    let more = line.replacing(#""data""#, with: #""extra":[{"a":1}],"data""#)
    let twice = line.replacing(#""data":{}"#, with: #""data":{},"data":{"reps":1}"#)
    let without = line.replacing(#","created_at":"2026-01-31T13:16:40+00:00""#, with: "")
    let noUser = line.replacing(#""user_id""#, with: #""owner""#)
    let lines = [dataFirst, more, twice, without, noUser, line + " ", line + "x", line + line].map { Array($0.utf8) }
    #expect(try Self.plainLines(lines) == [false, true, false, true, false, true, false, false])
  }

  @Test("lines of the recorded cases, and the same with bytes changed", arguments: ["realistic", "hostile", "storm"])
  func recorded(name: String) throws {
    let lines = try RecordedCase(name).events.flatMap(Fixtures.lines)
    let plain = try Self.plainLines(lines)
    // Many hostile lines need care.
    #expect(plain.count(where: { $0 }) * 10 >= lines.count * (name == "hostile" ? 4 : 8))

    var random = SeededGenerator(seed: 7)
    for line in lines.shuffled(using: &random).prefix(150) {
      var changed = line
      for _ in 0..<3 {
        let at = Int.random(in: 0..<changed.count, using: &random)
        let byte = Array(#"{}[]:,"019.-eE truefalsn\\"#.utf8).randomElement(using: &random) ?? 0
        if Bool.random(using: &random) { changed[at] = byte } else { changed.insert(byte, at: at) }
        _ = try Self.plainLines([changed])
      }
    }
  }
}
