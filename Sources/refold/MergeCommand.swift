import ArgumentParser
import RefoldKit
import Reporting

struct MergeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "merge",
    abstract: "Joins the partial snapshots of all partitions: the same bytes as a rebuild of the whole log.",
    discussion: """
      The parts are those of one run: one number of partitions, each once, of one refold, as-of and profile.
      Anything else is trouble, and so is an event id that stands in two parts.

      Example:
        refold merge part-*.sqlite -o snapshot.sqlite

      Exit status: 0 the snapshot is written, 2 trouble (nothing is written).
      """)

  @Argument(help: ArgumentHelp("Files that refold fold -o wrote.", valueName: "part"))
  var parts: [String]

  @Option(name: [.short, .long], help: ArgumentHelp("The snapshot to write.", valueName: "snapshot"))
  var output: String

  @Flag(help: "Replace an existing snapshot.") var force = false
  @Flag(help: "Print the summary as JSON.") var json = false
  @Flag(help: "No progress.") var quiet = false
  @OptionGroup var resources: ResourceOptions

  func run() throws {
    var plan = MergePlan()
    plan.parts = parts
    plan.output = output
    plan.force = force
    plan.threads = resources.resources.threads
    let meter = ProgressMeter()
    var summary = try ProgressLine.showing(meter, quiet: quiet) { [plan] in try merge(plan, progress: meter) }
    summary.peakMemory = peakMemory
    Terminal.output(json ? summary.json.pretty + "\n" : summary.text)
  }
}
