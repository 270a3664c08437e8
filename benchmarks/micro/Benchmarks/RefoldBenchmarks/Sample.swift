import EventLog
import EventModel
import Fitness
import Folding
import JSONTape
import Platform

/// The input of the benchmarks: the log that `benchmarks/micro/run` generates, read once before anything is measured.
///
/// The memory is never freed. If the log is missing or malformed, the process ends: there is nothing to measure.
struct Sample: @unchecked Sendable {
  /// A thousand lines, evenly spread over the log, and so over its users and event types.
  let lines: [UnsafeRawBufferPointer]
  /// The histories of a thousand users.
  let histories: [UserHistory]
  /// The newest `created_at`.
  let asOf: Instant

  static let size = 1000
  static let shared = Sample(path: logPath)

  static let vocabulary = Vocabulary.fitness.tables

  private static var logPath: String {
    if let path = getenv("REFOLD_BENCHMARK_LOG") { return String(cString: path) }
    let here = #filePath.split(separator: "/", omittingEmptySubsequences: false)
    return (here.dropLast(4) + [".work", "micro", "events.ndjson"]).joined(separator: "/")
  }

  private init(path: String) {
    let text = Sample.read(path)
    let all = Sample.split(text)
    precondition(all.count >= Sample.size, "\(path) has too few lines")
    lines = (0..<Sample.size).map { all[$0 * (all.count / Sample.size)] }
    do {
      (histories, asOf) = try Sample.histories(of: all)
    } catch {
      preconditionFailure("\(path): \(error)")
    }
    precondition(histories.count == Sample.size, "\(path) has \(histories.count) users, not \(Sample.size)")
  }

  private static func read(_ path: String) -> UnsafeRawBufferPointer {
    guard let file = fopen(path, "r") else { preconditionFailure("\(path): run benchmarks/micro/run, which makes it") }
    defer { fclose(file) }
    fseek(file, 0, SEEK_END)
    let size = ftell(file)
    rewind(file)
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: size + TapeParser.padding, alignment: 64)
    memory.initializeMemory(as: UInt8.self, repeating: 0)
    precondition(fread(memory.baseAddress!, 1, size, file) == size, "\(path) could not be read")
    return UnsafeRawBufferPointer(rebasing: memory[..<size])
  }

  private static func split(_ text: UnsafeRawBufferPointer) -> [UnsafeRawBufferPointer] {
    var lines: [UnsafeRawBufferPointer] = []
    var start = 0
    while start < text.count, let end = memchr(text.baseAddress! + start, 0x0A, text.count - start) {
      let count = UnsafeRawPointer(end) - (text.baseAddress! + start)
      lines.append(UnsafeRawBufferPointer(rebasing: text[start..<start + count]))
      start += count + 1
    }
    return lines
  }

  /// Decodes and sorts the events as a rebuild does, and copies each to its own memory.
  private static func histories(of lines: [UnsafeRawBufferPointer]) throws -> ([UserHistory], Instant) {
    let builder = RunBuilder(budget: 1 << 30, directory: "/tmp")
    let decoder = EventDecoder(vocabulary: vocabulary, arena: builder.arena)
    var newest = Instant(microseconds: .min)
    for line in lines {
      let start = builder.arena.count
      try decoder.decode(line: line)
      newest = max(newest, Event(builder.arena.base + start).createdAt)
      builder.add(from: start, of: decoder.user)
    }
    let runs = try builder.finish()
    let merger = try UserMerger(runs, slice: UserSlice.cut(runs, target: .max)[0], bufferSize: 1 << 16)
    var histories: [UserHistory] = []
    while try merger.next() {
      var history = merger.history
      history.events = history.events.map { event in
        let copy = UnsafeMutableRawPointer.allocate(byteCount: event.size + ByteArena.slack, alignment: 8)
        copy.copyMemory(from: event.base, byteCount: event.size)
        return Event(copy)
      }
      histories.append(history)
    }
    return (histories, newest)
  }
}
