/// The Spark driver, `refold_spark.py`, embedded in the binary, so that it always has the version of this refold.
package enum SparkDriver {
  /// The file's bytes.
  package static var source: [UInt8] { PackageResources.refold_spark_py }
}
