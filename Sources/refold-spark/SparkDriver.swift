import CSparkDriver
import Platform
import Running

/// The Spark driver, `refold_spark.py`, embedded in the binary, so that it always has the version of this refold.
package enum SparkDriver {
  /// Becomes the Spark driver: `python3 refold_spark.py …`, whose exit status is refold's. Returns only by throwing.
  ///
  /// - Parameter directory: where the driver's file is, without a name.
  package static func become(_ arguments: [String], temporaryDirectory directory: String) throws -> Never {
    let names: [String] = ["REFOLD_PYTHON", "PYSPARK_DRIVER_PYTHON"]
    let python = names.compactMap { name in getenv(name).map { String(cString: $0) } }
    let program: [String] = [python.first ?? "python3", try driverFile(in: directory)]
    try execute(program + arguments)
  }

  /// The driver as a file without a name: nothing is left behind, whatever becomes of the run.
  private static func driverFile(in directory: String) throws -> String {
    let file = openNameless(in: directory)
    let count = refold_spark_driver_count()
    // Python gets it: it stays open when this program is replaced.
    guard file >= 0, write(file, refold_spark_driver_bytes(), count) == count, lseek(file, 0, SEEK_SET) == 0,
      fcntl(file, F_SETFD, 0) == 0
    else {
      throw RefoldError.usage(
        "cannot hand the Spark driver to Python: \(String(cString: strerror(errno)).lowercased())")
    }
    return "/dev/fd/\(file)"
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
