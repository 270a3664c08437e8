import EventLog
import Platform

/// Inputs to start from: the fixtures, cut to what each check takes.
struct Corpus {
  private var inputs: [[UInt8]] = []

  var count: Int { inputs.count }
  subscript(index: Int) -> [UInt8] { inputs[index] }

  /// All files below a directory, by path.
  init(_ directory: String) {
    var lines: [[UInt8]] = []
    for path in Corpus.files(directory) {
      let bytes = Corpus.unpacked(path)
      // Small files as they are, for the readers; lines of events for the other checks.
      let isSmall = bytes.count < 4096
      if path.contains("/malformed/") || path.contains("/exports/"), isSmall {
        inputs.append([Check.readers.rawValue] + bytes)
      }
      // ASCII as UTF-16 without a byte order mark.
      if path.contains("/exports/"), bytes.count < 1024, bytes.allSatisfy({ $0 < 0x80 }) {
        inputs.append([Check.readers.rawValue] + bytes.flatMap { [$0, 0] })
      }
      let found = bytes.split(separator: UInt8(ascii: "\n"), maxSplits: 600)
      lines += found.prefix(600).filter { $0.first == UInt8(ascii: "{") && $0.count < 4096 }.map(Array.init)
    }
    for check in [Check.numbers, .forms, .texts, .fold] {
      let share = lines.enumerated().filter { $0.offset % 16 == Int(check.rawValue) }.map(\.element)
      inputs += share.map { [check.rawValue] + $0 }
      for text in Corpus.values { inputs.append([check.rawValue] + Array(text.utf8)) }
    }
    if inputs.isEmpty { inputs = [[0], [1], [2], [3], [4]] }
  }

  /// Values that are often special cases.
  static let values: [String] = [
    "", "{}", "[]", "null", "true", "7", "-0", "-0.0", "1e2", "1E400", "1.50", "0.1e-20", "18446744073709551615",
    "-9223372036854775809", "123456789012345678901234567890", "\"\"", "\"\\u0000\"", "\"\\ud800\"",
    "\"\\udc00\\ud800\"",
    "\"\\ud83c\\udfcb\"", "\"\\\\N\"", "{\"a\":1,\"a\":2}", "{\"a\":\"\\u0000\",\"a\":2}",
    "{\"\\u0000\":1,\"a\":{\"b\":\"\\udc00\",\"b\":2}}",
    "{\"a\":\"\\udead\",\"a\":2,\"n\":1e2}", "{\"bb\":1,\"a\":[{}]}", "[[[[[[[[]]]]]]]]", "\u{FEFF}",
    "\\N", "\\.",
    "\\x41\\101\\t", "\"a\"\"b\"", "2026-01-05T17:30:00.123+05:30", "2026-01-05 17:30:00+00", "infinity", "set.logged",
    "5", " 5 ", "５", "1_000", "nan", "inf", "0x10", "NaN", "00000000-0000-4000-8000-000000000001", "id,user_id\n",
    "COPY ", "COPY events FROM stdin;\n", "\n\\.\n", "INSERT INTO events VALUES (", "('", "');", "$$", "$a$", "/*",
    "*/", "--", "E'",
    "BEGIN;", "ROLLBACK;", "\\q\n", "\\connect x\n", "SET search_path = x;", "[", "]", "},\n{", "sep=;\n", "NULL",
    "::jsonb",
  ]

  private static func files(_ directory: String) -> [String] {
    guard let names = namesInDirectory(directory) else {
      print("refold-fuzz: \(directory) cannot be read")
      exit(2)
    }
    var found: [String] = []
    for name in names where !name.hasPrefix(".") {
      let path = directory + "/" + name
      var status = stat()
      if stat(path, &status) == 0 { found += status.st_mode & S_IFMT == S_IFDIR ? files(path) : [path] }
    }
    return found.sorted()
  }

  private static func unpacked(_ path: String) -> [UInt8] {
    guard path.hasSuffix(".gz") || path.hasSuffix(".zst") else { return readFile(path) }
    var bytes: [UInt8] = []
    var block = [UInt8](repeating: 0, count: 1 << 18)
    do throws(MalformedInputOrNone) {
      try read(path, &block, &bytes)
    } catch {}
    return bytes
  }

  private struct MalformedInputOrNone: Error {}

  private static func read(_ path: String, _ block: inout [UInt8], _ bytes: inout [UInt8]) throws(MalformedInputOrNone)
  {
    guard let source = try? ByteSource(path: path) else { throw MalformedInputOrNone() }
    while bytes.count < 1 << 20 {
      let count = block.withUnsafeMutableBytes { (try? source.read(into: $0)) ?? 0 }
      if count == 0 { return }
      bytes += block[..<count]
    }
  }
}
