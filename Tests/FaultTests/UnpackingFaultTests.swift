import Foundation
import ProcessSupport
import Testing

/// Runs that read a compressed pipe whose writer has stopped writing, and does not close it.
@Suite struct UnpackingFaultTests {
  let folder: ScratchFolder
  private let pipe: Int32

  /// Begins a pipe, and writes what packs 2 MB of lines, whose first is no event, without its end.
  init() throws {
    folder = try ScratchFolder()
    let text = (0..<40_000).map { "{\"id\":\($0),\"x\":\($0 &* 0x9E37_79B9 % 65_521),\"y\":\"\(UUID())\"}\n" }.joined()
    try folder.write("log", Array(text.utf8))
    #expect(try run("/usr/bin/gzip", ["-1", folder.file("log")]).status == 0)
    mkfifo(folder.file("pipe"), 0o600)
    pipe = open(folder.file("pipe"), O_RDWR | O_NONBLOCK | O_CLOEXEC)
  }

  private func start(_ bytes: Data) throws -> RunningProcess {
    let running = try RunningProcess(
      refoldBinary, ["rebuild", folder.file("pipe"), "-o", folder.file("s.sqlite"), "--threads", "2"],
      environment: ["TMPDIR": folder.path])
    var (written, waits) = (0, 0)
    // A run that has ended reads no more.
    while written < bytes.count, waits < 2000 {
      let count = bytes.withUnsafeBytes {
        write(pipe, $0.baseAddress! + written, min(4096, bytes.count - written))
      }
      written += max(0, count)
      if count > 0 { continue }
      usleep(1000)
      waits += 1
    }
    return running
  }

  private var packed: Data { get throws { try #require(folder.bytes("log.gz")) } }

  @Test("a malformed first line ends the run, although the unpacking waits for the pipe", .timeLimit(.minutes(1)))
  func malformed() throws {
    let finished = try start(try packed.dropLast(100)).wait()
    #expect(finished.status == 2 && finished.errors.contains("pipe:1 "), "\(finished)")
    close(pipe)
  }

  @Test("a run that waits for its unpacking can be killed", .timeLimit(.minutes(1)))
  func killed() throws {
    // The header alone: nothing is unpacked from it.
    let running = try start(try packed.prefix(10))
    usleep(300_000)
    running.send(SIGTERM)
    let finished = running.wait()
    #expect(finished.status == -SIGTERM, "\(finished)")
    close(pipe)
  }
}
