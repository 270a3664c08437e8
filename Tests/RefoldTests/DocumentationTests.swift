import Foundation
import ProcessSupport
import TestSupport
import Testing

/// Every command block of the README, of the documentation and of the help is run, with exports of one database under the
/// names that the blocks use.
///
/// A block is a fence of `sh`, the lines after `$` in a fence of `console`, or indented lines that begin with `refold`.
/// A block that cannot run here has `<!-- not run: REASON -->` in the line before it. Pages that are run as printed, with
/// their output, are in ``printed``.
@Suite("documentation: command blocks")
struct DocumentationTests {
  /// See `PrintedPage`.
  private static let printed = ["DeployDay", "Nightly"]
  static let user = "08a74b44-65f4-477d-9dbe-1c12c0d105b6"

  struct Block: Sendable, CustomTestStringConvertible {
    var place: String
    var script: String
    var reason: String?
    var testDescription: String { place }
  }

  static let pages: [String] = {
    let folder = repository + "/Sources/RefoldKit/RefoldKit.docc"
    let names = FileManager.default.enumerator(atPath: folder)?.compactMap { $0 as? String } ?? []
    return ["README.md"]
      + names.filter { $0.hasSuffix(".md") && !printed.contains(String($0.dropLast(3))) }.sorted()
      .map { "Sources/RefoldKit/RefoldKit.docc/" + $0 }
  }()

  static let blocks: [Block] = pages.flatMap { blocks(of: $0) } + helpBlocks

  private static func blocks(of page: String) -> [Block] {
    guard let text = try? String(contentsOfFile: repository + "/" + page, encoding: .utf8) else { return [] }
    var blocks: [Block] = []
    var lines: [String] = []
    var first = 0
    var fence: String?
    var reason: String?
    func end() {
      if !lines.isEmpty {
        let name = page.split(separator: "/").last ?? ""
        blocks.append(Block(place: "\(name):\(first)", script: lines.joined(separator: "\n"), reason: reason))
      }
      (lines, reason) = ([], nil)
    }
    for (number, line) in text.components(separatedBy: "\n").enumerated() {
      if line.hasPrefix("```") {
        if fence == nil { first = number + 1 } else { end() }
        fence = fence == nil ? line : nil
      } else if fence == "```sh" {
        lines.append(line)
      } else if fence == "```console" {
        if line.hasPrefix("$ ") { lines.append(String(line.dropFirst(2))) }
      } else if fence == nil {
        let isCommand = ["refold ", "for ", "(umask "].contains { line.hasPrefix("    " + $0) }
        if line.hasPrefix("    "), isCommand || !lines.isEmpty {
          if lines.isEmpty { first = number + 1 }
          lines.append(String(line.dropFirst(4)))
        } else if line.hasPrefix("<!-- not run: ") {
          reason = String(line.dropFirst(14))
        } else if !lines.isEmpty || !line.isEmpty {
          end()
        }
      }
    }
    end()
    return blocks
  }

  private static let elsewhere = ["psql", "spark", "counts.csv"]

  /// The examples of help, one by one: lines that are indented by two, with those that continue them.
  private static var helpBlocks: [Block] {
    GrammarTests.dumped.flatMap { command in
      var examples: [String] = []
      var isContinued = false
      for line in command.discussion.components(separatedBy: "\n") {
        if isContinued {
          examples[examples.count - 1] += "\n" + line
        } else if line.hasPrefix("  "), !line.hasPrefix("   "), line.contains("refold ") || line.hasPrefix("  for "),
          !line.contains("; next:")
        {
          examples.append(String(line.dropFirst(2)))
        } else {
          continue
        }
        isContinued = line.hasSuffix("\\") || (examples.last?.hasPrefix("for ") ?? false && line != "  done")
      }
      return examples.filter { line in !elsewhere.contains { line.contains($0) } }.map {
        Block(place: "\(command.name) --help: \($0.prefix(40))", script: $0, reason: nil)
      }
    }
  }

