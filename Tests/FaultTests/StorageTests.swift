import Foundation
import ProcessSupport
import Testing

/// Full disks, and directories that cannot be written.
@Suite struct StorageTests {
  /// Expects trouble with these words, nothing on standard output, and no new file.
  private func expectNothing(_ log: FaultLog, _ finished: FinishedProcess, says words: String) {
    #expect(finished.status == 2)
    #expect(finished.errors.contains(words), "\(finished.errors)")
    #expect(finished.output == "")
    #expect(log.names("temp").isEmpty)
    #expect(log.names("out").filter { $0 != "snapshot.sqlite" }.isEmpty)
  }

  @Test("a full disk at the snapshot: trouble, no partial snapshot, the older one unchanged")
  func outputFull() throws {
    let log = try FaultLog()
    #expect(try log.rebuild().status == 0)
    let older = try #require(log.bytes())
    // Too small for the empty tables; for the rows, by far and by one page; for what is written last.
    let emptyTables = 10 * 16
    for kilobytes in [40, emptyTables + 16, older.count / 1024 - 16, older.count / 1024 - 1] {
      expectNothing(log, try log.rebuild(["--force"], fileLimit: kilobytes), says: "snapshot.sqlite: cannot write")
      #expect(log.bytes() == older)
    }
    try FileManager.default.removeItem(atPath: log.snapshot)
    expectNothing(log, try log.rebuild(fileLimit: 200), says: "snapshot.sqlite: cannot write")
    #expect(log.bytes() == nil)
  }

  @Test("a full disk at --temp: trouble that names the directory")
  func temporaryFull() throws {
    let log = try FaultLog()
    // Standard input is copied to --temp when records are set aside.
    let arguments =
      ["rebuild", "-", "-o", log.snapshot, "--temp", log.folder.file("temp"), "--quarantine", log.folder.file("bad")]
    let finished = try log.rebuild(fileLimit: 200, input: log.folder.file("log.ndjson"), arguments: arguments)
    expectNothing(log, finished, says: log.folder.file("temp") + ": ")
    #expect(log.folder.bytes("bad") == nil && log.bytes() == nil)
  }

  @Test("a full disk at the quarantine file: trouble, and neither output exists")
  func quarantineFull() throws {
    let log = try FaultLog()
    try log.folder.write("bad.ndjson", String(repeating: "not an event\n", count: 20_000).utf8)
    let quarantine = log.folder.file("out/set-aside.ndjson")
    let finished = try log.rebuild([log.folder.file("bad.ndjson"), "--quarantine", quarantine], fileLimit: 1100)
    expectNothing(log, finished, says: ": ")
    #expect(log.bytes() == nil)
  }

  @Test("a small file system that is full is reported")
  func smallFileSystem() throws {
    let log = try FaultLog()
    let mounted = try run("/bin/mount", ["-t", "tmpfs", "-o", "size=64k", "none", log.folder.file("out")])
    // Needs privileges that a build machine may lack; the limits above test the same path then.
    if mounted.status != 0 { return print("no tmpfs here: \(mounted.errors)") }
    defer { _ = try? run("/bin/umount", [log.folder.file("out")]) }
    expectNothing(log, try log.rebuild(), says: "snapshot.sqlite: cannot write")
    #expect(log.bytes() == nil)
  }

  static let unwritable: [([String], String)] = [
    (["-o", "/proc/snapshot.sqlite"], "/proc/snapshot.sqlite: "),
    (["-o", "FOLDER/log.ndjson/snapshot.sqlite"], "log.ndjson/snapshot.sqlite: "),
    (["-o", "FOLDER/none/snapshot.sqlite"], "none does not exist; create it first"),
    (["-o", "FOLDER/out"], "out: is a directory; name a file in it"),
    (["-o", "/dev/null", "--force"], "/dev/null: is not a regular file"),
    (["-o", "FOLDER/out/s.sqlite", "--quarantine", "/proc/bad.ndjson"], "/proc/bad.ndjson: "),
    (
      ["-o", "FOLDER/out/s.sqlite", "--quarantine", "FOLDER/log.ndjson"],
      "log.ndjson: already exists; --force replaces it"
    ),
    (
      ["-o", "FOLDER/out/s.sqlite", "--quarantine", "FOLDER/out/s.sqlite"],
      "--quarantine and --output name the same file"
    ),
    (["-o", "FOLDER/out/s.sqlite", "--quarantine", "FOLDER/bad", "--temp", "/proc"], "/proc: "),
    (["-o", "FOLDER/out/s.sqlite", "--quarantine", "FOLDER/bad", "--temp", "FOLDER/none"], "none: "),
    (["-o", "FOLDER/out/s.sqlite", "--quarantine", "FOLDER/bad", "--temp", "FOLDER/log.ndjson"], "log.ndjson: "),
  ]

  @Test("paths that cannot be written: trouble that names them, nothing left behind", arguments: unwritable.indices)
  func places(index: Int) throws {
    let log = try FaultLog()
    let (given, words) = StorageTests.unwritable[index]
    let arguments = given.map { $0.replacing("FOLDER", with: log.folder.path) }
    // From a pipe, so that there is something to copy to --temp.
    let finished = try run(
      "/bin/sh", ["-c", "cat \"$0\" | \"$@\"", log.folder.file("log.ndjson"), refoldBinary, "rebuild", "-"] + arguments)
    #expect(finished.status == 2 && finished.errors.contains(words), "\(finished)")
    #expect(log.names("out").isEmpty && log.folder.names == ["log.ndjson", "out", "temp"])
    #expect(log.folder.bytes("log.ndjson") == Data(FaultLog.text(FaultLog.events).utf8))
  }
}
