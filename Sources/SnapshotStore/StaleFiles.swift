import Platform

/// Temporary files for `target` that killed runs left beside it: their process no longer exists.
///
/// Ordered by name; empty if the directory cannot be listed. O(files in the directory).
package func staleTemporaryFiles(beside target: String) -> [String] {
  let slash = target.lastIndex(of: "/")
  let name = slash.map { target[target.index(after: $0)...] } ?? target[...]
  let directory = slash.map { String(target[...$0]) } ?? "./"
  let prefix = PendingFile.prefix(of: name)
  var found: [String] = []
  for file in namesInDirectory(directory) ?? [] {
    guard file.hasPrefix(prefix), file.hasSuffix(PendingFile.suffix) else { continue }
    guard let process = pid_t(file.dropFirst(prefix.count).prefix { $0 != "-" }), process > 0 else { continue }
    if kill(process, 0) != 0, errno == ESRCH { found.append(slash == nil ? file : directory + file) }
  }
  return found
}
