import Foundation
import ProcessSupport
import Testing

@Suite("house: modules")
struct ModuleGraphTests {
  /// `REFOLD_UPDATE_FIXTURES=1 swift test --filter ModuleGraphTests` updates the list.
  @Test("Architecture.md lists the modules that Package.swift declares")
  func drawn() throws {
    let page = repository + "/Sources/RefoldKit/RefoldKit.docc/Architecture.md"
    var parts = try String(contentsOfFile: page, encoding: .utf8).components(separatedBy: "```modules\n")
    try #require(parts.count == 2, "Architecture.md has one block that starts with ```modules")
    let end = try #require(parts[1].range(of: "```\n"))
    let drawn = ModuleGraphTests.lines(try Manifest.read())
    if ProcessInfo.processInfo.environment["REFOLD_UPDATE_FIXTURES"] != nil {
      parts[1].replaceSubrange(..<end.lowerBound, with: drawn.map { $0 + "\n" }.joined())
      try Data(parts.joined(separator: "```modules\n").utf8).write(to: URL(fileURLWithPath: page))
      return
    }
    let written = parts[1][..<end.lowerBound].split(separator: "\n").map(String.init)
    let change = drawn.difference(from: written).map { change in
      switch change {
      case .insert(_, let line, _): "+ " + line
      case .remove(_, let line, _): "- " + line
      }
    }
    #expect(
      change.isEmpty,
      """
      \(change.joined(separator: "\n"))
      REFOLD_UPDATE_FIXTURES=1 swift test --filter ModuleGraphTests writes the list in Architecture.md anew.
      """)
  }

  /// SwiftPM's own check (`--explicit-target-dependency-import-check`) also accepts modules that a target reaches only
  /// through another target.
  @Test("a target imports exactly the modules that Package.swift declares for it")
  func imported() throws {
    let manifest = try Manifest.read()
    let programs = Set(manifest.targets.filter { $0.type == "executable" }.map(\.name))
    let modules = Set(manifest.targets.flatMap { [$0.name] + $0.dependencies.map(\.name) })
    try #require(modules.count > 20)
    for target in manifest.targets where target.type != "system" {
      // A target without Swift files includes headers.
      guard let imports = try ModuleGraphTests.imports(repository + "/" + target.folder) else { continue }
      let needed = Set(target.dependencies.map(\.name))
      let undeclared = imports.intersection(modules).subtracting(needed).subtracting([target.name])
      #expect(undeclared.isEmpty, "Package.swift lacks for \(target.name): \(undeclared.sorted())")
      // Programs are run, not imported.
      let unused = needed.subtracting(imports).subtracting(programs)
      #expect(unused.isEmpty, "Package.swift names in vain for \(target.name): \(unused.sorted())")
    }
  }

  /// One line per target: `A → B, C (package)`.
  private static func lines(_ manifest: Manifest) -> [String] {
    manifest.sources.map { target in
      let needed = target.dependencies.map { $0.name + ($0.package.map { " (\($0))" } ?? "") }
      return needed.isEmpty ? target.name : target.name + " → " + needed.joined(separator: ", ")
    }
  }

  /// The modules that the Swift files of a folder import; `nil` if it has no Swift files.
  private static func imports(_ folder: String) throws -> Set<String>? {
    let files = try FileManager.default.subpathsOfDirectory(atPath: folder).filter { $0.hasSuffix(".swift") }
    if files.isEmpty { return nil }
    var modules: Set<String> = []
    for file in files {
      let text = try String(contentsOfFile: folder + "/" + file, encoding: .utf8)
      for line in text.split(separator: "\n") {
        let words = line.split(separator: " ")
        // `@testable package import struct Module.Name`
        guard let word = words.firstIndex(of: "import"), words[..<word].allSatisfy(isBeforeImport) else { continue }
        guard let module = words.last?.split(separator: ".").first else { continue }
        modules.insert(String(module))
      }
    }
    return modules
  }

  private static func isBeforeImport(_ word: Substring) -> Bool {
    word.hasPrefix("@") || ["public", "package", "internal", "fileprivate", "private"].contains(word)
  }
}
