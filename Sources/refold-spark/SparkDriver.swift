/// The Spark driver, `refold_spark.py`, carried in the binary: the driver that runs is always of this refold's version.
package enum SparkDriver {
  /// The file's bytes.
  package static var source: [UInt8] { PackageResources.refold_spark_py }
}
