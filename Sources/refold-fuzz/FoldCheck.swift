import EventLog
import EventModel
import Fitness
import Folding
import JSONTape

/// Folds histories whose events hold any JSON: no value may stop the process, and every row must be JSON. Each line is
/// read announced, unannounced, and with exact numbers; all three must give the same. Announced and passing over what
/// nobody reads, it must give the same fields.
final class FoldCheck {
  /// All events are kept whole, so that the ways to read a line are compared in everything.
  private static let vocabulary = Vocabulary.fitness.extended(
    by: [], whole: Set(Vocabulary.fitness.eventTypes.map(\.name.description))
  ).tables
  private let arena = ByteArena()
  private lazy var decoder = EventDecoder(vocabulary: FoldCheck.vocabulary, arena: arena)
  private let carefulArena = ByteArena()
  private lazy var carefulDecoder = EventDecoder(vocabulary: FoldCheck.vocabulary, arena: carefulArena)
  private let exactArena = ByteArena()
  private lazy var exactDecoder = EventDecoder(vocabulary: FoldCheck.vocabulary, arena: exactArena)
  private let passingArena = ByteArena()
  private lazy var passingDecoder = EventDecoder(
    vocabulary: Vocabulary.fitness.tables, arena: passingArena, scope: .read)
  private let readArena = ByteArena()
  private lazy var readDecoder = EventDecoder(vocabulary: Vocabulary.fitness.tables, arena: readArena, scope: .read)
  private var waysDiffer = false
  private let fold = UserFold(.fitness, profile: Profile())

  /// An NDJSON line is folded as it is; anything else becomes the data of one event of each type.
  func check(_ bytes: [UInt8]) -> CheckResult {
    arena.count = 0
    waysDiffer = false
    let line = bytes.map { $0 == 0x0A || $0 == 0x0D ? 0x20 : $0 }
    var offsets: [Int] = []
    if let offset = decode(line) {
      offsets.append(offset)
    } else {
      for (number, type) in Vocabulary.fitness.eventTypes.enumerated() {
        if let offset = decode(FoldCheck.line(number, type, data: line)) { offsets.append(offset) }
      }
    }
    if waysDiffer { return .wrong("the fast, the careful and the exact way to read a line differ") }
    let events = offsets.map { Event(arena.base + $0) }.sorted(by: Event.precedesInHistory)
    var sink = Sink()
    do throws(OutsideFault) {
      let user = FoldedUser(decoder.user, isExported: false)
      try fold.fold(events, of: user, asOf: Instant(microseconds: 1_771_718_400_000_000), into: &sink)
    } catch {
      return .wrong("a fold without programs failed: \(error)")
    }
    if let row = sink.unreadable { return .wrong("a row of \(row) is no JSON") }
    return events.isEmpty ? .refused : .taken
  }

  private func decode(_ line: [UInt8]) -> Int? {
    let start = arena.count
    let padded = line + [UInt8](repeating: 0x20, count: TapeParser.padding)
    return padded.withUnsafeBytes { bytes in
      let line = UnsafeRawBufferPointer(rebasing: bytes[..<line.count])
      decoder.begin(lines: line)
      carefulArena.count = 0
      exactArena.count = 0
      let isRead = FoldCheck.isRead { () throws(RecordFault) in try decoder.decode(line: line) }
      let isReadCarefully = FoldCheck.isRead { () throws(RecordFault) in try carefulDecoder.decode(line: line) }
      let isReadExactly = FoldCheck.isRead { () throws(RecordFault) in try exactDecoder.decode(exactly: line) }
      if isRead != isReadCarefully || isRead != isReadExactly { return waysDiffer(start) }
      if isRead {
        let kept = FoldCheck.kept(arena, at: start)
        if kept != FoldCheck.kept(carefulArena, at: 0) || kept != FoldCheck.kept(exactArena, at: 0) {
          return waysDiffer(start)
        }
      }
      passingDecoder.begin(lines: line)
      passingArena.count = 0
      readArena.count = 0
      let isReadPassing = FoldCheck.isRead { () throws(RecordFault) in try passingDecoder.decode(line: line) }
      let isReadAlone = FoldCheck.isRead { () throws(RecordFault) in try readDecoder.decode(line: line) }
      if isRead != isReadPassing || isRead != isReadAlone { return waysDiffer(start) }
      if isRead, FoldCheck.fields(passingArena) != FoldCheck.fields(readArena) { return waysDiffer(start) }
      return isRead ? start : nil
    }
  }

  /// The head of the event in the arena, and its fields, sorted: members that are read may come in any order.
  private static func fields(_ arena: ByteArena) -> [[UInt8]] {
    let event = Event(arena.base)
    let head = UnsafeRawBufferPointer(start: event.base, count: 48)
    return [Array(head)] + fields(of: event.data) + [[]] + fields(of: event.metadata)
  }

  private static func fields(of section: UnsafeRawBufferPointer) -> [[UInt8]] {
    guard let base = section.baseAddress else { return [] }
    var fields: [[UInt8]] = []
    var offset = 0
    while offset < section.count {
      let end = JSONValue(base + offset + 2).end - base
      fields.append(Array(section[offset..<end]))
      offset = end
    }
    return fields.sorted { $0.lexicographicallyPrecedes($1) }
  }

  private func waysDiffer(_ start: Int) -> Int? {
    waysDiffer = true
    return start
  }

  /// What an event holds, however its whole values are kept.
  private static func kept(_ arena: ByteArena, at start: Int) -> [[UInt8]] {
    let event = Event(arena.base + start)
    let head = UnsafeRawBufferPointer(start: event.base, count: 48)
    if event.whole == nil { return [Array(head), Array(event.data), Array(event.metadata)] }
    let output = ByteArena()
    var json = CanonicalWriter(output: output)
    json.beginObject()
    event.writeWhole(to: &json, reversed: false)
    json.endObject()
    return [Array(head), Array(event.data), Array(event.metadata), Array(output.bytes)]
  }

  private static func isRead(_ decode: () throws(RecordFault) -> Void) -> Bool {
    do throws(RecordFault) {
      try decode()
      return true
    } catch {
      return false
    }
  }

  private static func line(_ number: Int, _ type: EventType, data: [UInt8]) -> [UInt8] {
    let id = "00000000-0000-4000-8000-0000000000\(number < 10 ? "0" : "")\(number)"
    let start = """
      {"id":"\(id)","user_id":"10000000-0000-4000-8000-000000000001","timestamp":"2026-01-05T17:30:00+00:00",\
      "event_type":"\(type.name)","metadata":{},"created_at":"2026-01-05T17:31:00+00:00","data":
      """
    return Array(start.utf8) + data + [UInt8(ascii: "}")]
  }

  private struct Sink: FoldSink {
    var unreadable: String?

    mutating func row(_ number: Int, data: UnsafeRawBufferPointer, lastEvent: EventID?) {
      if !JSONTree.isJSON(Array(data)) { unreadable = Catalogue.fitness.names[number].description }
    }
    mutating func failed(type: String, _ failure: ReducerFailure) {}
  }
}
