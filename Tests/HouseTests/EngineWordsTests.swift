import Fitness
import Folding
import Foundation
import ProcessSupport
import Testing

/// The engine serves any domain: none of its rooms knows the words of the fitness platform, in code or in comments.
@Suite("house: words of the domain")
struct EngineWordsTests {
  /// The domain, the programs made for it, and what makes logs up for benchmarks.
  private static let domain: Set<String> = ["Fitness", "refold", "refold-fuzz", "refold-generate"]

  private static let words: Set<String> = {
    let catalogue = Catalogue.fitness
    var words: Set<String> = [
      "capability", "capabilities", "objective", "strength", "sprint", "endurance", "workout", "exercise", "training",
      "fitness",
    ]
    words.formUnion(catalogue.names.flatMap { [$0.type, $0.key] })
    words.formUnion(catalogue.vocabulary.eventTypes.map(\.name.description))
    // Ordinary words.
    words.subtract(["active", "overview"])
    return words
  }()

  @Test("no room of the engine names a projection, an event type or a thing of the fitness platform")
  func engine() throws {
    let manifest = try Manifest.read()
    var read = 0
    for target in manifest.sources where !EngineWordsTests.domain.contains(target.name) {
      #expect(
        EngineWordsTests.domain.isDisjoint(with: target.dependencies.map(\.name)), "\(target.name) needs the domain")
      for file in try EngineWordsTests.files(repository + "/" + target.folder) {
        let text = try String(contentsOfFile: file, encoding: .utf8)
        read += 1
        for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
          let found = EngineWordsTests.found(in: line)
          #expect(found.isEmpty, "\(file):\(number + 1) says \(found.sorted().joined(separator: ", "))")
        }
      }
    }
    #expect(read > 300)
  }

  @Test("the words are found where they are")
  func finding() {
    #expect(
      EngineWordsTests.found(in: "  let a = \"objective_state/active\"  // an Objective") == [
        "objective_state", "objective",
      ])
    #expect(EngineWordsTests.found(in: "hasCapability, set.logged") == ["capability", "set.logged"])
    #expect(EngineWordsTests.found(in: "isPrinted(text), an object, jumps, constraint").isEmpty)
  }

  private static func found(in line: some StringProtocol) -> Set<String> {
    let lower = line.lowercased()
    return words.filter { lower.contains($0) }
      .filter { $0 != "sprint" || lower.replacingOccurrences(of: "isprint", with: "").contains("sprint") }
  }

  private static func files(_ folder: String) throws -> [String] {
    let all = try FileManager.default.subpathsOfDirectory(atPath: folder)
    return all.filter { path in ["swift", "c", "h", "cpp", "inc", "js", "css"].contains { path.hasSuffix("." + $0) } }
      .map { folder + "/" + $0 }
  }
}
