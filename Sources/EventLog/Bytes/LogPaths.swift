import EventModel
import Platform

/// Expands the operator's arguments to files: a directory becomes the files in it.
///
/// Arguments keep their order; the files of a directory are sorted by the bytes of their names. Hidden files (`.…`) and
/// sub-directories are left out. `-` and files are not changed. Throws for a missing path and for a directory without
/// files.
public func expandLogPaths(_ paths: [String]) throws(MalformedInput) -> [String] {
  var files: [String] = []
  for path in paths {
    guard path != "-" else {
      files.append(path)
      continue
    }
    if try kind(of: path) == S_IFDIR { files += try filesOfDirectory(path) } else { files.append(path) }
  }
  return files
}

private func filesOfDirectory(_ directory: String) throws(MalformedInput) -> [String] {
  guard let all = namesInDirectory(directory) else {
    throw MalformedInput(file: directory, reason: reason(ofOpening: errno))
  }
  let names = all.filter { !$0.hasPrefix(".") }
  if names.contains("toc.dat") {
    throw MalformedInput(
      file: directory,
      reason: "a directory-format dump; convert it on a pipe: pg_restore -f - \(directory) | refold … -")
  }
  let prefix = directory.hasSuffix("/") ? directory : directory + "/"
  var files: [String] = []
  for name in names where try kind(of: prefix + name) != S_IFDIR { files.append(prefix + name) }
  guard !files.isEmpty else {
    throw MalformedInput(
      file: directory, reason: "the directory holds no files (hidden ones and sub-directories do not count)")
  }
  return files
}

/// File type bits of the path, following symbolic links.
private func kind(of path: String) throws(MalformedInput) -> mode_t {
  var status = stat()
  guard stat(path, &status) == 0 else { throw MalformedInput(file: path, reason: reason(ofOpening: errno)) }
  return status.st_mode & S_IFMT
}

/// Throws the error that opening the path would throw, without opening it: that could block.
func checkReadable(_ path: String) throws(MalformedInput) {
  if path == "-" { return }
  guard try kind(of: path) != S_IFDIR else {
    throw MalformedInput(file: path, reason: "is a directory where a file is expected")
  }
  guard access(path, R_OK) == 0 else { throw MalformedInput(file: path, reason: reason(ofOpening: errno)) }
}

/// Sum of the files' sizes; `nil` when one of them is a pipe or a device.
func totalSize(of paths: [String]) -> Int? {
  var total = 0
  for path in paths {
    var status = stat()
    let failed = path == "-" ? fstat(STDIN_FILENO, &status) : stat(path, &status)
    guard failed == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
    total += Int(status.st_size)
  }
  return total
}
