import JSONTape
import ProcessSupport
import SQLiteSupport
import Testing

/// The generated log in its three styles: other texts of the same events.
@Suite("generated logs: styles")
struct StyleTests {
  private let folder: ScratchFolder

  init() throws { folder = try ScratchFolder() }

  @Test(
    "the bytes of a log do not change, in its default style",
    arguments: [
      ("user", "5e542b28098c29933a9766e7f459fe3787a93f1721d73aa0f9ad007a03a4d0de"),
      ("shuffled", "1d886f554c2cb8d499c65be70855e172fcb1cf58e44a17826c144c837a6adad3"),
    ])
  func sameBytes(order: String, hash: String) throws {
    let log = try generate("postgres", order: order, ["--order", order])
    #expect(try run("/usr/bin/sha256sum", [log]).output.prefix(64) == hash)
  }

  @Test("compact lines are the same events without spaces, members in an order that is not jsonb's")
  func compact() throws {
    let postgres = try lines(generate("postgres"))
    let compact = try lines(generate("compact"))
    try #require(postgres.count == 3316 && compact.count == postgres.count)
    var orders: [Set<String>: [String]] = [:]
    var (inOrder, others) = (0, 0)
    for (line, original) in zip(compact, postgres) {
      let event = try JSONTree(parsing: Array(line.utf8))
      #expect(event.canonicalBytes == (try JSONTree(parsing: Array(original.utf8))).canonicalBytes)
      #expect(keys(of: event) == ["id", "user_id", "timestamp", "event_type", "data", "metadata", "created_at"])
      #expect(line.utf8.count == original.utf8.count - separators(original), "no other byte is different")
      for object in [event["data"], event["metadata"]].compactMap({ $0 }).flatMap(objects) {
        let keys = keys(of: object)
        // A set of members has one order in all lines.
        #expect(orders[Set(keys), default: keys] == keys)
        orders[Set(keys)] = keys
        let sorted = keys.sorted {
          $0.utf8.count == $1.utf8.count ? $0.utf8.lexicographicallyPrecedes($1.utf8) : $0.utf8.count < $1.utf8.count
        }
        if keys.count > 2 { if keys == sorted { inOrder += 1 } else { others += 1 } }
      }
    }
    #expect(others > 5000)
    #expect(inOrder * 100 < others, "\(inOrder) objects of \(others + inOrder) have the order of jsonb")
  }

  @Test("a mixed log has lines of both styles, and an event has the same line in any order of the lines")
  func mixed() throws {
    let postgres = try lines(generate("postgres"))
    let compact = try lines(generate("compact"))
    let mixed = try lines(generate("mixed"))
    try #require(mixed.count == postgres.count)
    var compactLines = 0
    for (index, line) in mixed.enumerated() {
      #expect(line == postgres[index] || line == compact[index])
      if line == compact[index] { compactLines += 1 }
    }
    #expect(1500...1800 ~= compactLines)
    #expect(try lines(generate("mixed", order: "shuffled", ["--order", "shuffled"])).sorted() == mixed.sorted())
  }

  @Test("every style gives the same rows, and the same digest of the events")
  func sameRows() throws {
    let expected = try digests("postgres")
    #expect(expected.count > 8)
    for style in ["compact", "mixed"] { #expect(try digests(style) == expected, "\(style)") }
  }

  @Test("an unknown style is refused")
  func unknownStyle() throws {
    let finished = try run(builtPrograms + "/refold-generate", ["--users", "1", "--seed", "1", "--style", "oracle"])
    #expect(finished.status == 2 && finished.output.isEmpty)
    #expect(finished.errors.contains("'postgres', 'compact' or 'mixed'"), "\(finished.errors)")
  }

  /// The path of a log of 20 users.
  private func generate(_ style: String, order: String = "user", _ arguments: [String] = []) throws -> String {
    let path = folder.file("\(style)-\(order).ndjson")
    let words = ["--users", "20", "--seed", "1", "-o", path] + (style == "postgres" ? [] : ["--style", style])
    let made = try run(builtPrograms + "/refold-generate", words + arguments, environment: ["TMPDIR": folder.path])
    try #require(made.status == 0, "\(made.errors)")
    return path
  }

  private func lines(_ path: String) throws -> [String] {
    try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").map(String.init)
  }

  /// The digests of the rows of a style's log, and that of its events.
  private func digests(_ style: String) throws -> [String: String] {
    let snapshot = folder.file("\(style).sqlite")
    let rebuilt = try run(refoldBinary, ["rebuild", generate(style), "-o", snapshot, "--quiet"])
    try #require(rebuilt.status == 0, "\(rebuilt.errors)")
    let rows = try Database(path: snapshot).rows(
      "SELECT key, value FROM manifest WHERE key LIKE 'digest.%' OR key = 'events.digest'")
    return Dictionary(uniqueKeysWithValues: rows.map { ($0["key"], $0["value"]) })
  }

  private func keys(of tree: JSONTree) -> [String] { tree.members?.map(\.key) ?? [] }

  /// All objects in a value.
  private func objects(in tree: JSONTree) -> [JSONTree] {
    switch tree {
    case .object(let members): [tree] + members.flatMap { objects(in: $0.value) }
    case .array(let elements): elements.flatMap(objects)
    default: []
    }
  }

  /// Number of spaces outside strings.
  private func separators(_ line: String) -> Int {
    var (spaces, isInside, isEscaped) = (0, false, false)
    for byte in line.utf8 {
      if byte == 0x20, !isInside { spaces += 1 }
      if byte == 0x22, !isEscaped { isInside.toggle() }
      isEscaped = byte == 0x5C && !isEscaped
    }
    return spaces
  }
}
