import Platform
import SnapshotStore

/// A folder with a `case.json`.
struct CaseFolder: Sendable {
  /// As it is reported: the folder that was named, and the way down from there.
  var name: String
  var path: String { name }
}

/// Every folder with a `case.json` in or below the given ones, by name, each once. Hidden folders and links to folders are not
/// searched. Throws for a given folder that is none, that cannot be read, or has no case.
func findCases(_ folders: [String]) throws(CaseError) -> [CaseFolder] {
  var found: [CaseFolder] = []
  var seen: Set<String> = []
  for folder in folders {
    var root = folder
    while root.count > 1, root.hasSuffix("/") { root.removeLast() }
    var names: [String] = []
    try search(root, into: &names)
    if names.isEmpty {
      throw CaseError(
        file: folder, place: nil,
        reason: "no case in it or below: no folder with a \(RegressionCase.fileName); --init makes one from a log")
    }
    for name in names {
      guard let resolved = realpath(name, nil) else { continue }
      defer { free(resolved) }
      if seen.insert(String(cString: resolved)).inserted { found.append(CaseFolder(name: name)) }
    }
  }
  return found.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
}

/// The files of all cases in or below the given folders.
package func caseFiles(_ folders: [String]) throws -> [String] {
  try findCases(folders).flatMap { folder in try PendingFolder.entries(of: folder.path).map { folder.path + "/" + $0 } }
}

private func search(_ folder: String, into names: inout [String]) throws(CaseError) {
  guard let stream = opendir(folder) else {
    throw CaseError(file: folder, place: nil, reason: String(cString: strerror(errno)).lowercased())
  }
  var entries: [String] = []
  while let entry = readdir(stream) {
    // The name goes up to its NUL; `d_name` as a Swift tuple may be longer than the record.
    let offset = MemoryLayout<dirent>.offset(of: \.d_name)!
    entries.append(String(cString: (UnsafeRawPointer(entry) + offset).assumingMemoryBound(to: CChar.self)))
  }
  closedir(stream)
  if entries.contains(RegressionCase.fileName) { names.append(folder) }
  let prefix = folder == "." ? "" : folder == "/" ? "/" : folder + "/"
  for entry in entries.sorted(by: { $0.utf8.lexicographicallyPrecedes($1.utf8) }) where !entry.hasPrefix(".") {
    let path = prefix + entry
    var status = stat()
    if lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR { try search(path, into: &names) }
  }
}

extension CaseFolder {
  /// Whether a filter selects it: a glob (`*`, `?`, `[…]`) of the whole name or of its last part, else a part of the name.
  func matches(_ filter: String) -> Bool {
    guard filter.contains(where: { "*?[".contains($0) }) else { return name.contains(filter) }
    let last = name.split(separator: "/").last.map(String.init) ?? name
    return [name, last].contains { (text: String) in fnmatch(filter, text, 0) == 0 }
  }
}
