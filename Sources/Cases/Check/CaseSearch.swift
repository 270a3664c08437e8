import Platform
import SnapshotStore

/// A folder with a `case.json`.
struct CaseFolder: Sendable {
  /// The name in reports: the folder as given, and the path from there.
  var name: String
  var path: String { name }
}

/// Finds every folder with a `case.json` in or below the given ones; sorted by name, each once. Does not search hidden
/// folders or links to folders. Throws if a given path is not a folder, cannot be read, or contains no case.
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
        reason: "holds no case: no folder in it has a \(RegressionCase.fileName); --init makes a case from a log")
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
  guard let entries = namesInDirectory(folder) else {
    throw CaseError(file: folder, place: nil, reason: String(cString: strerror(errno)).lowercased())
  }
  if entries.contains(RegressionCase.fileName) { names.append(folder) }
  let prefix = folder == "." ? "" : folder == "/" ? "/" : folder + "/"
  for entry in entries where !entry.hasPrefix(".") {
    let path = prefix + entry
    var status = stat()
    if lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR { try search(path, into: &names) }
  }
}

extension CaseFolder {
  /// Whether a filter selects the case. A filter with `*`, `?` or `[` is a glob for the whole name or its last
  /// component; any other filter is a substring of the name.
  func matches(_ filter: String) -> Bool {
    guard filter.contains(where: { "*?[".contains($0) }) else { return name.contains(filter) }
    let last = name.split(separator: "/").last.map(String.init) ?? name
    return [name, last].contains { (text: String) in fnmatch(filter, text, 0) == 0 }
  }
}
