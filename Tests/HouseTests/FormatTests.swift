import ProcessSupport
import Testing

@Suite("house: format")
struct FormatTests {
  private static let format = ["swift", "format"]

  /// Whether swift-format is there. It is part of the toolchain since Swift 6.0, but some distributions leave it out.
  private static let isThere: Bool = (try? run("/usr/bin/env", format + ["--version"]).status) == 0

  @Test(
    "swift format lint reports nothing for Sources, Tests and Package.swift",
    .enabled(if: FormatTests.isThere, "this toolchain has no swift format"))
  func formatted() throws {
    let paths = ["Package.swift", "Sources", "Tests"]
    let finished = try run(
      "/usr/bin/env", FormatTests.format + ["lint", "--strict", "--parallel", "--recursive"] + paths,
      directory: repository)
    #expect(
      finished.status == 0,
      "\(finished.errors)swift format -i -r \(paths.joined(separator: " ")) corrects most of it.")
  }
}
