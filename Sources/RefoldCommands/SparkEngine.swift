import ArgumentParser
import EventLog
import EventModel
import Platform
import Rebuilding
import RefoldSpark
import Running

/// What does the folding of a rebuild.
enum Engine: String, ExpressibleByArgument, CaseIterable {
  case local, spark
}

/// The options of `refold rebuild` that are for Spark.
struct EngineOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("What folds: local, or spark for logs beyond one machine. Default: local.", valueName: "engine"))
  var engine = Engine.local

  @Option(help: ArgumentHelp("Spark's master. Default: as Spark is configured, else local[*].", valueName: "url"))
  var master: String?

  @Option(help: ArgumentHelp("Partitions of the users on Spark. Default: twice the cores.", valueName: "n"))
  var partitions: Int?

  @Option(help: ArgumentHelp("Spark configuration; repeatable.", valueName: "key=value"))
  var conf: [String] = []

  func validate() throws {
    if engine == .local, master != nil || partitions != nil || !conf.isEmpty {
      throw ValidationError("--master, --partitions and --conf go with --engine spark")
    }
    if let partitions, !(1...UserPartition.most).contains(partitions) {
      throw ValidationError("--partitions takes a number from 1 to \(UserPartition.most)")
    }
  }
}

private enum SparkEngine {
  /// What a pipe of Linux holds without a reader.
  static let pipeCapacity = 65_536
}

extension RebuildCommand {
  /// Throws for options that a run on Spark cannot keep.
  func validateSpark() throws {
    guard engine.engine == .spark else { return }
    if asOf == nil {
      throw ValidationError("--engine spark needs --as-of: no partition knows the newest event of the log")
    }
    let refused = [
      ("--quarantine", quarantine != nil), ("--user", !user.isEmpty), ("--json", json),
      ("standard input", log.contains("-")),
      ("--schema", !reading.schema.isEmpty), ("--database", reading.database != nil),
      ("--table", !reading.table.isEmpty),
      ("--null", reading.null != nil),
      ("--format \(format?.form.rawValue ?? "")", [.copyText, .pgDump, .json].contains(format?.form)),
    ].filter(\.1).map(\.0)
    if !refused.isEmpty { throw ValidationError("\(refused.joined(separator: ", ")): not with --engine spark") }
  }

  /// Becomes the Spark driver: `python3 refold_spark.py …`, whose exit status is refold's. Returns only by throwing.
  func runOnSpark() throws -> Never {
    var arguments = log
    for path in users { arguments += ["--users", path] }
    if let format { arguments += ["--format", format.form.rawValue] }
    if let asOf { arguments += ["--as-of", asOf.instant.description] }
    if let profile { arguments += ["--profile", profile] }
    for wanted in only { arguments += ["--only", wanted.type + (wanted.key.map { "/" + $0 } ?? "")] }
    for choice in reducing.reducers { arguments += ["--reducers", choice] }
    if let deleted = reading.deleted { arguments += ["--deleted", deleted.rawValue] }
    if reading.unwrapData { arguments.append("--unwrap-data") }
    if reading.noMetadata { arguments.append("--no-metadata") }
    if reading.allowEmpty { arguments.append("--allow-empty") }
    if let partitions = engine.partitions { arguments += ["--partitions", String(partitions)] }
    if let master = engine.master { arguments += ["--master", master] }
    for setting in engine.conf { arguments += ["--conf", setting] }
    if let memory = resources.memory { arguments += ["--fold-memory", "\(memory.bytes >> 20)M"] }
    if let temp = resources.temp { arguments += ["--temp", temp] }
    arguments += ["--refold", try ownPath(), "-o", output]
    if force { arguments.append("--force") }
    if let bits = writing.bits { arguments += ["--mode", String(bits, radix: 8)] }
    if quiet { arguments.append("--quiet") }
    let names: [String] = ["REFOLD_PYTHON", "PYSPARK_DRIVER_PYTHON"]
    let python = names.compactMap { name in getenv(name).map { String(cString: $0) } }
    let program: [String] = [python.first ?? "python3", try driverFile()]
    try become(program + arguments)
  }

  /// The driver on a pipe, whole and with its end: nothing is left behind, whatever becomes of the run.
  private func driverFile() throws -> String {
    let source = SparkDriver.source
    var ends: [Int32] = [0, 0]
    guard source.count <= SparkEngine.pipeCapacity, pipe(&ends) == 0,
      write(ends[1], source, source.count) == source.count
    else {
      throw RefoldError.usage(
        "cannot hand the Spark driver to Python: \(String(cString: strerror(errno)).lowercased())")
    }
    close(ends[1])
    return "/dev/fd/\(ends[0])"
  }

  private func ownPath() throws -> String {
    guard let path = realpath("/proc/self/exe", nil) else {
      throw RefoldError.usage("cannot tell where this refold is, to send it to the workers")
    }
    defer { free(path) }
    return String(cString: path)
  }

  private func become(_ words: [String]) throws -> Never {
    var copies = words.map { strdup($0) } + [nil]
    defer { for copy in copies { free(copy) } }
    execvp(words[0], &copies)
    throw RefoldError.usage(
      "cannot start \(words[0]): \(String(cString: strerror(errno)).lowercased()); --engine spark needs Python 3.10 or "
        + "newer with pyspark: name it with REFOLD_PYTHON")
  }
}
