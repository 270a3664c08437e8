import EventModel
import Foundation
import Testing
import TestSupport

@testable import EventLog
@testable import JSONTape

/// The fast way from lines to events against the long one: the same event, byte for byte, or no answer.
@Suite struct PlainLineTests {
  /// Decodes each line both ways. Returns how many were plain.
  static func compare(_ lines: [String]) throws -> Int {
    var text = Array(lines.joined(separator: "\n").utf8)
    let count = text.count
    text += [UInt8](repeating: 0x20, count: TapeParser.padding)
    let plainArena = ByteArena(capacity: 64)
    let arena = ByteArena(capacity: 64)
    let plain = PlainLineDecoder(vocabulary: EventsDecoderTests.vocabulary, arena: plainArena)
    let careful = EventDecoder(vocabulary: EventsDecoderTests.vocabulary, arena: arena)
    return try text.withUnsafeBytes { bytes in
      plain.begin(UnsafeRawBufferPointer(rebasing: bytes[..<count]))
      var offset = 0
      var plainLines = 0
      for line in lines {
        let size = line.utf8.count
        let bytes = UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + size])
        offset += size + 1
        arena.count = 0
        plainArena.count = 0
        guard plain.decode(bytes) else {
          #expect(plainArena.count == 0)
          continue
        }
        plainLines += 1
        try careful.decode(line: bytes)
        #expect(plain.user == careful.user)
        #expect(plainArena.bytes.elementsEqual(arena.bytes), "\(line)")
      }
      return plainLines
    }
  }

  static func line(data: String, metadata: String = "{}", type: String = "set.logged") -> String {
    """
    {"id":"158b6560-bb63-4150-9199-609d025ec9f2","user_id":"97e8c739-3e85-4030-8697-03a4e3ec4c3e",\
    "timestamp":"2026-01-31T12:46:52.560092+00:00","event_type":"\(type)","data":\(data),\
    "metadata":\(metadata),"created_at":"2026-01-31T13:16:40.634245+00:00"}
    """
  }

  @Test func ordinaryLinesArePlain() throws {
    let lines = [
      Self.line(data: #"{"reps": 3, "weight_kg": 102.5, "exercise_id": "squat"}"#),
      Self.line(data: #"{"exercise_id":"squat","reps":3,"x":[1,-2,{"b":1,"a":null}],"weight_kg":102.50}"#),
      Self.line(data: "{}", metadata: #"{"idempotency_key": "k", "source": true}"#, type: "unknown.type"),
      Self.line(data: #" { "reps" : 3 , "weight_kg" : 5.0 } "#),
    ]
    #expect(try Self.compare(lines) == lines.count)
  }
}
