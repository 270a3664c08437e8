import EventLog
import EventModel
import Platform
import Running
import SnapshotStore

/// How to rearrange a log: the number of shards, and of copies of each line. Equal seeds give equal orders.
struct Shuffle: Sendable {
  var seed: UInt64
  var shards: Int
  var copies: Int
}

/// A log's records as NDJSON shards in random order. The files are deleted with this object.
///
/// Each line goes to a random bucket, and each bucket is shuffled in memory. A bucket that exceeds the budget is split
/// first.
final class ShuffledLog {
  private(set) var logs: [String] = []
  private(set) var users: [String] = []
  private var shards: [Shard] = []
  private let directory: String
  private let budget: Int
  private var random: SplitMix64

  /// The number of buckets that a file of lines is split into.
  private static let fan = 16

  init(_ plan: ProvePlan, _ shuffle: Shuffle) throws {
    directory = plan.resources.temporaryDirectory
    budget = max(1 << 16, plan.resources.memory / 4)
    random = SplitMix64(state: shuffle.seed)
    for number in 0..<shuffle.shards { shards.append(try Shard(directory, "events-\(number)")) }
    let lines = try RecordLines(
      plan.catalogue.vocabulary, plan.logs, .events, reading: plan.reading, directory: plan.resources.temporaryDirectory
    )
    var buckets = try newBuckets()
    var userShard: Shard?
    try lines.each { table, line in
      if table == .users {
        if !plan.users.isEmpty { return }
        if userShard == nil { userShard = try Shard(directory, "users") }
        try userShard?.append(line)
      } else {
        for _ in 0..<shuffle.copies { try buckets[pick(ShuffledLog.fan)].append(line) }
      }
    }
    while let bucket = buckets.popLast() { try scatter(bucket, depth: 1) }
    for shard in shards { try shard.finish() }
    try userShard?.finish()
    // Omit empty shards: their form cannot be recognised. The last shard comes first.
    logs = shards.filter { $0.size > 0 }.map(\.path).reversed()
    if let userShard { shards.append(userShard) }
    users = plan.users + (userShard.map { [$0.path] } ?? [])
  }

  private func pick(_ count: Int) -> Int { Int.random(in: 0..<count, using: &random) }

  private func newBuckets() throws -> [Bucket] { try (0..<ShuffledLog.fan).map { _ in try Bucket(directory) } }

  /// Distributes the lines of a bucket over the shards in random order.
  private func scatter(_ bucket: Bucket, depth: Int) throws {
    try bucket.finish()
    if bucket.size > budget, depth < 8 {
      var parts = try newBuckets()
      try bucket.eachLine { line in try parts[pick(ShuffledLog.fan)].append(line) }
      while let part = parts.popLast() { try scatter(part, depth: depth + 1) }
      return
    }
    let bytes = try bucket.bytes()
    try bytes.withUnsafeBytes { bytes in
      var lines: [Range<Int>] = []
      var start = 0
      while start < bytes.count, let end = memchr(bytes.baseAddress! + start, 0x0A, bytes.count - start) {
        let next = UnsafeRawPointer(end) - bytes.baseAddress! + 1
        lines.append(start..<next)
        start = next
      }
      lines.shuffle(using: &random)
      for line in lines { try shards[pick(shards.count)].append(UnsafeRawBufferPointer(rebasing: bytes[line])) }
    }
  }
}

/// Lines on their way to the shards, in an unnamed file.
private final class Bucket {
  private let file: SpillFile
  private let buffer = ByteArena(capacity: 1 << 16)

  init(_ directory: String) throws(StorageFault) { file = try SpillFile(directory: directory) }

  var size: Int { file.size }

  func append(_ line: UnsafeRawBufferPointer) throws(StorageFault) {
    buffer.append(line)
    if buffer.count >= 1 << 16 { try finish() }
  }

  func finish() throws(StorageFault) {
    try file.append(buffer.bytes)
    buffer.count = 0
  }

  func bytes() throws(StorageFault) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: file.size)
    var fault: StorageFault?
    bytes.withUnsafeMutableBytes { target in
      do throws(StorageFault) { _ = try file.read(target, at: 0) } catch { fault = error }
    }
    if let fault { throw fault }
    return bytes
  }

  /// Passes each line with its line feed. Memory: a block, or the longest line.
  func eachLine(_ body: (UnsafeRawBufferPointer) throws -> Void) throws {
    var block = [UInt8](repeating: 0, count: 1 << 18)
    var offset = 0
    while offset < file.size {
      let end = try block.withUnsafeMutableBytes { target in
        let count = try file.read(target, at: offset)
        var start = 0
        while start < count, let end = memchr(target.baseAddress! + start, 0x0A, count - start) {
          let next = UnsafeMutableRawPointer(end) - target.baseAddress! + 1
          try body(UnsafeRawBufferPointer(rebasing: target[start..<next]))
          start = next
        }
        return start
      }
      offset += end
      if end == 0 { block = [UInt8](repeating: 0, count: block.count * 2) }
    }
  }
}

/// A temporary file with a name, for another process to read.
private final class Shard {
  let path: String
  private let entry: TemporaryFiles.Entry
  private let buffer = ByteArena(capacity: 1 << 16)
  private(set) var size = 0

  init(_ directory: String, _ name: String) throws {
    let random = String(UInt64.random(in: .min ... .max), radix: 36)
    path = "\(directory)/refold-prove-\(getpid())-\(random)-\(name).ndjson"
    entry = try TemporaryFiles.create(path)
  }

  deinit {
    TemporaryFiles.remove(entry)
    close(entry.descriptor)
  }

  func append(_ line: UnsafeRawBufferPointer) throws(StorageFault) {
    size += line.count
    buffer.append(line)
    if buffer.count >= 1 << 16 { try finish() }
  }

  func finish() throws(StorageFault) {
    var done = 0
    while done < buffer.count {
      let written = write(entry.descriptor, buffer.base + done, buffer.count - done)
      if written < 0 {
        if errno == EINTR { continue }
        throw StorageFault(path: path, errno: errno, doing: "writing a shuffled log")
      }
      done += written
    }
    buffer.count = 0
  }
}

/// SplitMix64 (Steele, Lea and Flood). Equal seeds give equal numbers on every machine.
struct SplitMix64: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}
