import EventLog
import EventModel
import Platform
import Testing

/// Reading of compressed files that are long enough to be unpacked on a thread of their own.
@Suite struct UnpackingTests {
  let directory = ScratchDirectory()

  private func lines(_ count: Int, from first: Int = 0) -> [UInt8] {
    Array((first..<first + count).map { "{\"id\":\($0),\"x\":\($0 &* 0x9E37_79B9 % 65_521)}\n" }.joined().utf8)
  }

  /// More lines than the blocks unpacked ahead can hold.
  private static let many = 300_000

  @Test func aReaderThatStopsEarlyWaitsForNothing() throws {
    let bytes = lines(Self.many)
    for (name, packed) in [("a.gz", gzip(bytes)), ("a.zst", zstd(bytes))] {
      let path = directory.write(name, packed)
      for wanted in [0, 1, 64 << 10, 300 << 10, 3 << 20] {
        let source = try ByteSource(path: path)
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 8)
        defer { buffer.deallocate() }
        var seen = 0
        while seen < wanted { seen += try source.read(into: buffer) }
        #expect(source.bytesRead <= packed.count)
      }
    }
  }

  /// The writer of the pipe neither writes nor closes while the reader is released.
  @Test func aReaderOfASilentPipeCanStop() throws {
    let packed = gzip(lines(Self.many))
    let pipe = try NamedPipe(directory.path + "/pipe")
    let writer = pipe.write(Array(packed[..<(packed.count / 4)]), piece: 1 << 14, staysOpen: true)
    do {
      let source = try ByteSource(path: pipe.path)
      let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 8)
      defer { buffer.deallocate() }
      var seen = 0
      while seen < 1 << 20 { seen += try source.read(into: buffer) }
    }
    writer()
  }

  @Test func anyBlocksGiveTheSameRecords() {
    let bytes = lines(Self.many)
    let whole = readAll([directory.write("plain", bytes)])
    #expect(whole.records.count == Self.many)
    for (name, packed) in [("gz", gzip(bytes)), ("zst", zstd(bytes))] {
      let path = directory.write(name, packed)
      for size in [1000, 1 << 18, 1 << 22] { #expect(readAll([path], blockSize: size) == whole) }
      let cut = directory.write("cut", Array(packed.dropLast(packed.count / 3)))
      let part = readAll([cut])
      #expect(part.records.count > Self.many / 3 && part.stopped?.contains("it was cut off; copy it again") == true)
      #expect(readAll([cut], blockSize: 1000) == part)
    }
  }

  /// Every record of every shard, each once, by index in input order.
  @Test(arguments: [1, 2, 4, 7])
  func shardsSideBySideAreOrderedByIndex(threads: Int) async throws {
    let counts = [40_000, 1, 100_000, 60_000, 10, 80_000]
    var paths: [String] = []
    var expected: [[Int]] = []
    for (shard, count) in counts.enumerated() {
      let bytes = lines(count, from: shard * 1_000_000)
      let packed = shard == 3 ? bytes : shard == 5 ? zstd(bytes) : gzip(bytes)
      paths.append(directory.write("shard\(shard)", packed))
      expected += (1...count).map { [shard, $0] }
    }
    let reader = try ChunkReader(paths: paths, table: .events, blockSize: 1 << 16)
    #expect(reader.readSideBySide(threads) == (threads > 1))
    let pieces = try await withThrowingTaskGroup(of: [Int: [[Int]]].self) { group in
      for _ in 0..<threads {
        group.addTask {
          let chunk = RecordChunk()
          var seen: [Int: [[Int]]] = [:]
          while try reader.next(chunk) {
            var lines = NDJSONLines(chunk)
            var piece: [[Int]] = []
            while lines.next() { piece.append([chunk.shard, lines.lineNumber]) }
            precondition(seen.updateValue(piece, forKey: chunk.index) == nil)
          }
          return seen
        }
      }
      return try await group.reduce(into: [:]) { all, seen in
        all.merge(seen) { _, _ in preconditionFailure("an index occurs twice") }
      }
    }
    #expect(pieces.sorted { $0.key < $1.key }.flatMap(\.value) == expected)
    #expect(reader.progress.bytesRead == reader.progress.totalBytes && reader.progress.shard == counts.count)
    #expect(reader.forms == Array(repeating: .ndjson, count: counts.count))
  }

  @Test func aFaultInOneShardEndsTheReadingOfAll() async throws {
    let good = gzip(lines(Self.many))
    var damaged = good
    damaged[good.count / 2] ^= 0xFF
    let paths = [
      directory.write("a", good), directory.write("b", damaged), directory.write("c", good),
    ]
    let reader = try ChunkReader(paths: paths, table: .events)
    #expect(reader.readSideBySide(3))
    let reasons = await withTaskGroup(of: String?.self) { group in
      for _ in 0..<4 {
        group.addTask {
          let chunk = RecordChunk()
          do throws(MalformedInput) {
            while try reader.next(chunk) {}
            return nil
          } catch { return error.description }
        }
      }
      return await group.reduce(into: Set<String?>()) { $0.insert($1) }
    }
    #expect(reasons.count == 1 && reasons.first??.hasPrefix("\(paths[1]): damaged gzip data (") == true)
  }

  @Test func pipesAreNeverReadSideBySide() throws {
    let reader = try ChunkReader(paths: [directory.write("a", gzip(lines(1))), "-"], table: .events)
    #expect(!reader.readSideBySide(2))
  }
}

/// A named pipe that a thread writes to.
final class NamedPipe: @unchecked Sendable {
  let path: String

  init(_ path: String) throws {
    self.path = path
    guard mkfifo(path, 0o600) == 0 else { throw MalformedInput(file: path, reason: "no pipe") }
  }

  /// Writes the bytes in pieces, on another thread.
  ///
  /// - Parameter staysOpen: whether the pipe is closed only when the closure is called.
  /// - Returns: waits for the thread. What no reader takes is not written.
  func write(_ bytes: [UInt8], piece: Int, staysOpen: Bool = false) -> () -> Void {
    signal(SIGPIPE, SIG_IGN)
    let work = Work(path: path, bytes: bytes, piece: piece, staysOpen: staysOpen)
    var thread = pthread_t()
    pthread_create(
      &thread, nil,
      { argument in
        Unmanaged<Work>.fromOpaque(argument!).takeRetainedValue().run()
        return nil
      }, Unmanaged.passRetained(work).toOpaque())
    return {
      pthread_join(thread, nil)
      if work.descriptor >= 0 { close(work.descriptor) }
    }
  }

  private final class Work: @unchecked Sendable {
    let path: String
    let bytes: [UInt8]
    let piece: Int
    let staysOpen: Bool
    var descriptor: Int32 = -1

    init(path: String, bytes: [UInt8], piece: Int, staysOpen: Bool) {
      (self.path, self.bytes, self.piece, self.staysOpen) = (path, bytes, piece, staysOpen)
    }

    func run() {
      descriptor = open(path, O_WRONLY)
      var written = 0
      while written < bytes.count {
        let count = bytes.withUnsafeBytes {
          Glibc.write(descriptor, $0.baseAddress! + written, min(piece, bytes.count - written))
        }
        if count <= 0 { break }
        written += count
      }
      if staysOpen { return }
      close(descriptor)
      descriptor = -1
    }
  }
}