  @Test("the blocks are found, and few of them are not run")
  func found() {
    #expect(DocumentationTests.blocks.count > 45)
    let left = DocumentationTests.blocks.filter { $0.reason != nil }
    #expect(left.count < 20 && left.allSatisfy { $0.script.contains("refold") || $0.reason?.count ?? 0 > 8 })
  }

  private static let docc =
    (try? ProcessSupport.run("/bin/sh", ["-c", "command -v docc || command -v $(dirname $(command -v swift))/docc"]))?
    .status == 0

  @Test(
    "the documentation builds without a warning",
    .enabled(if: DocumentationTests.docc, "this toolchain has no docc"))
  func built() throws {
    let finished = try ProcessSupport.run("/bin/bash", [repository + "/.ci/documentation", builtPrograms])
    #expect(finished.status == 0, "\(finished.output)\(finished.errors)")
  }

  @Test("no command of a block is in trouble")
  func run() throws {
    let stage = try Stage()
    // The blocks of a page are one session.
    var folders: [String: ScratchFolder] = [:]
    for block in DocumentationTests.blocks where block.reason == nil {
      let page = String(block.place.prefix { $0 != ":" })
      let folder = try folders[page] ?? stage.copy()
      folders = [page: folder]
      try runs(block, folder)
    }
  }

  private func runs(_ block: Block, _ folder: ScratchFolder) throws {
    let script = block.script.replacing("08a74b44-…", with: DocumentationTests.user)
      .replacing(" ID ", with: " \(DocumentationTests.user) ")
    // What the block itself makes is not there before.
    if !script.contains("--force") {
      let words = script.split { " \n".contains($0) }
      for (option, word) in zip(words, words.dropFirst()) where ["-o", "--output", "--init"].contains(option) {
        let name = word.prefix { $0 != "$" }
        let made = word.contains("$") ? folder.names.filter { $0.hasPrefix(name) } : [String(name)]
        for file in made { try? FileManager.default.removeItem(atPath: folder.file(file)) }
      }
    }
    try? FileManager.default.removeItem(atPath: folder.file("trouble"))
    let traps = """
      set -o pipefail
      trap 'status=$?; [ $status -lt 2 ] || echo "$status: $BASH_COMMAND" >> "$TROUBLE"' ERR
      """
    let finished = try ProcessSupport.run(
      "/bin/bash", ["-c", traps + "\n" + script], directory: folder.path,
      environment: [
        "PATH": builtPrograms + ":/usr/local/bin:/usr/bin:/bin", "TMPDIR": folder.path, "CI": "",
        "TROUBLE": folder.file("trouble"), "GITHUB_STEP_SUMMARY": folder.file("summary.md"),
      ])
    let trouble = folder.bytes("trouble").map { String(decoding: $0, as: UTF8.self) }
    #expect(trouble == nil, "\(block.place): \(block.script)\n\(trouble ?? "")\n\(finished.errors)")
    #expect(finished.status < 2, "\(block.place): \(finished.errors)")
    #expect(!finished.errors.contains("old spelling"), "\(block.place): \(finished.errors)")
  }

  /// The folder that blocks run in, as they find it.
  private struct Stage {
    private let folder: ScratchFolder

