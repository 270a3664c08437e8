import ArgumentParser
import Comparing
import EventModel
import Rebuilding

struct ShowCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show",
    abstract: "Prints the projections of one user from a snapshot.",
    usage: "refold show <snapshot> <user> [--only <type[/key]>] [<options>]",
    discussion: """
      Examples:
        refold show snapshot.sqlite \(Examples.user)
        refold show snapshot.sqlite \(Examples.user) \\
          --only \(Examples.projection) --json

      Exit status: 0 printed, 1 the snapshot has no such projection, 2 trouble.
      """)

  @Argument(help: "A snapshot that refold rebuild wrote.", completion: .file()) var snapshot: String
  @Argument(help: ArgumentHelp("The user's id, or the pseudonym in a report.", valueName: "user"))
  var shortUser: NamedUserArgument?
  @Argument(help: ArgumentHelp("The same as --only.", valueName: "type[/key]"))
  var shortProjection: ProjectionArgument?
  @Option(help: ArgumentHelp("The same user, named.", valueName: "id")) var user: NamedUserArgument?
  @Option(help: ArgumentHelp("Show this projection only. Default: all.", valueName: "type[/key]"))
  var only: ProjectionArgument?
  @Flag(help: "Print one JSON array of rows.") var json = false
  @OptionGroup var naming: PseudonymOptions

  func validate() throws {
    if user == nil, shortUser == nil { throw ValidationError("Missing expected argument '<user>'") }
    if user != nil, shortUser != nil { throw ValidationError("name one user") }
    if only != nil, shortProjection != nil { throw ValidationError("name one projection") }
  }

  func run() throws {
    guard let user = user ?? shortUser else { preconditionFailure("validated before") }
    let wanted = try (only ?? shortProjection)?.wanted(
      in: try DiffPlan(ProgramDomain.catalogue, snapshot: snapshot).bound().catalogue, "--only <type[/key]>")
    let found = try show(
      snapshot, user: try user.id(in: snapshot, naming.scheme()), type: wanted?.type, key: wanted?.key)
    try Terminal.output(json ? found.json.pretty + "\n" : found.text)
    if found.isEmpty { throw ExitCode(1) }
  }
}

struct DigestCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "digest",
    abstract: "Prints the logical digests of a snapshot, recomputed from its rows.",
    discussion: """
      Equal digests mean equal projections, failures, users and signals, whatever
      file they are in. If the rows do not match the digests in the snapshot, the
      exit status is 2.

      Example:
        refold digest snapshot.sqlite
      """)

  @Argument(help: "A snapshot that refold rebuild wrote.", completion: .file()) var snapshot: String
  @Flag(help: "Print a JSON object.") var json = false

  func run() throws {
    let digests = try verifiedDigests(snapshot)
    try Terminal.output(json ? digests.json.pretty + "\n" : digests.text)
  }
}

struct ProfileCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "profile",
    abstract: "Prints the reducer profile: the built-in one, or with the changes of a file.",
    discussion: """
      A file may hold any part of what is printed. time_zones says which names the
      deployment's Python knows: names is null for all names of the built-in
      database, or an array, as
      json.dumps(sorted(zoneinfo.available_timezones())) prints it on the workers;
      directory_names says whether a name such as Europe makes a user fail ("fail",
      if Python's tzdata package is installed) or is an invalid name ("invalid", if
      it is not).

      Examples:
        refold profile > profile.json
        refold profile my-texts.json
      """)

  @Argument(help: "A profile file that overrides any part of the built-in one.", completion: .file()) var file: String?

  func run() throws {
    try Terminal.output(try ProgramDomain.catalogue.loadProfile(file).json.pretty + "\n")
  }
}
