import EventLog
import EventModel
import Foundation
import ProcessSupport
import Testing

/// Files that change while they are read.
@Suite struct ChangingFileTests {
  @Test("event-log.md: a file that shrinks while it is read is an error, not a shorter log")
  func shrinks() throws {
    let folder = try ScratchFolder()
    try folder.write("log", String(repeating: "{\"id\":1}\n", count: 100_000).utf8)
    let reader = try ChunkReader(paths: [folder.file("log")], table: .events, blockSize: 1000)
    #expect(try reader.next(RecordChunk()))
    #expect(truncate(folder.file("log"), 300_000) == 0)
    let fault = #expect(throws: MalformedInput.self) { while try reader.next(RecordChunk()) {} }
    #expect(fault?.reason.hasSuffix("of 900000 bytes: it was cut or replaced while it was read") == true)
  }

  @Test("a file that is deleted, replaced, appended to or overwritten while it is read is an error")
  func changes() throws {
    let folder = try ScratchFolder()
    let text = Array(String(repeating: "{\"id\":1}\n", count: 100_000).utf8)
    let changes: [(String) throws -> Void] = [
      { try FileManager.default.removeItem(atPath: $0) },
      { path in
        try folder.write("other", text)
        #expect(rename(folder.file("other"), path) == 0)
      },
      { path in
        let file = try #require(FileHandle(forWritingAtPath: path))
        try file.seekToEnd()
        try file.write(contentsOf: Data("{\"id\":1}\n".utf8))
        try file.close()
      },
      { path in
        let file = try #require(FileHandle(forWritingAtPath: path))
        try file.write(contentsOf: Data(text[..<9]))
        try file.close()
      },
    ]
    for (number, change) in changes.enumerated() {
      try folder.write("log", text)
      let reader = try ChunkReader(paths: [folder.file("log")], table: .events, blockSize: 1000)
      #expect(try reader.next(RecordChunk()))
      try change(folder.file("log"))
      let fault = #expect(throws: MalformedInput.self, "change \(number)") {
        while try reader.next(RecordChunk()) {}
      }
      #expect(fault?.reason == "was changed or replaced while it was read", "change \(number)")
    }
  }

  @Test("event-log.md: a shard that is deleted before it is read is an error")
  func vanishes() throws {
    let folder = try ScratchFolder()
    for name in ["a", "b"] { try folder.write(name, "{\"id\":1}\n".utf8) }
    let reader = try ChunkReader(paths: [folder.file("a"), folder.file("b")], table: .events)
    #expect(try reader.next(RecordChunk()))
    try FileManager.default.removeItem(atPath: folder.file("b"))
    let fault = #expect(throws: MalformedInput.self) { try reader.next(RecordChunk()) }
    #expect(fault == MalformedInput(file: folder.file("b"), reason: "no such file"))
  }
}
