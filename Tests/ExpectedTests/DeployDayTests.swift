import Foundation
import ProcessSupport
import Testing

/// DeployDay.md, run as printed.
@Suite("documentation: deploy day")
struct DeployDayTests {
  /// A block of the page that is run, and what the page says of it.
  private struct Step {
    var script: String
    var status: Int32
    /// Each of these lines must occur in the output; `…` is any text.
    var output: [String]
  }

  private static func steps() throws -> [Step] {
    let page = try String(
      contentsOfFile: repository + "/Sources/RefoldKit/RefoldKit.docc/DeployDay.md", encoding: .utf8)
    var steps: [Step] = []
    var lines = page.components(separatedBy: "\n")[...]
    func block() -> String {
      var block: [String] = []
      while let line = lines.popFirst(), line != "```" { block.append(line) }
      return block.joined(separator: "\n")
    }
    while let line = lines.popFirst() {
      if line == "```sh" {
        steps.append(Step(script: block(), status: 0, output: []))
      } else if line == "```" || line == "```output", !steps.isEmpty {
        steps[steps.count - 1].output += block().components(separatedBy: "\n").filter { !$0.isEmpty }
      } else if line.hasPrefix("Exit status "), !steps.isEmpty {
        let digits = line.dropFirst("Exit status ".count).prefix { $0.isNumber }
        steps[steps.count - 1].status = try #require(Int32(digits))
      }
    }
    return steps
  }

  @Test("every command runs as printed, with the exit status and the output that the page shows")
  func page() throws {
    let folder = try ScratchFolder()
    let steps = try DeployDayTests.steps()
    #expect(steps.count >= 5)
    for step in steps {
      let finished = try run(
        "/bin/bash", ["-c", step.script], directory: repository,
        environment: [
          "PATH": builtPrograms + ":/usr/local/bin:/usr/bin:/bin", "OUT": folder.path, "TMPDIR": folder.path,
        ])
      #expect(finished.status == step.status, "\(step.script)\n\(finished.output)\n\(finished.errors)")
      let printed = finished.output + finished.errors
      for line in step.output {
        for words in line.components(separatedBy: "…").map({ $0.trimmingCharacters(in: .whitespaces) })
        where !words.isEmpty {
          #expect(printed.contains(words), "\(step.script)\nlacks: \(words)\n\(printed)")
        }
      }
    }
  }
}
