import ArgumentParser
import EventLog
import EventModel
import Platform
import Rebuilding
import RefoldSpark

/// What folds in a rebuild.
enum Engine: String, ExpressibleByArgument, CaseIterable {
  case local, spark
}

/// The options of `refold rebuild` for Spark.
struct EngineOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Where to fold: local, or spark for logs too large for one machine. Default: local.", valueName: "engine"))
  var engine = Engine.local

  @Option(help: ArgumentHelp("Spark's master. Default: as Spark is configured, else local[*].", valueName: "url"))
  var master: String?

  @Option(help: ArgumentHelp("Number of user partitions on Spark. Default: twice the cores.", valueName: "n"))
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

extension RebuildCommand {
  /// Throws for options that a run on Spark does not support.
  func validateSpark() throws {
    guard engine.engine == .spark else { return }
    if source.asOf == nil {
      throw ValidationError("--engine spark needs --as-of: no partition knows the newest event of the log")
    }
    let refused = [
      ("--quarantine", bad.quarantine != nil), ("--user", !user.isEmpty), ("--json", json),
      ("--reducer-stderr", reducing.running.reducerStderr != nil),
      ("standard input", log.contains("-")),
      ("--schema", !reading.schema.isEmpty), ("--database", reading.database != nil),
      ("--table", !reading.table.isEmpty),
      ("--null", reading.null != nil),
      ("--format \(source.format?.form.rawValue ?? "")", [.copyText, .pgDump, .json].contains(source.format?.form)),
    ].filter(\.1).map(\.0)
    if !refused.isEmpty { throw ValidationError("\(refused.joined(separator: ", ")): not with --engine spark") }
  }

  /// Replaces this process with the Spark driver, `python3 refold_spark.py …`, whose exit status becomes refold's.
  /// Returns only by throwing.
  func runOnSpark() throws -> Never {
    var arguments = log
    for path in source.users { arguments += ["--users", path] }
    if let format = source.format { arguments += ["--format", format.form.rawValue] }
    if let asOf = source.asOf { arguments += ["--as-of", asOf.instant.description] }
    if let profile { arguments += ["--profile", profile] }
    for name in try only.filter(in: try reducing.catalogue(resources.resources)).wanted {
      arguments += ["--only", name.type + (name.key.map { "/" + $0 } ?? "")]
    }
    // The workers run a program where it is: it must be at the same place there.
    let files = reducing.files
    for choice in reducing.reducers {
      arguments += ["--reducers", files.contains(choice) ? absolutePath(of: choice) : choice]
    }
    if let seconds = reducing.running.reducerTimeout { arguments += ["--reducer-timeout", String(seconds)] }
    if let deleted = reading.deleted { arguments += ["--deleted", deleted.rawValue] }
    if reading.unwrapData { arguments.append("--unwrap-data") }
    if reading.noMetadata { arguments.append("--no-metadata") }
    if reading.allowEmpty { arguments.append("--allow-empty") }
    if let partitions = engine.partitions { arguments += ["--partitions", String(partitions)] }
    if let master = engine.master { arguments += ["--master", master] }
    for setting in engine.conf { arguments += ["--conf", setting] }
    if let memory = resources.memory { arguments += ["--fold-memory", "\(memory.bytes >> 20)M"] }
    if let temp = resources.temp { arguments += ["--temp", temp] }
    arguments += ["--refold", try SparkDriver.ownPath(), "-o", output]
    if force { arguments.append("--force") }
    if let bits = writing.bits { arguments += ["--mode", String(bits, radix: 8)] }
    if quiet { arguments.append("--quiet") }
    try SparkDriver.become(arguments, temporaryDirectory: resources.resources.temporaryDirectory)
  }
}

/// The path without links, from the root on; as given if that cannot be told.
private func absolutePath(of path: String) -> String {
  guard let resolved = realpath(path, nil) else { return path }
  defer { free(resolved) }
  return String(cString: resolved)
}
