import Foundation
import ProcessSupport
import Testing

/// What bash offers, with the script that the program prints.
@Suite("completion of file names")
struct CompletionTests {
  private let folder: ScratchFolder

  init() throws {
    folder = try ScratchFolder()
    try folder.write("snapshot.sqlite", [])
    try folder.write("live rows.csv", [])
    try FileManager.default.createDirectory(atPath: folder.file("shards"), withIntermediateDirectories: false)
    try folder.write("completions", try run(refoldBinary, ["--generate-completion-script", "bash"]).output.utf8)
  }

  /// Completes the last word, as bash does: it passes the program, the word and the word before.
  private func offered(_ words: [String]) throws -> Set<String> {
    let script = """
      . ./completions
      COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMP_LINE="$*"; COMP_POINT=${#COMP_LINE}
      _refold refold "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
      printf '%s\\n' "${COMPREPLY[@]}"
      """
    let finished = try run("/bin/bash", ["--norc", "-c", script, "bash", "refold"] + words, directory: folder.path)
    try #require(finished.status == 0 && finished.errors.isEmpty, "\(finished.errors)")
    return Set(finished.output.split(separator: "\n").map(String.init))
  }

  @Test(
    "arguments and options that are paths offer files",
    arguments: [
      ["diff", ""], ["diff", "snapshot.sqlite", ""], ["diff", "snapshot.sqlite", "live rows.csv", "--log", ""],
      ["rebuild", ""], ["rebuild", "--users", ""], ["rebuild", "x", "-o", ""], ["report", ""], ["check", ""],
      ["verify", ""], ["explain", "--log", ""], ["compare", "--after", ""], ["rebuild", "--reducers", ""],
    ])
  func files(words: [String]) throws {
    #expect(try offered(words).isSuperset(of: ["snapshot.sqlite", "live rows.csv", "shards"]), "\(words)")
  }

  @Test("only what begins as the word does; only folders where a folder is meant; commands and options as well")
  func others() throws {
    #expect(try offered(["diff", "sn"]) == ["snapshot.sqlite"])
    #expect(try offered(["witness", "-o", ""]) == ["shards"])
    #expect(try offered(["rebuild", "x", "--temp", ""]) == ["shards"])
    #expect(try offered(["dig"]) == ["digest"])
    #expect(try offered(["diff", "--lo"]) == ["--log"])
    #expect(try offered(["diff", "--partition", ""]).isDisjoint(with: ["snapshot.sqlite"]))
  }
}
