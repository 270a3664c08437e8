import EventLog
import EventModel
import Fitness
import Folding
import JSONTape

/// Writes one event in several forms and reads them: all must give equal events, or all must be refused. What was read
/// before must not matter: a decoder that has read nothing yet must give the same.
final class FormCheck {
  private let file: ScratchFile
  private let arena = ByteArena()
  private let splitter = FieldSplitter()
  private lazy var decoder = makeDecoder()

  private func makeDecoder() -> EventDecoder {
    let vocabulary = Vocabulary.fitness.tables
    return EventDecoder(vocabulary: vocabulary, arena: arena)
  }

  init(_ file: ScratchFile) { self.file = file }

  /// Checks the bytes as `data`, then as `metadata`.
  func check(data bytes: [UInt8]) -> CheckResult {
    // NDJSON cannot hold line ends; in JSON they mean the same as blanks.
    let json = bytes.map { $0 == 0x0A || $0 == 0x0D ? 0x20 : $0 }
    for column in [4, 5] {
      var fields = FormCheck.plain
      fields[column] = json
      let csv = read(FormCheck.csv(fields), .csv)
      let first = read(FormCheck.csv(fields), .csv, by: makeDecoder())
      if csv != first { return .wrong("CSV differs from CSV read first: \(shown(csv)) and \(shown(first))") }
      let copy = read(FormCheck.copy(fields), .copyText)
      if csv != copy { return .wrong("CSV and COPY text differ: \(shown(csv)) and \(shown(copy))") }
      let insert = read(FormCheck.insert(fields), .pgDump)
      if csv != insert { return .wrong("CSV and INSERT differ: \(shown(csv)) and \(shown(insert))") }
      // Bytes that are not JSON by themselves may complete another, valid line of NDJSON.
      guard csv != nil || JSONTree.isJSON(json) else { continue }
      let line = read(FormCheck.ndjson(fields), .ndjson)
      if csv != line { return .wrong("CSV and NDJSON differ: \(shown(csv)) and \(shown(line))") }
      let array = read([UInt8(ascii: "[")] + FormCheck.ndjson(fields) + [UInt8(ascii: "]")], .json)
      if csv != array { return .wrong("CSV and an array differ: \(shown(csv)) and \(shown(array))") }
      if column == 5 { return csv == nil ? .refused : .taken }
    }
    return .refused
  }

  /// Checks the bytes as each of the columns that are plain text.
  func check(text bytes: [UInt8]) -> CheckResult {
    var isTaken = false
    for column in [0, 1, 2, 3, 6] {
      var fields = FormCheck.plain
      fields[column] = bytes
      let csv = read(FormCheck.csv(fields), .csv)
      let copy = read(FormCheck.copy(fields), .copyText)
      if csv != copy { return .wrong("CSV and COPY text differ in column \(column): \(shown(csv)) and \(shown(copy))") }
      let insert = read(FormCheck.insert(fields), .pgDump)
      if csv != insert {
        return .wrong("CSV and INSERT differ in column \(column): \(shown(csv)) and \(shown(insert))")
      }
      if csv != nil { isTaken = true }
      guard String(validating: bytes, as: UTF8.self) != nil else { continue }
      let line = read(FormCheck.ndjson(fields), .ndjson)
      if csv != line { return .wrong("CSV and NDJSON differ in column \(column): \(shown(csv)) and \(shown(line))") }
    }
    return isTaken ? .taken : .refused
  }

  private func shown(_ event: [UInt8]?) -> String { event.map { "\($0)" } ?? "refused" }

  // MARK: Reading

  /// The event in a file of one record, as it is kept; `nil` if the record is refused.
  private func read(_ bytes: [UInt8], _ form: RecordForm, by first: EventDecoder? = nil) -> [UInt8]? {
    let decoder = first ?? decoder
    file.write(bytes)
    arena.count = 0
    do {
      let reader = try ChunkReader(paths: [file.path], table: .events, form: form)
      let chunk = RecordChunk()
      guard try reader.next(chunk) else { return nil }
      if chunk.form == .ndjson {
        var lines = NDJSONLines(chunk)
        guard lines.next() else { return nil }
        decoder.begin(lines: chunk.bytes)
        try decoder.decode(line: lines.line)
      } else {
        splitter.begin(chunk)
        guard try splitter.next() else { return nil }
        try decoder.decode(record: splitter)
      }
    } catch {
      return nil
    }
    let user = decoder.user.description
    return Array(user.utf8) + Array(arena.bytes)
  }

  // MARK: Writing

  private static let plain: [[UInt8]] = [
    "00000000-0000-4000-8000-000000000001", "10000000-0000-4000-8000-000000000001", "2026-01-05T17:30:00+00:00",
    "set.logged", "{}", "{}", "2026-01-05T17:31:00+00:00",
  ].map { Array($0.utf8) }

  private static let header = Array((TableKind.events.columns.joined(separator: ",") + "\n").utf8)

  private static func csv(_ fields: [[UInt8]]) -> [UInt8] {
    var bytes = header
    for (index, field) in fields.enumerated() {
      if index > 0 { bytes.append(UInt8(ascii: ",")) }
      bytes.append(0x22)
      for byte in field { bytes += byte == 0x22 ? [0x22, 0x22] : [byte] }
      bytes.append(0x22)
    }
    return bytes + [0x0A]
  }

  private static func copy(_ fields: [[UInt8]]) -> [UInt8] {
    var bytes: [UInt8] = []
    for (index, field) in fields.enumerated() {
      if index > 0 { bytes.append(0x09) }
      for byte in field {
        switch byte {
        case 0x5C: bytes += [0x5C, 0x5C]
        case 0x0A: bytes += Array("\\n".utf8)
        case 0x0D: bytes += Array("\\r".utf8)
        case 0x09: bytes += Array("\\t".utf8)
        default: bytes.append(byte)
        }
      }
    }
    return bytes + [0x0A]
  }

  private static func insert(_ fields: [[UInt8]]) -> [UInt8] {
    var bytes = Array("INSERT INTO public.events VALUES (".utf8)
    for (index, field) in fields.enumerated() {
      if index > 0 { bytes.append(UInt8(ascii: ",")) }
      bytes.append(UInt8(ascii: "'"))
      for byte in field { bytes += byte == UInt8(ascii: "'") ? [byte, byte] : [byte] }
      bytes.append(UInt8(ascii: "'"))
    }
    return bytes + Array(");\n".utf8)
  }

  private static func ndjson(_ fields: [[UInt8]]) -> [UInt8] {
    var bytes: [UInt8] = []
    for (index, name) in TableKind.events.columns.enumerated() {
      bytes += Array("\(index == 0 ? "{" : ",")\"\(name)\":".utf8)
      bytes += index == 4 || index == 5 ? fields[index] : quoted(fields[index])
    }
    return bytes + Array("}\n".utf8)
  }

  private static func quoted(_ text: [UInt8]) -> [UInt8] {
    let arena = ByteArena()
    var writer = CanonicalWriter(output: arena)
    text.withUnsafeBytes { writer.string($0) }
    return withExtendedLifetime(arena) { Array(arena.bytes) }
  }
}

extension JSONTree {
  /// Whether the bytes are one JSON value.
  static func isJSON(_ bytes: [UInt8]) -> Bool { (try? JSONTree(parsing: bytes)) != nil }
}
