import ArgumentParser
import Reporting

/// The report as Markdown, on the commands that have one.
struct MarkdownOptions: ParsableArguments {
  @Flag(help: "Print the report as Markdown.")
  var markdown = false

  @Option(
    help: ArgumentHelp(
      "Cut it to this number of characters, and say what is cut; GitHub takes 65536 in a comment.", valueName: "n"))
  var markdownLimit: Int?

  func validate() throws {
    guard let markdownLimit else { return }
    if !markdown { throw ValidationError("--markdown-limit goes with --markdown") }
    if markdownLimit < 2000 { throw ValidationError("--markdown-limit takes a number of characters, 2000 or more") }
  }

  /// Prints the report.
  func print(_ text: String) throws {
    try Terminal.output(markdownLimit.map { Reporting.markdown(text, cutTo: $0) } ?? text)
  }
}
