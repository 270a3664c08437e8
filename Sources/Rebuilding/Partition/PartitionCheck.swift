import Running

/// Throws unless all partitions have the same count and each of them is there exactly once. The error says which files
/// or partitions are wrong.
package func checkPartitions(_ parts: [(file: String, partition: UserPartition)]) throws(RefoldError) {
  guard let first = parts.first else { throw .part("no part to merge") }
  let count = first.partition.count
  var files: [Int: String] = [:]
  for (file, partition) in parts {
    if partition.count != count {
      throw .part(
        "\(file) is partition \(partition), \(first.file) is \(first.partition): the parts of one run have the same "
          + "number of partitions")
    }
    if let other = files.updateValue(file, forKey: partition.index) {
      throw .part("\(other) and \(file) overlap: both are partition \(partition)")
    }
  }
  let missing = (0..<count).filter { files[$0] == nil }
  if missing.isEmpty { return }
  let shown = missing.prefix(8).map { "\($0)/\(count)" }.joined(separator: ", ") + (missing.count > 8 ? " …" : "")
  throw .part(missing.count == 1 ? "partition \(shown) is missing" : "partitions \(shown) are missing")
}
