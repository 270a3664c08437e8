import EventLog
import EventModel
import Testing

/// Compares the CSV reader with a model that reads byte by byte.
@Suite struct RecordsCSVModelTests {
  let directory = ScratchDirectory()

  /// The records after the header, which ends at `from`. The columns are `id` and one that refold does not read.
  private func model(_ bytes: [UInt8], from: Int) -> [SeenRecord] {
    var seen: [SeenRecord] = []
    var offset = from
    while offset < bytes.count {
      if bytes[offset] == 0x0A {
        offset += 1
        continue
      }
      if bytes[offset] == 0x0D, offset + 1 < bytes.count, bytes[offset + 1] == 0x0A {
        offset += 2
        continue
      }
      let start = offset
      let (fields, fault) = record(bytes, &offset)
      var end = offset
      if end > start, bytes[end - 1] == 0x0D { end -= 1 }
      var found = SeenRecord(
        line: 1 + bytes[..<start].count { $0 == 0x0A }, offset: start, table: .users,
        raw: String(decoding: bytes[start..<end], as: UTF8.self))
      if let fault {
        found.fault = (fields.count == 0 ? "id" : "column \(fields.count + 1)") + ": " + fault
      } else if fields.count != 2 {
        found.fault = "wrong number of columns: \(fields.count) where the header names 2"
      } else {
        found.values = [fields[0]]
      }
      seen.append(found)
      offset += 1
    }
    return seen
  }

  /// Reads one record. Leaves `offset` at the record's line end, or at the end of the bytes.
  private func record(_ bytes: [UInt8], _ offset: inout Int) -> (fields: [String?], fault: String?) {
    var fields: [String?] = []
    func at(_ place: Int) -> UInt8? { place < bytes.count ? bytes[place] : nil }
    while true {
      var value: [UInt8] = []
      if at(offset) == 0x22 {
        offset += 1
        while true {
          guard let byte = at(offset) else {
            return (fields, "the quote is not closed before the end of the file")
          }
          offset += 1
          if byte != 0x22 {
            value.append(byte)
          } else if at(offset) == 0x22 {
            value.append(0x22)
            offset += 1
          } else {
            break
          }
        }
        if at(offset) == 0x0D, at(offset + 1) == nil || at(offset + 1) == 0x0A { offset += 1 }
        guard at(offset) == nil || at(offset) == 0x0A || at(offset) == 0x2C else {
          while at(offset) != nil, at(offset) != 0x0A { offset += 1 }
          return (fields, "text after the closing quote")
        }
        fields.append(String(decoding: value, as: UTF8.self))
      } else {
        while let byte = at(offset), byte != 0x0A, byte != 0x2C {
          if byte == 0x22 {
            while at(offset) != nil, at(offset) != 0x0A { offset += 1 }
            return (fields, "a quote inside an unquoted field")
          }
          value.append(byte)
          offset += 1
        }
        if at(offset) != 0x2C, value.last == 0x0D { value.removeLast() }
        fields.append(value.isEmpty ? nil : String(decoding: value, as: UTF8.self))
      }
      guard at(offset) == 0x2C else { return (fields, nil) }
      offset += 1
    }
  }

  @Test("the fields of a malformed record are never those of an earlier chunk, whose memory may be gone")
  func fieldsOfAnEarlierChunk() throws {
    let id = "08a74b44-65f4-477d-9dbe-1c12c0d105b6"
    let paths = ["\(id),a\n", "\"b"].enumerated().map { directory.write("f\($0)", Array("id,x\n\($1)".utf8)) }
    let reader = try ChunkReader(paths: paths, table: .users, form: .csv)
    let (chunk, splitter) = (RecordChunk(), FieldSplitter())
    var chunks = 0
    var faults = 0
    while try reader.next(chunk) {
      chunks += 1
      splitter.begin(chunk)
      #expect(splitter[0].isNull)
      do {
        while try splitter.next() { #expect(splitter[0].bytes.elementsEqual(id.utf8)) }
      } catch {
        faults += 1
        #expect(splitter[0].isNull)
      }
    }
    #expect(chunks == 2 && faults == 1)
  }

  /// Few distinct bytes make every combination of quotes and line ends likely.
  @Test func arbitraryBytes() {
    let seed: UInt64 = 20_260_105
    var random = Seeded(state: seed)
    let alphabet = Array("\"\"\"\",,\n\rab".utf8)
    let header = Array("id,x\n".utf8)
    for round in 0..<400 {
      let tail = (0..<Int.random(in: 0...200, using: &random)).map { _ in alphabet.randomElement(using: &random)! }
      let file = directory.write("f", header + tail)
      let expected = Reading(records: model(header + tail, from: header.count), stopped: nil)
      for size in [1, 2, 3, 63, 64, 65, Int.random(in: 1...250, using: &random), 4096] {
        let seen = readAll([file], table: .users, form: .csv, blockSize: size)
        #expect(seen == expected, "seed \(seed), round \(round), block size \(size)")
        if seen != expected { return }
      }
    }
  }

  /// Mostly well-formed records, some damaged.
  @Test func arbitraryRecords() {
    let seed: UInt64 = 7
    var random = Seeded(state: seed)
    let pieces = [
      "\"a\"\"b\"", "\"\"", "", "x", "\"\n\"", "\"\"\"\"", "\"{\"\"k\"\": \"\"v\"\"}\"", "long unquoted text", "\"a\"b",
      "c\"d",
    ]
    let header = "id,x\n"
    for round in 0..<200 {
      var text = header
      for _ in 0..<Int.random(in: 0...20, using: &random) {
        let damaged = Int.random(in: 0..<8, using: &random) == 0
        let choice = pieces[..<(damaged ? pieces.count : pieces.count - 2)]
        text += choice.randomElement(using: &random)! + "," + choice.randomElement(using: &random)!
        text += Bool.random(using: &random) ? "\n" : "\r\n"
      }
      let file = directory.write("f", text)
      let expected = Reading(records: model(Array(text.utf8), from: header.utf8.count), stopped: nil)
      for size in [1, 7, 64, 100, 4096] {
        let seen = readAll([file], table: .users, form: .csv, blockSize: size)
        #expect(seen == expected, "seed \(seed), round \(round), block size \(size)")
        if seen != expected { return }
      }
    }
  }
}
