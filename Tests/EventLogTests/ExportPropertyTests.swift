import EventLog
import EventModel
import TestSupport
import Testing

/// A log written in any form gives the events of its NDJSON, whatever surrounds its rows and wherever blocks end.
@Suite("exports.md: every form of a log gives the events of its NDJSON")
struct ExportPropertyTests {
  let directory = ScratchDirectory()
  private static let seeds: [UInt64] = Array(1...60)

  private func check(_ made: inout MadeEvents, _ files: [(name: String, bytes: [UInt8])], _ seed: UInt64) throws {
    let expected = try MadeEvents.read(directory.write("control", made.ndjson), blockSize: 1 << 20)
    #expect(expected.count == made.rows.count)
    for (name, bytes) in files {
      let packed = made.below(3)
      let path = directory.write(name, packed == 0 ? bytes : packed == 1 ? gzip(bytes) : zstd(bytes))
      for size in [1 << 20, 1 + made.below(8), 1 + made.below(max(1, bytes.count))] {
        do {
          let seen = try MadeEvents.read(path, blockSize: size)
          #expect(seen == expected, "seed \(seed), \(name), block size \(size)")
          if seen != expected { return }
        } catch {
          Issue.record("seed \(seed), \(name), block size \(size): \(error)")
          return
        }
      }
    }
  }

  // MARK: Dumps

  private static let columns = "(id, user_id, \"timestamp\", event_type, data, metadata, created_at)"
  private static let table =
    "CREATE TABLE public.events (id uuid NOT NULL, user_id uuid, \"timestamp\" timestamptz, event_type text DEFAULT ')', "
    + "data jsonb, metadata jsonb, created_at timestamptz, CONSTRAINT c PRIMARY KEY (id));\n"

  /// Rows as COPY blocks and INSERT statements of every style, with decoys before, between and after them.
  private func dump(_ made: inout MadeEvents) -> String {
    let isWhole = made.chance(2)
    var text = isWhole ? "--\n-- PostgreSQL database dump\n--\n\n" : ""
    if made.chance(2) { text += ExportPropertyTests.table }
    text += SQLDecoys.some(&made)
    var next = 0
    while next < made.rows.count {
      let end = min(made.rows.count, next + 1 + made.below(5))
      let rows = Array(made.rows[next..<end])
      next = end
      let name = made.pick(["public.events", "events", "PUBLIC.Events", "\"public\".\"events\""])
      let columns = made.pick(["", " " + ExportPropertyTests.columns])
      let isTransaction = made.chance(5)
      if isTransaction { text += "BEGIN;\n" }
      switch made.below(3) {
      case 0:
        text += "COPY \(name)\(columns) FROM \(made.pick(["stdin", "STDIN WITH (FORMAT text)"]));\n"
        text += rows.map(MadeEvents.copy).joined() + "\\.\n"
      case 1:
        for row in rows { text += insert(name, columns, [row], &made) }
      default: text += insert(name, columns, rows, &made)
      }
      if isTransaction { text += "COMMIT;\n" }
      text += SQLDecoys.some(&made)
    }
    return text + (isWhole ? "--\n-- PostgreSQL database dump complete\n--\n" : "")
  }

  private func insert(_ name: String, _ columns: String, _ rows: [[String?]], _ made: inout MadeEvents) -> String {
    let verb = made.pick(["INSERT INTO", "insert into", "INSERT  INTO /* ( */"])
    let values = rows.map { row in "(" + row.map { made.constant($0) }.joined(separator: made.pick([", ", ","])) + ")" }
    let between = made.pick([",", ",\n\t", " , -- ' (\n", ", /* ( */ "])
    let tail = made.pick(["", " ON CONFLICT DO NOTHING", "\nON CONFLICT (id) DO NOTHING", " RETURNING id"])
    return
      "\(verb) \(name)\(columns) \(made.pick(["VALUES ", "values", "VALUES\n"]))\(values.joined(separator: between))\(tail);\n"
  }

  @Test("a dump of any style among decoys", arguments: seeds)
  func dumps(seed: UInt64) throws {
    var made = MadeEvents(seed: seed, count: 1 + Int(seed % 9))
    let text = dump(&made)
    let files = [
      ("dump.sql", Array(text.utf8)), ("marked.sql", Array("\u{FEFF}\(text)".utf8)),
      ("utf16.sql", MadeEvents.utf16(text, bigEndian: seed % 2 == 0, mark: true)),
    ]
    try check(&made, files, seed)
  }

  @Test("a dump with CRLF line ends", arguments: seeds.prefix(20))
  func crlf(seed: UInt64) throws {
    var made = MadeEvents(seed: seed, count: 4)
    // COPY only, because it escapes line ends within texts. The replacement below would change unescaped ones too.
    let rows = made.rows.map(MadeEvents.copy).joined()
    let text = "--\n\(ExportPropertyTests.table)COPY public.events FROM stdin;\n\(rows)\\.\nSELECT 1;\n"
    try check(&made, [("crlf.sql", Array(text.replacing("\n", with: "\r\n").utf8))], seed)
  }

