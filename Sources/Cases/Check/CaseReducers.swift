import Folding
import JSONTape
import Platform
import Programs

extension Catalogue {
  /// The member `reducers` of a case in that folder; `nil` if all types are folded by their newest version.
  func reducersMember(in folder: String) -> JSONTree? {
    if choices.isEmpty, outside.isEmpty { return nil }
    if outside.isEmpty { return .object(choices.map { .init($0.type, .string($0.version)) }) }
    return .array(
      choices.map { .string("\($0.type)=\($0.version)") }
        + programFiles.map { .string(relativePath(of: $0, from: folder)) })
  }
}

/// The path of an existing file as seen from a folder, which need not exist but whose parent does. An absolute path if
/// that cannot be told.
func relativePath(of file: String, from folder: String) -> String {
  guard let target = realPath(file) else { return file }
  let trimmed = folder.count > 1 && folder.hasSuffix("/") ? String(folder.dropLast()) : folder
  let (parent, name): (String, String)
  if let slash = trimmed.lastIndex(of: "/") {
    (parent, name) = (
      slash == trimmed.startIndex ? "/" : String(trimmed[..<slash]), String(trimmed[trimmed.index(after: slash)...])
    )
  } else {
    (parent, name) = (".", trimmed)
  }
  guard let base = realPath(parent) else { return target }
  let from = base.split(separator: "/").map(String.init) + [name]
  let to = target.split(separator: "/").map(String.init)
  let shared = zip(from, to).prefix { $0 == $1 }.count
  return ([String](repeating: "..", count: from.count - shared) + to[shared...]).joined(separator: "/")
}

private func realPath(_ path: String) -> String? {
  guard let resolved = realpath(path, nil) else { return nil }
  defer { free(resolved) }
  return String(cString: resolved)
}
