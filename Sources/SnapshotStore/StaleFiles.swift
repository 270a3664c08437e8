import Platform

/// Temporary files for `target` that killed runs left beside it: their process no longer exists.
///
/// Ordered by name; empty if the directory cannot be listed. O(files in the directory).
package func staleTemporaryFiles(beside target: String) -> [String] {
  let slash = target.lastIndex(of: "/")
  let name = slash.map { target[target.index(after: $0)...] } ?? target[...]
  let directory = slash.map { String(target[...$0]) } ?? "./"
  guard let stream = opendir(directory) else { return [] }
  defer { closedir(stream) }
  let prefix = PendingFile.prefix(of: name)
  var found: [String] = []
  while let entry = readdir(stream) {
    let offset = MemoryLayout<dirent>.offset(of: \.d_name) ?? 0
    let file = String(cString: (UnsafeRawPointer(entry) + offset).assumingMemoryBound(to: CChar.self))
    guard file.hasPrefix(prefix), file.hasSuffix(PendingFile.suffix) else { continue }
    guard let process = pid_t(file.dropFirst(prefix.count).prefix { $0 != "-" }), process > 0 else { continue }
    if kill(process, 0) != 0, errno == ESRCH { found.append(slash == nil ? file : directory + file) }
  }
  return found.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
}
