import EventModel
import TestSupport
import Testing

@testable import EventLog
@testable import JSONTape

/// Lines read by the shape of earlier lines, and names found by their bytes. What is cached must not change a result.
@Suite struct LineShapeTests {
  typealias Plain = PlainLineTests

  /// The same event in the shapes that exports have.
  static let shapes: [@Sendable (String) -> String] = [
    { $0 },
    { $0.replacing(#"":"#, with: #"": "#).replacing(#",""#, with: #", ""#) },
    { $0.replacing(#","data":"#, with: #" , "data" : "#) },
    { $0.replacing(#","created_at":"2026-01-31T13:16:40+00:00""#, with: "") },
    { $0.replacing(#""data""#, with: #""extra":[1,{"a":"b"}],"data""#) },
    { $0.replacing(#""event_type""#, with: String(repeating: " ", count: 30) + #""event_type""#) },
    { "  \($0)\t" },
    { line in
      let created = #","created_at":"2026-01-31T13:16:40+00:00""#
      return line.replacing(created, with: "").replacing("{\"id\"", with: "{" + created.dropFirst() + ",\"id\"")
    },
  ]

  @Test("lines of any shape, after lines of any shape", arguments: 0..<20)
  func mixed(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    var chosen = Self.shapes[0]
    let lines = (0..<60).map { number -> [UInt8] in
      if number == 0 || Int.random(in: 0..<4, using: &random) == 0 {
        chosen = Self.shapes.randomElement(using: &random) ?? chosen
      }
      let data = #"{"reps":\#(number),"weight_kg":\#(number).5,"exercise_id":"squat \#(number)"}"#
      return Array(chosen(String(decoding: Plain.line(data, metadata: #"{"source":"cli"}"#), as: UTF8.self)).utf8)
    }
    let plain = try Plain.plainLines(lines, together: Int.random(in: 1...9, using: &random))
    #expect(plain.allSatisfy { $0 })
  }

  @Test("a line of a known shape with any byte changed, removed or doubled")
  func changed() throws {
    var random = SeededGenerator(seed: 11)
    let line = Plain.line(#"{"reps":3,"rpe":7.5}"#, metadata: #"{"source":"cli","session_id":"a"}"#)
    let others = Array(#"{}[]:,"0a -T"#.utf8)
    for at in line.indices {
      var (changed, shorter, longer) = (line, line, line)
      changed[at] = others.randomElement(using: &random) ?? 0
      shorter.remove(at: at)
      longer.insert(line[at], at: at)
      for other in [changed, shorter, longer] {
        // With an odd number of quotes, all lines of a window are read with care, and the known shape is not used.
        guard other.count(where: { $0 == 0x22 }) % 2 == 0 else { continue }
        let plain = try Plain.plainLines([line, other, line])
        #expect(plain[0] && plain[2])
      }
    }
  }

  @Test("a truncated line after a line of a known shape")
  func cutOff() throws {
    let line = Plain.line(#"{"reps":3}"#)
    for length in 1..<line.count where line[..<length].count(where: { $0 == 0x22 }) % 2 == 0 {
      #expect(try Plain.plainLines([line, Array(line[..<length]), line]) == [true, false, true])
      #expect(try Plain.plainLines([line, Array(line[..<length])]) == [true, false])
    }
  }

  @Test("members in any order, with names that are similar, short, long and unknown", arguments: 0..<20)
  func members(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let known = [
      "reps", "weight_kg", "device_time", "device_type", "session_id", "duration_seconds", "relative_intensity",
    ]
    func name() -> String {
      if Bool.random(using: &random) { return known.randomElement(using: &random) ?? "" }
      let length = [0, 1, 7, 8, 9, 15, 16, 17, 23, 24, 25, 40, 255].randomElement(using: &random) ?? 0
      return String((0..<length).map { _ in "ab".randomElement(using: &random) ?? "a" })
    }
    func object(_ depth: Int) -> String {
      let members = (0..<Int.random(in: 0..<6, using: &random)).map { number -> String in
        let value = depth < 3 && Int.random(in: 0..<3, using: &random) == 0 ? object(depth + 1) : "\(number)"
        return "\"\(name())\":\(value)"
      }
      return "{\(members.joined(separator: ","))}"
    }
    let lines = (0..<200).map { _ in Plain.line(object(0), metadata: object(1)) }
    let plain = try Plain.plainLines(lines, together: 40)
    // The other lines repeat a name.
    #expect(plain.count { $0 } > 60)
  }

  @Test("names of more than 255 bytes take the careful path")
  func longNames() throws {
    let name = String(repeating: "n", count: 256)
    #expect(try Plain.plainLines([Plain.line("{\"\(name)\":1}"), Plain.line("{}")]) == [false, true])
  }
}
