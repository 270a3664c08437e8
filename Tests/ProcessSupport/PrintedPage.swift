import Foundation

/// A page of the documentation whose commands are run as printed.
package struct PrintedPage {
  /// A block of the page that is run, and what the page says of it.
  private struct Step {
    var script: String
    var status: Int32
    /// Each of these lines must occur in the output; `…` is any text.
    var output: [String]
  }

  private var steps: [Step] = []
  package var stepCount: Int { steps.count }

  /// - Parameter name: the page's name, such as `DeployDay`.
  package init(_ name: String) throws {
    let page = try String(
      contentsOfFile: repository + "/Sources/RefoldKit/RefoldKit.docc/\(name).md", encoding: .utf8)
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
        guard let status = Int32(digits) else { throw CocoaError(.fileReadCorruptFile) }
        steps[steps.count - 1].status = status
      }
    }
  }

  /// Runs the commands from the top of the repository, in order, with `OUT` naming an empty folder. Returns what is not
  /// as the page says.
  package func problems() throws -> [String] {
    let folder = try ScratchFolder()
    let temporary = try ScratchFolder()
    var problems: [String] = []
    for step in steps {
      let finished = try run(
        "/bin/bash", ["-c", step.script], directory: repository,
        environment: [
          "PATH": builtPrograms + ":/usr/local/bin:/usr/bin:/bin", "OUT": folder.path, "TMPDIR": temporary.path,
          // An operator's shell is not continuous integration.
          "CI": "",
        ])
      if finished.status != step.status {
        problems.append("\(step.script)\nends with \(finished.status)\n\(finished.output)\n\(finished.errors)")
      }
      let printed = finished.output + finished.errors
      for line in step.output {
        for words in line.components(separatedBy: "…").map({ $0.trimmingCharacters(in: .whitespaces) })
        where !words.isEmpty && !printed.contains(words) {
          problems.append("\(step.script)\nlacks: \(words)\n\(printed)")
        }
      }
    }
    return problems
  }
}
