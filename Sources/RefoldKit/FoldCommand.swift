import ArgumentParser
import EventModel
import Rebuilding
import Reporting
import Running

struct FoldCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "fold",
    abstract: "Folds the users of one partition, for engines that split a log.",
    discussion: """
      Reads events of some users, in any order, from standard input or files,
      and writes their rows as NDJSON, or with -o a partial snapshot that refold
      merge joins with the others. With --partition I/N it folds the users whose
      hash modulo N is I (from 0) and skips all others, so the input may be the
      whole log.

      Examples:
        refold fold --as-of 2026-02-22T00:00:00Z < some-users.ndjson > rows
        for i in 0 1 2; do
          refold fold events.ndjson --as-of 2026-02-22T00:00:00Z \\
            --users users.ndjson --partition $i/3 -o part-$i.sqlite || exit
        done
        refold merge part-*.sqlite -o snapshot.sqlite

      Exit status: 0 everything is written, 2 trouble (nothing is written).
      """)

  @Argument(help: "Event log files, directories, or - for standard input.", completion: .file())
  var log: [String] = ["-"]

  @Option(name: .long, help: ArgumentHelp("Users export; repeatable.", valueName: "file"), completion: .file())
  var users: [String] = []

  @Option(
    help: ArgumentHelp(
      "Format of the input: \(FormArgument.list). Default: detected from its content.", valueName: "form"))
  var format: FormArgument?

  @Option(
    name: .customLong("as-of"),
    help: ArgumentHelp("The instant to use as now, with an offset; the same for all partitions.", valueName: "instant"))
  var asOf: InstantArgument

  @Option(help: ArgumentHelp("Which users to fold: I from 0 to N - 1. Default: 0/1, all.", valueName: "I/N"))
  var partition: PartitionArgument?

  @Flag(help: "Read records that have only a user_id as rows of the users export.")
  var userRecords = false

  @Flag(help: "The input must end with a count of its records and hold no user of another partition.")
  var sealed = false

  @Option(
    name: [.short, .long], help: ArgumentHelp("Write a partial snapshot.", valueName: "part"), completion: .file())
  var output: String?

  @Option(
    help: ArgumentHelp("Profile that overrides parts of the built-in one.", valueName: "file"), completion: .file())
  var profile: String?

  @Option(help: ArgumentHelp("Rebuild this projection only; repeatable.", valueName: "type[/key]"))
  var only: [ProjectionArgument] = []

  @Flag(help: "Replace an existing part.")
  var force = false

  @Flag(help: "With -o: print the summary as JSON.")
  var json = false

  @Flag(help: "No progress and no summary beside the rows.")
  var quiet = false

  @OptionGroup(title: "Reading") var reading: ReadingOptionGroup
  @OptionGroup(title: "Reducing") var reducing: ReducerOptions
  @OptionGroup var writing: WritingOptions
  @OptionGroup var resources: ResourceOptions

  func run() throws {
    try InputFiles(log + users + [profile].compactMap { $0 } + reducing.files)
      .refuse(as: [output, reducing.running.reducerStderr])
    var plan = FoldPlan(try reducing.catalogue(resources.resources), asOf: asOf.instant)
    plan.rebuild.input.logs = log
    plan.rebuild.input.users = users
    plan.rebuild.input.reading = reading.reading(format)
    plan.rebuild.input.resources = resources.resources
    plan.rebuild.profile = try plan.rebuild.catalogue.loadProfile(profile)
    plan.rebuild.filter = try only.filter(in: plan.rebuild.catalogue)
    plan.rebuild.force = force
    plan.rebuild.mode = writing.bits
    plan.part.partition = partition?.partition ?? .whole
    plan.part.hasUserRecords = userRecords
    plan.part.isSealed = sealed
    plan.output = output
    let meter = ProgressMeter()
    var summary = try ProgressLine.showing(meter, quiet: quiet) { [plan] in try fold(plan, progress: meter) }
    summary.peakMemory = peakMemory
    if output != nil {
      try Terminal.output(json ? summary.json.pretty + "\n" : summary.text)
    } else if !quiet {
      Terminal.error("\(summary.line)")
    }
  }
}

/// `I/N`.
struct PartitionArgument: ExpressibleByArgument {
  var partition: UserPartition

  init?(argument: String) {
    guard let partition = UserPartition(argument) else { return nil }
    self.partition = partition
  }
}
