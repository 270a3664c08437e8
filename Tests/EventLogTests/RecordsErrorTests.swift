import EventLog
import EventModel
import Testing

/// Input that cannot be read, and the error messages for it.
@Suite struct RecordsErrorTests {
  let directory = ScratchDirectory()

  private func stop(_ text: String, table: TableKind = .events, form: RecordForm? = nil, limit: Int = 64 << 20)
    -> String
  {
    let file = directory.write("input", text)
    let reading = readAll([file], table: table, form: form, recordLimit: limit)
    for size in [1, 5, 64] {
      let other = readAll([file], table: table, form: form, blockSize: size, recordLimit: limit)
      #expect(other == reading)
    }
    return (reading.stopped ?? "read").replacing(directory.path + "/", with: "")
  }

  static let header = "id,user_id,timestamp,event_type,data,metadata\n"
  static let copyLine = "COPY public.events (id, user_id, \"timestamp\", event_type, data, metadata) FROM stdin;\n"

  static let formCases: [(String, TableKind, String)] = [
    ("", .events, "input: is empty; expected events as"),
    ("\n \n", .events, "input: holds nothing but blank lines; expected events as"),
    ("hello\n", .events, "input: not of a form that can be read; expected events as"),
    ("[{}]\n", .events, "read"),
    ("[{},\n1]", .events, "input:2 (byte 5): an element that is no object"),
    ("[{}", .events, "input:1 (byte 3): the array does not end: the file was cut off"),
    ("[{} {}]", .events, "input:1 (byte 4): a comma or the end of the array was expected"),
    ("[{\"a\": [1}", .events, "input:1 (byte 1): the file ends within this element: it was cut off"),
    ("PGDMP\u{1}\u{E}", .events, "input: a custom-format dump; convert it on a pipe: pg_restore -f - "),
    ("id\tuser_id\ttimestamp\n", .events, "input:1 (byte 0): event_type: no such column, and events need it"),
    (
      "ca92fbfe-ca81-49f1-97a0-f1777bc6205f,ca92fbfe-ca81-49f1-97a0-f1777bc6205f\n", .events,
      "input: CSV without a header line"
    ),
    (
      "id,user_id,timestamp,event_type,data\n", .events,
      "input:1 (byte 0): metadata: no such column, and events need it"
    ),
    ("id,id,user_id\n", .events, "input:1 (byte 0): id: the column is named twice"),
    (
      "id,user_id,projection_type,key,data\n", .events,
      "input:1 (byte 0): looks like an export of projections by its columns, where events are expected"
    ),
    ("id,\"x\n", .users, "input:1 (byte 0): the header has an unterminated quote"),
    ("id,x\"\n", .users, "input:1 (byte 0): the header has a stray quote"),
    (header, .events, "read"),
    ("ca92fbfe-ca81-49f1-97a0-f1777bc6205f\n", .users, "read"),
    ("{\"id\":1}", .events, "read"),
    ("1\t2\n\\.\nmore\n", .events, "input:3 (byte 7): text after the end marker \\. of COPY text"),
    ("1\t2\n\\.", .events, "read"),
  ]

  @Test(arguments: formCases.indices)
  func forms(index: Int) {
    let (text, table, expected) = Self.formCases[index]
    let seen = stop(text, table: table)
    #expect(expected == "read" ? seen == expected : seen.hasPrefix(expected), "\(seen)")
  }

  static let dumpCases: [(String, String)] = [
    ("SET a = 1;\n", "input: the dump has no rows of events; dump them too: pg_dump -t events -t users"),
    (
      "--\nINSERT INTO public.events VALUES (1);\n",
      "read"
    ),
    (
      "--\nINSERT INTO public.events SELECT 1;\n",
      "input:2 (byte 3): INSERT … SELECT of public.events, which is not supported"
    ),
    (
      "--\nINSERT INTO public.events VALUES (1",
      "input:2 (byte 36): the file ends within a row of public.events: it was cut off"
    ),
    (
      "--\nINSERT INTO public.events VALUES /* (1);\n",
      "input:2 (byte 35): the file ends within a comment between rows of public.events: it was cut off"
    ),
    (
      "--\nINSERT INTO public.events VALUES (1), /* a /* b */ (2);\n",
      "input:2 (byte 40): the file ends within a comment between rows of public.events: it was cut off"
    ),
    (
      "--\nINSERT INTO public.events VALUES (1) /* a",
      "input:2 (byte 39): the file ends within a comment between rows of public.events: it was cut off"
    ),
    (
      "--\nINSERT INTO public.events VALUES (1),",
      "input:2 (byte 40): the file ends before a row of public.events: it was cut off"
    ),
    (
      "SELECT 'x\n" + copyLine + "\\.\n",
      "input:4 (byte 99): the file ends within a quoted text of the statement that starts in line 1"
    ),

    ("--\nINSERT INTO public.events VALUES (1);\n" + copyLine + "\\.\n", "read"),
    (
      "--\n" + copyLine + "1\t2\n",
      "input:4 (byte 93): the file ends within the COPY block of events that starts in line 2: it was cut off"
    ),
    (
      "--\n" + copyLine + "1\t2\n3\t4",
      "input:4 (byte 93): the file ends within the COPY block of events that starts in line 2: it was cut off"
    ),
    ("--\n" + copyLine + "1\t2\n\\.", "read"),
    ("-- PostgreSQL database dump\n" + copyLine + "\\.\n", "input:4 (byte 117): the dump lacks its closing comment"),
    ("-- PostgreSQL database dump\n" + copyLine + "\\.\n-- PostgreSQL database dump complete\n", "read"),
    ("COPY events (id) FROM stdin;\n\\.\n", "input:1 (byte 0): user_id: no such column"),
    ("COPY other (id) FROM stdin;\n1\n", "input:3 (byte 30): the file ends within the COPY block of public.other"),
  ]

