import ProcessSupport
import Testing

/// DeployDay.md, run as printed.
@Suite("documentation: deploy day")
struct DeployDayTests {
  @Test("every command runs as printed, with the exit status and the output that the page shows")
  func page() throws {
    let page = try PrintedPage("DeployDay")
    #expect(page.stepCount >= 5)
    for problem in try page.problems() { Issue.record("\(problem)") }
  }
}
