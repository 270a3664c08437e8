import ArgumentParser
import Comparing
import Rebuilding
import Reporting
import Running

struct MergeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "merge",
    abstract: "Joins partial snapshots into the same bytes as a rebuild of the whole log.",
    usage: "refold merge <part> ... --output <snapshot> [<options>]\nrefold merge <report> ... --reports [<options>]",
    discussion: """
      The parts must be all partitions of one run, each once, made with the same
      refold, as-of and profile. Anything else is an error, and so is an event id
      that is in two parts. There is no limit on the number of parts: if --memory
      or the limit of open files is too small for all of them, they are joined in
      groups first, in --temp.

      With --reports: adds up the JSON reports of refold diff --partition over
      all partitions. Patterns and field figures cannot be added up and are left
      out of the sum.

      Examples:
        refold merge part-*.sqlite -o snapshot.sqlite
        refold diff part-0.sqlite live.csv --log events.ndjson \\
          --json > report-0.json   # and so on
        refold merge --reports report-*.json

      Exit status: 0 the snapshot is written, or nothing unacceptable in the
      reports; 1 differences in the reports; 2 trouble: no snapshot is written, or
      the reports are damaged, of different diffs, or compared nothing.
      """)

  @Argument(help: ArgumentHelp("Files that refold fold -o wrote, or reports.", valueName: "part"), completion: .file())
  var parts: [String]

  @Option(
    name: [.short, .long], help: ArgumentHelp("The snapshot to write.", valueName: "snapshot"), completion: .file())
  var output: String?

  @Flag(help: "Add up reports of refold diff --partition I/N --json.") var reports = false
  @Flag(help: "Replace an existing snapshot.") var force = false
  @Flag(help: "Print the summary as JSON.") var json = false
  @Flag(help: "No progress.") var quiet = false
  @OptionGroup var writing: WritingOptions
  @OptionGroup var resources: ResourceOptions

  func validate() throws {
    if reports == (output != nil) { throw ValidationError("name a snapshot to write with -o, or use --reports") }
  }

  func run() throws {
    guard let output else { return try addReports() }
    try InputFiles(parts).refuse(as: [output])
    var plan = MergePlan(ProgramDomain.catalogue)
    plan.parts = parts
    plan.output = output
    plan.force = force
    plan.mode = writing.bits
    plan.threads = resources.resources.threads
    plan.memory = resources.resources.memory
    plan.temporaryDirectory = resources.resources.temporaryDirectory
    let meter = ProgressMeter()
    var summary = try ProgressLine.showing(meter, quiet: quiet) { [plan] in try merge(plan, progress: meter) }
    summary.peakMemory = peakMemory
    try Terminal.output(json ? summary.json.pretty + "\n" : summary.text)
  }

  private func addReports() throws {
    try InputFiles(parts).refuse(as: [])
    let sum = try sumReports(parts, ProgramDomain.catalogue)
    try Terminal.output(json ? sum.json.pretty + "\n" : sum.text)
    try sum.judgement.end()
  }
}