  @Test(arguments: dumpCases.indices)
  func dumps(index: Int) {
    let (text, expected) = Self.dumpCases[index]
    let seen = stop(text)
    #expect(expected == "read" ? seen == expected : seen.hasPrefix(expected), "\(seen)")
  }

  @Test func tooLongRecords() {
    let fits = String(repeating: "x", count: 98)
    #expect(stop("{}\n{\(fits)}\n{}\n", form: .ndjson, limit: 100) == "read")
    #expect(stop("{}\n{\(fits)}", form: .ndjson, limit: 100) == "read")
    #expect(stop("{}\n{\(fits)}x\n{}\n", form: .ndjson, limit: 100) == "input:2 (byte 3): line longer than 100 bytes")
    #expect(stop("{}\n{\(fits)}x", form: .ndjson, limit: 100) == "input:2 (byte 3): line longer than 100 bytes")
    let quoted = "id,x\n1,2\n3,\"\(String(repeating: "\n", count: 200))"
    #expect(
      stop(quoted, table: .users, limit: 100)
        == "input:3 (byte 9): line longer than 100 bytes; a closing quote may be missing")
    let long = String(repeating: "x", count: 6000)
    let dump = "--\nSET x = \(long);\n" + Self.copyLine + "1\t\(long)\n\\.\n"
    #expect(stop(dump, limit: 5120) == "input:4 (byte 6099): line longer than 5 KiB")
  }

  @Test func truncatedPackingHandsOutWholeRecordsFirst() {
    let text = Array((1...2000).map { "{\"id\":\($0),\"x\":\($0 &* 0x9E37_79B9 % 65_521)}\n" }.joined().utf8)
    let cut = directory.write("cut.gz", gzip(text).dropLast(9).map { $0 })
    let whole = readAll([cut])
    #expect(whole.records.count > 1000)
    #expect(whole.stopped == "\(cut): the file ends in the middle of a gzip member: it was cut off; copy it again")
    for size in [64, 1000, 5000] { #expect(readAll([cut], blockSize: size) == whole) }
  }

  @Test func shardsAreReadInOrderAndEachByItsOwnForm() throws {
    let a = directory.write("a.csv", gzip(Array((Self.header + "1,u,t,e,d,m\n").utf8)))
    let b = directory.write("b.tsv", "2\tu\tt\te\td\tm\tc\n")
    let c = directory.write("c.sql", Self.copyLine + "3\tu\tt\te\td\tm\n\\.\n")
    let d = directory.write("d.csv", Self.header)
    let seen = readAll([a, b, c, d])
    #expect(seen.stopped == nil && seen.records.map { $0.values[0] } == ["1", "2", "3"])
    #expect(seen.records.map(\.line) == [2, 1, 2])

    let reader = try ChunkReader(paths: [a, b, c, d], table: .events)
    let chunk = RecordChunk()
    var shards: [Int] = []
    while try reader.next(chunk) { shards.append(chunk.shard) }
    #expect(shards == [0, 1, 2] && reader.forms == [.csv, .copyText, .pgDump, .csv] && reader.tablesSeen == [.events])
    #expect(reader.progress.bytesRead == reader.progress.totalBytes && reader.progress.shard == 4)
  }

  @Test func threadsShareAReader() async throws {
    let text = (1...5000).map { "{\"id\":\($0)}\n" }.joined()
    let reader = try ChunkReader(
      paths: [directory.write("a", text), directory.write("b.gz", gzip(Array(text.utf8)))], table: .events,
      blockSize: 1000)
    let lines = try await withThrowingTaskGroup(of: [[Int]].self) { group in
      for _ in 0..<4 {
        group.addTask {
          let chunk = RecordChunk()
          var seen: [[Int]] = []
          while try reader.next(chunk) {
            var lines = NDJSONLines(chunk)
            while lines.next() { seen.append([chunk.shard, lines.lineNumber]) }
          }
          return seen
        }
      }
      return try await group.reduce(into: []) { $0 += $1 }
    }
    let expected = (0...1).flatMap { shard in (1...5000).map { [shard, $0] } }
    #expect(lines.sorted { $0.lexicographicallyPrecedes($1) } == expected)
  }

  @Test func errorsRepeat() throws {
    let reader = try ChunkReader(paths: [directory.write("f", "nothing")], table: .events)
    for _ in 0..<3 { #expect(throws: MalformedInput.self) { try reader.next(RecordChunk()) } }
    #expect(throws: MalformedInput(file: "/none", reason: "no such file")) {
      try ChunkReader(paths: ["/none"], table: .events)
    }
  }
}
