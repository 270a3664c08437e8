import ArgumentParser
import EventLog
import EventModel
import Folding
import Platform
import Running

/// `--as-of` and other instants that an operator types.
struct InstantArgument: ExpressibleByArgument {
  var instant: Instant

  init?(argument: String) {
    guard let instant = try? TimestampText.parse(argument) else { return nil }
    self.instant = instant
  }
}

struct UserArgument: ExpressibleByArgument {
  var id: UserID

  init?(argument: String) {
    guard let id = UserID(argument) else { return nil }
    self.id = id
  }
}

/// Bytes: a number, or one with K, M, G or KiB, MiB, GiB after it.
struct SizeArgument: ExpressibleByArgument {
  var bytes: Int

  init?(argument: String) {
    let digits = argument.prefix { $0.isASCII && $0.isNumber }
    let shifts = ["": 0, "K": 10, "KIB": 10, "M": 20, "MIB": 20, "G": 30, "GIB": 30]
    guard let number = Int(digits), let shift = shifts[argument.dropFirst(digits.count).uppercased()],
      number < 1 << 30
    else { return nil }
    bytes = number << shift
  }
}

/// How a log is written.
struct FormArgument: ExpressibleByArgument {
  var form: RecordForm

  init?(argument: String) {
    guard let form = RecordForm(rawValue: argument) else { return nil }
    self.form = form
  }

  static var allValueStrings: [String] { RecordForm.allCases.map(\.rawValue) }
  static var list: String { allValueStrings.joined(separator: ", ") }
}

/// How many malformed records are tolerated: `100` or `0.5%`.
struct BadLimitArgument: ExpressibleByArgument {
  var limit: BadRecordLimit

  init?(argument: String) {
    guard let limit = BadRecordLimit(argument) else { return nil }
    self.limit = limit
  }
}

/// `TYPE` or `TYPE/KEY`.
struct ProjectionArgument: ExpressibleByArgument {
  /// As given. A program may have written the projection, so it is looked up when the reducers are known.
  private let text: String

  init?(argument: String) { text = argument }

  static var allValueStrings: [String] { ProgramDomain.catalogue.names.map(\.description) }

  /// - Parameter option: the option or argument as the help shows it.
  func wanted(in catalogue: Catalogue, _ option: String) throws -> (type: String, key: String?) {
    if let wanted = catalogue.wanted(text) { return wanted }
    let known = catalogue.names.map { "  - \($0)" }.joined(separator: "\n")
    throw ValidationError(
      "The value '\(text)' is invalid for '\(option)'. Please provide one of the following:\n\(known)")
  }

  /// Throws if refold itself does not write the projection.
  func validate(_ option: String) throws { _ = try wanted(in: ProgramDomain.catalogue, option) }
}

extension [ProjectionArgument] {
  /// - Parameter option: as the help shows it.
  func filter(in catalogue: Catalogue, _ option: String = "--only <type[/key]>") throws -> ProjectionFilter {
    var filter = ProjectionFilter()
    filter.wanted = try map { try $0.wanted(in: catalogue, option) }
    return filter
  }
}

/// How much of the machine to use.
struct ResourceOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("Memory for events and buffers; the rest goes to --temp. Default: 48M.", valueName: "size"))
  var memory: SizeArgument?

  @Option(
    help: ArgumentHelp(
      "Number of threads, at most one per MiB of --memory. Default: the number of cores.", valueName: "n"))
  var threads: Int?

  @Option(
    help: ArgumentHelp("Directory for temporary files. Default: TMPDIR or /tmp.", valueName: "dir"),
    completion: .directory)
  var temp: String?

  func validate() throws {
    if let threads, !(1...256).contains(threads) { throw ValidationError("--threads takes a number from 1 to 256") }
    if let memory, memory.bytes < Resources.minimumMemory {
      throw ValidationError("--memory takes at least \(Resources.minimumMemory >> 20)M")
    }
  }

  var resources: Resources {
    var resources = Resources()
    if let memory { resources.memory = memory.bytes }
    // A thread needs about a mebibyte of its own.
    resources.threads = min(threads ?? max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))), max(1, resources.memory >> 20))
    resources.temporaryDirectory = temp ?? getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
    return resources
  }
}