  @Test("COPY and INSERT text that psql does not run is never read", arguments: seeds)
  func decoys(seed: UInt64) throws {
    var made = MadeEvents(seed: seed, count: 0)
    var text = "COPY public.events FROM stdin;\n\\.\n"
    for _ in 0..<6 { text = SQLDecoys.next(&made) + text + SQLDecoys.next(&made) }
    let path = directory.write("decoys.sql", "--\n" + text)
    for size in [1 << 20, 1, 1 + made.below(300)] {
      do {
        #expect(try MadeEvents.read(path, blockSize: size).isEmpty, "seed \(seed), block size \(size)")
      } catch { Issue.record("seed \(seed), block size \(size): \(error)\n\(text)") }
    }
  }

  // MARK: JSON and CSV

  @Test("JSON in every layout", arguments: seeds)
  func json(seed: UInt64) throws {
    var made = MadeEvents(seed: seed, count: 1 + Int(seed % 9))
    let lines = made.rows.map { MadeEvents.json($0) }
    let printed = made.rows.map { MadeEvents.json($0, indent: made.pick(["  ", "\t", ""])) }
    let space = made.pick(["", " ", "\n", "\r\n", " \n "])
    var texts = [lines.joined(separator: "\n"), printed.joined(separator: "\n"), printed.joined()]
    texts.append(lines.map { "\u{FEFF}\($0)\r\n" }.joined())
    texts.append("[" + lines.joined(separator: ",\(space)") + "]\n")
    texts.append("[\(space)" + printed.joined(separator: "\(space),\(space)") + "\(space)]")
    texts.append(lines.map { "[\($0)]" }.joined(separator: space))
    texts.append("[" + lines.joined(separator: ",") + "]\n[]\n\u{FEFF}[\n]")
    var files: [(String, [UInt8])] = []
    for (number, text) in texts.enumerated() {
      files.append(("json-\(number)", Array(text.utf8)))
      let isPlain = text.utf8.prefix(64).allSatisfy { $0 < 0x80 }
      files.append(
        ("utf16-\(number)", MadeEvents.utf16(text, bigEndian: seed % 2 == 0, mark: !isPlain || made.chance(2))))
    }
    try check(&made, files, seed)
  }

  @Test("CSV with every separator, quoting, case and order of names, and with repeated header lines", arguments: seeds)
  func csv(seed: UInt64) throws {
    var made = MadeEvents(seed: seed, count: 1 + Int(seed % 9))
    let separator = made.pick([",", ";", "\t", "|"])
    let quotesAll = made.chance(2)
    let order = Array(0..<9).shuffled(using: &made.random)
    let columns = TableKind.events.columns + ["extra", "Notes"]
    let names = order.map { made.pick([columns[$0], columns[$0].uppercased()]) }
    let header = names.map { MadeEvents.csv($0, separator, quotesAll: quotesAll) }.joined(separator: separator)
    let lineEnd = made.pick(["\n", "\r\n"])
    let declared = made.pick(["", "sep=\(separator)\(lineEnd)", "\u{FEFF}", "\u{FEFF}\"sep=\(separator)\"\(lineEnd)"])
    var text = declared + header + lineEnd
    for row in made.rows {
      let all = row + [made.pick(["x", "a\"b", "\n"]), nil]
      text +=
        order.map { MadeEvents.csv(all[$0], separator, quotesAll: quotesAll || separator == "\t") }.joined(
          separator: separator)
        + lineEnd
      if made.chance(3) { text += made.pick(["", "\u{FEFF}"]) + header + lineEnd }
    }
    // With tabs, the first row must tell CSV from COPY text, by doubled quotes in its data.
    if separator == "\t", made.rows[0][4]?.contains("\"") != true { return }
    let isPlain = declared.utf8.first != 0xEF
    let files = [
      ("events.csv", Array(text.utf8)),
      ("utf16.csv", MadeEvents.utf16(text, bigEndian: seed % 2 == 0, mark: !isPlain || made.chance(2))),
    ]
    try check(&made, files, seed)
  }

  @Test("COPY text with a header line", arguments: seeds.prefix(20))
  func copyText(seed: UInt64) throws {
    var made = MadeEvents(seed: seed, count: 5)
    let header = TableKind.events.columns.joined(separator: "\t") + "\n"
    let rows = made.rows.map(MadeEvents.copy)
    let tells = rows.joined().contains("\\") || rows.joined().contains("\"")
    guard tells else { return }
    let text = header + rows[..<2].joined() + header + rows[2...].joined()
    try check(&made, [("events.tsv", Array(text.utf8)), ("plain.tsv", Array(rows.joined().utf8))], seed)
  }

  @Test("rows of many INSERT statements share a chunk, whatever statements are between them")
  func chunks() throws {
    let user = "INSERT INTO public.users VALUES ('\(FoldedHistory.user)', 'a', (1, 2), 'b''c');\n"
    let row = "INSERT INTO events VALUES \(SQLDecoys.row);\n"
    let files: [(TableKind, String)] = [
      (.users, String(repeating: user, count: 2000)),
      (.events, String(repeating: "BEGIN;\n\(row)COMMIT;\n-- next\n", count: 1000)),
      (.events, String(repeating: "\(row)INSERT INTO x VALUES (1);\n", count: 1000)),
    ]
    for (table, text) in files {
      let reader = try ChunkReader(paths: [directory.write("many.sql", text)], table: table)
      let (chunk, splitter) = (RecordChunk(), FieldSplitter())
      var (chunks, records) = (0, 0)
      while try reader.next(chunk) {
        chunks += 1
        splitter.begin(chunk)
        while try splitter.next() { records += 1 }
      }
      #expect(chunks <= 3 && records == (table == .users ? 2000 : 1000))
    }
  }
}
