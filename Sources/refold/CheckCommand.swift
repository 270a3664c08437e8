import ArgumentParser
import EventModel
import Glibc
import RefoldKit
import Reporting

struct CheckCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Runs regression cases: folders with a log and what must come of it.",
    discussion: """
      A case is a folder with a case.json (Check.md has its form). Each is rebuilt in a temporary place; rows, failures
      and, where it has live rows, their differences must be what the case expects.

      Examples:
        refold check cases
        refold check cases --filter 'retract*' --junit check.xml
        refold check cases --record

      Exit status: 0 all as expected, 1 some differ, 2 trouble (a case that cannot be read, a folder without cases).
      """)

  @Argument(help: ArgumentHelp("Folders with cases in them or below.", valueName: "dir"))
  var folders: [String] = []

  @Option(help: ArgumentHelp("Run these cases only: a glob, or a part of the name.", valueName: "pattern"))
  var filter: String?

  @Flag(help: "Write what is there now as expected.")
  var record = false

  @Option(help: ArgumentHelp("Changes to print of a case.", valueName: "n"))
  var maxDiff = 10

  @Flag(help: "Print all changes.")
  var all = false

  @Flag(help: "Print the outcome as JSON.")
  var json = false

  @Option(help: ArgumentHelp("Write JUnit XML: one test case a regression case; - for standard output.", valueName: "file"))
  var junit: String?

  @Flag(help: "Print GitHub annotations and append to the step summary.")
  var github = false

  @Flag(help: "Record although CI is set.")
  var force = false

  @OptionGroup var resources: ResourceOptions

  func validate() throws {
    if maxDiff < 0 { throw ValidationError("--max-diff takes a number from 0 on") }
    if folders.isEmpty { throw ValidationError("name a folder with cases") }
    if json, junit == "-" { throw ValidationError("--json and --junit - both go to standard output") }
  }

  func run() throws {
    if record, !force, isContinuousIntegration {
      throw RefoldError.usage(
        "CI is set: --record would make whatever comes out expected; run it where you can look at it, or add --force")
    }
    var plan = CheckPlan()
    plan.folders = folders
    plan.filter = filter
    plan.isRecording = record
    plan.limit = all ? nil : maxDiff
    plan.resources = resources.resources
    let printsLines = !json && junit != "-"
    let showsTime = isatty(STDOUT_FILENO) == 1
    var cases: [CheckedCase] = []
    let report = try check(plan) { checked in
      if printsLines { Terminal.output(checked.text(time: showsTime)) }
      cases.append(checked)
    }
    if json { Terminal.output(report.json(cases).pretty + "\n") }
    if printsLines { Terminal.output(report.text) }
    if let junit { try writeReport(report.junit(cases), to: junit) }
    if github { try annotate(report, cases) }
    if report.status != 0 { throw ExitCode(report.status) }
  }

  private func annotate(_ report: CheckReport, _ cases: [CheckedCase]) throws {
    // GitHub reads workflow commands from either stream.
    let annotations = report.githubAnnotations(cases)
    if json || junit == "-" { Terminal.error(annotations) } else { Terminal.output(annotations) }
    if let path = getenv("GITHUB_STEP_SUMMARY") {
      try appendStepSummary(report.markdown(cases), to: String(cString: path))
    }
  }

  /// Set as continuous integration services set it; `CI=false` is how people switch it off.
  private var isContinuousIntegration: Bool {
    guard let value = getenv("CI") else { return false }
    return !["", "0", "false"].contains(String(cString: value).lowercased())
  }
}
