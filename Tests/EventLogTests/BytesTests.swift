import EventLog
import EventModel
import Platform
import Testing

@Suite struct ByteSourceTests {
  let directory = ScratchDirectory()
  static let plain = Array(String(repeating: "{\"a\":1}\n{\"b\":22}\n", count: 5000).utf8)

  /// The decompressed bytes, read in pieces of `step`, and the reason if the reading failed.
  private func drain(_ packed: [UInt8], step: Int = 1000) -> (bytes: [UInt8], reason: String?) {
    var bytes: [UInt8] = []
    do throws(MalformedInput) {
      let source = try ByteSource(path: directory.write("input", packed))
      let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: step, alignment: 8)
      defer { buffer.deallocate() }
      while case let count = try source.read(into: buffer), count > 0 { bytes += buffer[..<count] }
      #expect(source.bytesRead == packed.count && source.totalBytes == packed.count)
      return (bytes, nil)
    } catch {
      return (bytes, error.reason)
    }
  }

  @Test(arguments: [1, 7, 64, 100_000, 1 << 20])
  func everyPackingGivesTheSameBytes(step: Int) {
    let half = Self.plain.count / 2
    let (first, second) = (Array(Self.plain[..<half]), Array(Self.plain[half...]))
    let inputs = [
      Self.plain, gzip(Self.plain), zstd(Self.plain), gzip(first) + gzip(second), zstd(first) + zstd(second),
      gzip(first) + gzip([]) + gzip(second) + [0, 0, 0],
      skippableFrame(9) + zstd(first) + skippableFrame(0) + zstd(second),
      zstd(Self.plain) + skippableFrame(200),
    ]
    for input in inputs {
      let (bytes, reason) = drain(input, step: step)
      #expect(bytes == Self.plain && reason == nil)
    }
  }

  @Test func everyTruncationIsTold() {
    let short = Array("{\"id\":\"1\"}\n".utf8)
    for (packed, words) in [(gzip(short), "gzip member"), (zstd(short), "zstd frame")] {
      for length in 6..<packed.count {
        let (_, reason) = drain(Array(packed[..<length]))
        #expect(reason?.contains("ends in the middle of a \(words)") == true, "\(words) cut to \(length)")
      }
      let (bytes, reason) = drain(packed + packed.prefix(packed.count - 1))
      #expect(bytes.starts(with: short) && reason != nil)
    }
  }

  @Test func damageIsTold() {
    var wrongSum = gzip(Self.plain)
    wrongSum[wrongSum.count - 5] ^= 1
    #expect(drain(wrongSum).reason?.contains("damaged gzip data") == true)
    #expect(drain(gzip(Self.plain) + Array("x".utf8)).reason?.contains("not gzip") == true)
    var wrongFrame = zstd(Self.plain)
    wrongFrame[wrongFrame.count / 2] ^= 0xFF
    #expect(drain(wrongFrame).reason != nil)
    #expect(drain(zstd(Self.plain) + Array("garbage".utf8)).reason?.contains("damaged zstd data") == true)
  }

  @Test(
    arguments: [
      ([0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00], "xz -dc"), (Array("BZh91AY".utf8), "bzip2 -dc"),
      ([0x50, 0x4B, 3, 4, 0, 0], "unzip -p"), ([0x04, 0x22, 0x4D, 0x18, 0, 0], "lz4 -dc"),
    ] as [([UInt8], String)])
  func otherPackingsAreRefusedWithTheCommand(_ input: ([UInt8], String)) {
    #expect(drain(input.0).reason?.contains(input.1) == true)
  }

  @Test func unreadablePathsAreTold() {
    func reason(_ path: String) -> String? {
      do throws(MalformedInput) {
        _ = try ByteSource(path: path)
        return nil
      } catch { return error.file == path ? error.reason : "other file" }
    }
    #expect(reason(directory.path + "/none") == "no such file")
    #expect(reason(directory.path) == "is a directory where a file is expected")
    #expect(reason(directory.write("file", "x") + "/below")?.contains("Not a directory") == true)
  }
}

@Suite struct LogPathsTests {
  let directory = ScratchDirectory()

  private func expand(_ paths: [String]) -> [String] {
    do throws(MalformedInput) { return try expandLogPaths(paths) } catch { return [error.reason] }
  }

  @Test func aDirectoryStandsForItsFilesByName() {
    mkdir(directory.path + "/logs", 0o700)
    #expect(expand([directory.path + "/logs"])[0].contains("holds no files"))
    let names = ["b.csv", "a.csv", "ä.csv", "B.csv", ".hidden"]
    for name in names { _ = directory.write("logs/" + name, "x") }
    mkdir(directory.path + "/logs/deeper", 0o700)
    let logs = directory.path + "/logs/"
    let expected = ["B.csv", "a.csv", "b.csv", "ä.csv"].map { logs + $0 }
    #expect(expand([directory.path + "/logs"]) == expected)
    #expect(expand(["-", logs, logs + "b.csv"]) == ["-"] + expected + [logs + "b.csv"])
    #expect(expand([logs + "none"]) == ["no such file"])
    _ = directory.write("logs/toc.dat", "PGDMP")
    #expect(expand([logs])[0].contains("pg_restore -f - "))
  }
}
