import EventLog
import EventModel
import Testing

/// Reading gives the same records at the same positions, wherever blocks end.
@Suite struct RecordsCutTests {
  let directory = ScratchDirectory()

  static let ndjson = "\u{FEFF}{\"id\":1}\n\n  \t\r\n{\"id\":2}\r\n{\"text\":\"é\\n\"}\n{\"id\":4}"
  static let csv =
    "\u{FEFF}user_id,\"id\",timestamp,extra,event_type,data,metadata\r\n"
    + "u1,1,2026-01-05 17:30:00+00,,set.logged,\"{\"\"reps\"\": 5}\",{}\n"
    + "u2,2,t,\"a,b\nc\"\"d\"\"\r\n\",\"\",\"\"\"x\"\"\",\n\r\n"
    + "u3,3,t,e,x,\"[\"\"\"\", \"\"y\"\"]\",\"{}\"\r\nu4,4,t,e\"e,x,d,m\nu5,5,t,\"e\"e,x,\"d\n\",m\nu6,6,t\n\n"
    + "u7,7,t,,long,\"\(String(repeating: "{\"\"key\"\": \"\"value\"\"}, ", count: 9))\",m\n"
    + "u8,8,t,,x,d,\"m\""
  static let copy =
    "1\tu1\tt\tset.logged\t{\"a\": \"\\\\\"x\\\\\"\"}\t{}\t2026-01-05 17:30:00.5+00\n"
    + "2\tu2\tt\t\\N\t\\t\\\\\\n\\x41\\101\\q\t\\\\N\t\\N\r\n3\tu3\tt\n\n4\tu4\tt\te\t\t\t\n"
    + "5\tu5\tt\te\td\tm\tc\\\n6\tu6\tt\te\t\(String(repeating: "long ", count: 30))\tm\tc\n\\.\n\n"
  static let dump =
    "--\n-- PostgreSQL database dump\n--\n\n\\restrict x\nSET a = 'COPY';\n\n"
    + "COPY public.other (id, \"COPY\") FROM stdin;\n1\t2\n\\.\n\n"
    + "COPY \"My \"\"Schema\"\"\".\"events\" (id, user_id, \"timestamp\", event_type, \"odd, \"\"one\", data, metadata) FROM stdin;\n"
    + "1\tu1\tt\te\todd\t{\"a\": \"\\\\n\"}\tm\n2\tu2\tt\te\todd\t\\N\tm\n\\.\n\n\n"
    + "SELECT 1; \(String(repeating: "-", count: 5000))\n"
    + "COPY public.empty (id) FROM stdin;\n\\.\nCOPY \"My \"\"Schema\"\"\".users (email, id) FROM stdin;\nx@y\tu1\n\\.\n"
    + "COPY public.events (id) FROM nowhere;\n--\n-- PostgreSQL database dump complete\n--\n\n"

  static let all: [(String, RecordForm)] = [
    (ndjson, .ndjson), (csv, .csv), (copy, .copyText), (dump, .pgDump),
  ]

  @Test(arguments: all.indices)
  func anyBlockSizeGivesTheSameRecords(index: Int) {
    let (text, form) = Self.all[index]
    let bytes = Array(text.utf8)
    let half = bytes.count / 2
    let files = [
      directory.write("plain", bytes),
      directory.write("gzip", gzip(Array(bytes[..<half])) + gzip(Array(bytes[half...]))),
      directory.write("zstd", zstd(Array(bytes[..<half])) + skippableFrame(3) + zstd(Array(bytes[half...]))),
    ]
    let tables: Set<TableKind> = [.events, .users]
    let whole = readAll([files[0]], dumpTables: tables)
    #expect(whole.stopped == nil && !whole.records.isEmpty)
    #expect(readAll([files[0]], dumpTables: tables, form: form) == whole)
    for size in Array(1...(min(bytes.count, 800) + 1)) + [bytes.count, 1 << 16] {
      for file in size < 40 ? files : [files[size % 3]] {
        #expect(readAll([file], dumpTables: tables, blockSize: size) == whole, "block size \(size), \(file)")
      }
    }
    for record in whole.records {
      let start = Array(bytes[record.offset...])
      #expect(start.starts(with: Array(record.raw.utf8)))
      #expect(record.line == 1 + bytes[..<record.offset].count { $0 == 0x0A })
    }
  }

  @Test func ndjsonLines() {
    let seen = readAll([directory.write("f", Self.ndjson)]).records
    #expect(seen.map(\.raw) == ["{\"id\":1}", "{\"id\":2}", "{\"text\":\"é\\n\"}", "{\"id\":4}"])
    #expect(seen.map(\.line) == [1, 4, 5, 6])
    #expect(seen.map(\.offset) == [3, 18, 28, 44])
  }

  @Test func csvRecords() {
    let seen = readAll([directory.write("f", Self.csv)]).records
    #expect(seen[0].values == ["1", "u1", "2026-01-05 17:30:00+00", "set.logged", "{\"reps\": 5}", "{}", nil])
    #expect(seen[1].values == ["2", "u2", "t", "", "\"x\"", nil, nil])
    #expect(seen[2].values == ["3", "u3", "t", "x", "[\"\", \"y\"]", "{}", nil])
    #expect(seen[3].fault == "column 4: a quote inside an unquoted field")
    #expect(seen[4].fault == "column 4: text after the closing quote" && seen[4].raw == "u5,5,t,\"e\"e,x,\"d")
    // The rest of the damaged line opens a quote at a record's start, which swallows lines up to the next quote.
    #expect(seen[5].fault == "user_id: text after the closing quote" && seen[5].raw.hasPrefix("\",m\nu6,6,t\n\nu7,7,"))
    #expect(seen.map(\.line) == [2, 3, 7, 8, 9, 10, 14])
    #expect(seen.last?.values == ["8", "u8", "t", "x", "d", "m", nil])
  }

  @Test func copyRecords() {
    let seen = readAll([directory.write("f", Self.copy)]).records
    #expect(
      seen[0].values == ["1", "u1", "t", "set.logged", "{\"a\": \"\\\"x\\\"\"}", "{}", "2026-01-05 17:30:00.5+00"])
    #expect(seen[1].values == ["2", "u2", "t", nil, "\t\\\nAAq", "\\N", nil])
    #expect(seen[2].fault == "wrong number of columns: 3 where events have here 7")
    #expect(seen[3].fault == "wrong number of columns: 1 where events have here 7")
    #expect(seen[4].values == ["4", "u4", "t", "e", "", "", ""])
    #expect(seen[5].fault == "created_at: a backslash at the end of the line")
    #expect(seen.count == 7)
  }

  @Test func dumpBlocks() {
    let file = directory.write("f", Self.dump)
    let seen = readAll([file], dumpTables: [.events, .users]).records
    #expect(seen.map(\.table) == [.events, .events, .users])
    #expect(seen[0].values == ["1", "u1", "t", "e", "{\"a\": \"\\n\"}", "m", nil])
    #expect(seen[1].values == ["2", "u2", "t", "e", nil, "m", nil])
    #expect(seen[2].values == ["u1"])
    #expect(readAll([file], dumpTables: [.users]).records.map(\.values) == [["u1"]])
  }
}
