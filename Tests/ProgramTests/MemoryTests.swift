import Foundation
import ProcessSupport
import Testing

@Suite("memory with programs", .serialized)
struct ProgramMemoryTests {
  /// Answers without keeping the question.
  private static let streaming = """
    while True:
        start = sys.stdin.buffer.read(1)
        if not start:
            break
        user = None
        size = 0
        while True:
            block = os.read(0, 1 << 16) if user else start + sys.stdin.buffer.read(65)
            size += len(block)
            user = user or json.loads(block.split(b",")[0] + b"}")["user_id"]
            if block.endswith(b"\\n"):
                break
        reply({"user_id": user}, [row(data={"n": size})])
    """

  /// A log of 40 MB of one user.
  private func lab() throws -> ProgramLab {
    let lab = try ProgramLab(log: "")
    let text = String(repeating: "x", count: 1800)
    var log: [UInt8] = []
    for number in 1...20_000 {
      log += Array(ProgramLab.event(number, of: 1, data: #"{"reps":5,"notes":"\#(text)"}"#).utf8)
    }
    try lab.folder.write("log.ndjson", log)
    return lab
  }

  @Test("a long history: memory holds the packed events of one user once, and no question")
  func longHistory() throws {
    let lab = try lab()
    let program = try lab.program(
      ProgramMemoryTests.streaming, projections: [ProgramLab.projection("count", keys: ["all"])])
    let arguments = [
      "rebuild", lab.folder.file("log.ndjson"), "--as-of", ProgramLab.asOf, "--memory", "8M", "--threads", "2",
      "--quiet",
      "--force", "--temp", lab.folder.file("temp"), "-o", lab.folder.file("rebuilt.sqlite"),
    ]
    let (own, ownPeak) = try runMeasured(arguments)
    #expect(own.status == 0, "\(own)")
    let (asked, peak) = try runMeasured(arguments + ["--reducers", lab.folder.file(program)])
    #expect(asked.status == 0, "\(asked)")
    print("peak memory: \(ownPeak >> 20) MiB without the program, \(peak >> 20) MiB with it")
    // Without the program, the texts that no reducer reads are not kept.
    #expect(peak < ownPeak + 70 << 20)
    #expect(lab.remainingProcesses() == [])
  }
}