    init() throws {
      folder = try ScratchFolder()
      // One row changes, and the user of the blocks gets one.
      try folder.write(
        "live.py",
        """
        import csv, json, sys
        rows = list(csv.reader(sys.stdin))
        user, key, data = (rows[0].index(name) for name in ("user_id", "key", "data"))
        changed = next(r for r in rows if r[key] == "strength_1rm" and json.loads(r[data])["estimate"]["mean"])
        value = json.loads(changed[data])
        value["estimate"]["mean"] += 1
        changed[data] = json.dumps(value)
        other = list(next(r for r in rows if r[key] == "jump_height"))
        other[rows[0].index("id")], other[user] = "00000000-0000-4000-8000-000000000001", "\(DocumentationTests.user)"
        csv.writer(sys.stdout).writerows(rows + [other])
        """.utf8)
      let script = """
        set -eu
        mkdir -p "$1/cases" "$1/more/cases" "$1/new" "$1/shards" && cd "$1"
        formats=$2/fixtures/cases/formats
        for form in csv ndjson tsv; do gzip -dc "$formats/events.$form.gz" > "events.$form"; done
        gzip -dc "$formats/projections.csv.gz" | python3 "$3" > live.csv
        gzip -dc "$formats/background_jobs.csv.gz" | sed "s/formats/deploy.v1/g" > jobs.csv
        gzip -dc "$formats/dump.sql.gz" > backup.sql
        cp "$formats"/users.* .
        cp "$formats/dump.sql.gz" .
        cp backup.sql dump.sql
        zstd -q events.ndjson backup.sql
        zstd -q backup.sql -o dump.sql.zst
        gzip -dc "$formats/events.ndjson.gz" > new/more.ndjson
        gzip -c events.ndjson > shards/one.gz
        for copy in live-projections.csv projections.csv dbt-rows.csv live-3.csv; do cp live.csv $copy; done
        cp jobs.csv background_jobs.csv
        cp events.ndjson some-users.ndjson
        head -n 1 events.ndjson > corrected.ndjson
        cp -r "$2/fixtures/cases/ties" cases/ties
        cp -r "$2/fixtures/cases/days" more/cases/retracted
        cp -r more/cases/retracted cases/retracted
        ln -s "$2/fixtures" fixtures
        for name in old new; do
          sed 's|"deploy.py|"fixtures/deploy/deploy.py|; s|"[.][.]/|"fixtures/|g' "fixtures/deploy/$name.json" > $name.json
        done
        cp new.json reducers.json
        refold profile | sed 's/Assumed until/Assumed as long as/' > profile.json
        cp profile.json my-texts.json
        : > known.ndjson
        refold rebuild events.ndjson --users users.ndjson --as-of 2026-02-22T00:00:00Z -o snapshot.sqlite --quiet
        refold rebuild events.ndjson --users users.ndjson --as-of 2026-02-21T00:00:00Z -o old.sqlite --quiet
        cp snapshot.sqlite new.sqlite
        for i in 0 1 2 3 4 5 6; do
          refold fold events.ndjson --users users.ndjson --as-of 2026-02-22T00:00:00Z --partition $i/7 -o part-$i.sqlite --quiet
        done
        refold pack events.ndjson --users users.ndjson -o log.refold --all-fields --quiet
        status=0
        refold diff snapshot.sqlite live.csv --log events.ndjson --sqlite differences.sqlite --ndjson differences.ndjson \
          --quiet || status=$?
        refold compare events.ndjson --after new.json --write-accept intended.ndjson --quiet || status=$?
        for i in 0 1 2 3 4 5 6; do
          refold diff part-$i.sqlite live.csv --log events.ndjson --json > report-$i.json || status=$?
        done
        refold verify --completeness-sql --as-of 2026-02-22T00:00:00Z > counts.sql
        [ $status -lt 2 ]
        """
      let finished = try ProcessSupport.run(
        "/bin/bash", ["-c", script, "stage", folder.path, repository, folder.file("live.py")],
        environment: ["PATH": builtPrograms + ":/usr/local/bin:/usr/bin:/bin", "CI": ""])
      guard finished.status == 0 else { throw StageFault(description: finished.errors) }
    }

    /// A folder of its own with the same content.
    func copy() throws -> ScratchFolder {
      let copy = try ScratchFolder()
      let finished = try ProcessSupport.run("/bin/cp", ["-a", folder.path + "/.", copy.path])
      guard finished.status == 0 else { throw StageFault(description: finished.errors) }
      return copy
    }
  }

  private struct StageFault: Error, CustomStringConvertible { var description: String }
}
