import Foundation
import ProcessSupport
import Testing

/// Only `Platform` may import a system's C library. No source may import Foundation, so that it is not linked.
@Suite struct ImportsTests {
  /// The module that a line imports, with any attributes, access level and kind of declaration; `nil` for other lines.
  private static func module(_ line: Substring) -> Substring? {
    let words = line.split { $0 == " " || $0 == "\t" }
    guard let place = words.firstIndex(of: "import"),
      words[..<place].allSatisfy({ $0.hasPrefix("@") || access.contains($0) })
    else { return nil }
    let kinds: Set<Substring> = ["class", "enum", "func", "let", "protocol", "struct", "typealias", "var"]
    let path = words[(place + 1)...].first { !kinds.contains($0) }
    return path?.split(separator: ".").first
  }

  private static let access: Set<Substring> = ["fileprivate", "internal", "package", "private", "public"]
  private static let systems: Set<Substring> = ["Android", "Bionic", "Darwin", "Glibc", "Musl", "WASILibc"]

  /// The files below a folder of the repository that import a module.
  private static func files(_ folder: String, importing isWanted: (Substring) -> Bool) throws -> Set<String> {
    let root = "\(repository)/\(folder)"
    let paths = try FileManager.default.subpathsOfDirectory(atPath: root).filter { $0.hasSuffix(".swift") }
    return Set(
      try paths.filter { path in
        let text = try String(contentsOf: URL(fileURLWithPath: "\(root)/\(path)"), encoding: .utf8)
        return text.split(whereSeparator: \.isNewline).compactMap(module).contains(where: isWanted)
      })
  }

  @Test("only Platform imports a system's C library")
  func systems() throws {
    #expect(try Self.files("Sources", importing: Self.systems.contains) == ["Platform/Platform.swift"])
    #expect(try Self.files("Tests", importing: Self.systems.contains).isEmpty)
  }

  @Test("no source imports Foundation")
  func foundation() throws {
    #expect(try Self.files("Sources") { $0.hasPrefix("Foundation") }.isEmpty)
    #expect(try Self.files("Tests") { $0 == "Foundation" }.contains("RefoldTests/ImportsTests.swift"))
  }

  @Test(
    "an import is recognised however it is written",
    arguments: [
      "import Glibc", "  @_exported import Glibc", "@preconcurrency import Glibc", "private import func Glibc.memcmp",
      "@testable internal import struct Glibc.stat",
    ] as [Substring])
  func forms(line: Substring) { #expect(Self.module(line) == "Glibc") }

  @Test("other lines are not imports", arguments: ["// import Glibc", "let a = import Glibc", ""] as [Substring])
  func others(line: Substring) { #expect(Self.module(line) == nil) }
}
