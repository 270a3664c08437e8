import ArgumentParser
import EventModel
import Rebuilding
import Reporting
import Running

struct PackCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "pack",
    abstract: "Packs a log: parsed, sorted and compressed, for all other commands.",
    discussion: """
      A packed log is another form of a log: every command takes it as LOG, and
      gives the same answers as for the files it was made of. Packing a packed log
      with new files gives the same file as packing everything at once, whatever
      overlaps, repeats or comes late.

      Examples:
        refold pack events.ndjson --users users.ndjson -o log.refold
        refold pack log.refold new/*.ndjson -o log.refold --force
        refold pack log.refold --replace corrected.ndjson -o log2.refold
        refold rebuild log.refold -o snapshot.sqlite
        refold pack events.ndjson --split 7 -o pieces

      A pack keeps what refold's projections read of the events. Reducer programs
      and other refolds need --all-fields, or --reducers when it is packed.

      With --split N, one pass over a log, or over a part of it, writes a piece for
      each of N partitions: part-0.refold and so on, in a new folder. Only refold
      fold --partition I/N reads pieces, those of all parts of the log together.

      Exit status: 0 the pack is written, 2 trouble (nothing is written).
      """)

  @Argument(help: "Event log files, packed logs, directories, or - for standard input.", completion: .file())
  var log: [String]

  @Option(
    name: .long,
    help: ArgumentHelp("Users export; repeatable. Replaces the one in a packed log.", valueName: "file"),
    completion: .file())
  var users: [String] = []

  @Option(
    name: [.short, .long], help: ArgumentHelp("The packed log to write.", valueName: "pack"), completion: .file())
  var output: String

  @Option(
    help: ArgumentHelp(
      "Records of this file replace those with the same ids; repeatable. Otherwise an id with two contents is an error.",
      valueName: "file"), completion: .file())
  var replace: [String] = []

  @Option(
    name: .customLong("drop-user"),
    help: ArgumentHelp(
      "Drop the events of this user, now and in packs made of this one; repeatable.", valueName: "id"))
  var dropUser: [UserArgument] = []

  @Flag(help: "Keep all fields of all events, for programs and other reducers.")
  var allFields = false

  @Option(
    help: ArgumentHelp(
      "Format of the log: \(FormArgument.list). Default: detected from each file's content.", valueName: "form"))
  var format: FormArgument?

  @Option(
    help: ArgumentHelp(
      "Split the log among this many partitions of users: -o is a new folder for their pieces.", valueName: "n"))
  var split: Int?

  @Flag(help: "With --split: read records that have only a user_id as rows of the users export.")
  var userRecords = false

  @Flag(help: "With --split: the input must end with a count of its records.")
  var sealed = false

  @Flag(help: "Replace an existing pack, which may be one of the packed logs that are read.")
  var force = false

  @Flag(help: "Print the summary as JSON.")
  var json = false

  @Flag(help: "No progress and no notices.")
  var quiet = false

  @OptionGroup(title: "Reading") var reading: ReadingOptionGroup
  @OptionGroup(title: "Reducing") var reducing: ReducerOptions
  @OptionGroup var writing: WritingOptions
  @OptionGroup var resources: ResourceOptions

  /// A piece takes at least this much memory while it is written.
  private static let mostPieces = 4096

  func validate() throws {
    guard let split else {
      if userRecords || sealed { throw ValidationError("--user-records and --sealed go with --split") }
      return
    }
    guard (1...PackCommand.mostPieces).contains(split) else {
      throw ValidationError("--split takes a number from 1 to \(PackCommand.mostPieces)")
    }
    let others = [
      ("--replace", !replace.isEmpty), ("--drop-user", !dropUser.isEmpty), ("--all-fields", allFields),
      ("--force", force),
      ("--deleted drop", reading.deleted == .drop), ("--unwrap-data", reading.unwrapData),
    ].filter(\.1).map(\.0)
    if !others.isEmpty { throw ValidationError("\(others.joined(separator: ", ")): not with --split") }
  }

  func run() throws {
    if let split { return try writePieces(split) }
    // The pack may replace one of those that it is made of: it gets its name at the end.
    let inputs = log.filter { !(isPackedLog($0) && sameFile($0, output)) }
    try InputFiles(inputs + users + replace + reducing.files).refuse(as: [output, reducing.running.reducerStderr])
    var plan = PackPlan(try reducing.catalogue(resources.resources))
    plan.input.logs = log
    plan.input.users = users
    plan.input.reading = reading.reading(format)
    plan.input.resources = resources.resources
    plan.input.droppedUsers = Set(dropUser.map(\.id))
    plan.replacements = replace
    plan.keepsAll = allFields
    plan.output = output
    plan.force = force
    plan.mode = writing.bits
    let meter = ProgressMeter()
    var report = try ProgressLine.showing(meter, quiet: quiet) { [plan] in try pack(plan, progress: meter) }
    report.peakMemory = peakMemory
    try Terminal.output(json ? report.json.pretty + "\n" : report.text)
  }

  private func writePieces(_ count: Int) throws {
    try InputFiles(log + users + reducing.files).refuse(as: [reducing.running.reducerStderr])
    var plan = SplitPlan(try reducing.catalogue(resources.resources))
    plan.input.logs = log
    plan.input.users = users
    plan.input.reading = reading.reading(format)
    plan.input.resources = resources.resources
    plan.part.split = count
    plan.part.hasUserRecords = userRecords
    plan.part.isSealed = sealed
    plan.output = output
    plan.mode = writing.bits
    let meter = ProgressMeter()
    var report = try ProgressLine.showing(meter, quiet: quiet) { [plan] in
      try Rebuilding.split(plan, progress: meter)
    }
    report.peakMemory = peakMemory
    try Terminal.output(json ? report.json.pretty + "\n" : report.text)
  }
}
