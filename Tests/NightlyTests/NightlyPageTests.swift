import ProcessSupport
import Testing

/// Nightly.md, run as printed.
@Suite("documentation: every night")
struct NightlyPageTests {
  @Test("every command runs as printed, with the exit status and the output that the page shows")
  func page() throws {
    let page = try PrintedPage("Nightly")
    #expect(page.stepCount == 6)
    for problem in try page.problems() { Issue.record("\(problem)") }
  }
}
