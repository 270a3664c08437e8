import Platform
import Running

extension SparkDriver {
  /// What a pipe of Linux holds without a reader.
  private static let pipeCapacity = 65_536

  /// Becomes the Spark driver: `python3 refold_spark.py …`, whose exit status is refold's. Returns only by throwing.
  package static func become(_ arguments: [String]) throws -> Never {
    let names: [String] = ["REFOLD_PYTHON", "PYSPARK_DRIVER_PYTHON"]
    let python = names.compactMap { name in getenv(name).map { String(cString: $0) } }
    let program: [String] = [python.first ?? "python3", try driverFile()]
    try execute(program + arguments)
  }

  /// The driver on a pipe, whole and with its end: nothing is left behind, whatever becomes of the run.
  private static func driverFile() throws -> String {
    let source = SparkDriver.source
    var ends: [Int32] = [0, 0]
    guard source.count <= pipeCapacity, pipe(&ends) == 0, write(ends[1], source, source.count) == source.count else {
      throw RefoldError.usage(
        "cannot hand the Spark driver to Python: \(String(cString: strerror(errno)).lowercased())")
    }
    close(ends[1])
    return "/dev/fd/\(ends[0])"
  }

  /// Where this program is, to send it to the workers.
  package static func ownPath() throws -> String {
    guard let path = realpath(ownExecutable, nil) else {
      throw RefoldError.usage("cannot tell where this refold is, to send it to the workers")
    }
    defer { free(path) }
    return String(cString: path)
  }

  private static func execute(_ words: [String]) throws -> Never {
    var copies = words.map { strdup($0) } + [nil]
    defer { for copy in copies { free(copy) } }
    execvp(words[0], &copies)
    throw RefoldError.usage(
      "cannot start \(words[0]): \(String(cString: strerror(errno)).lowercased()); --engine spark needs Python 3.10 or "
        + "newer with pyspark: name it with REFOLD_PYTHON")
  }
}
