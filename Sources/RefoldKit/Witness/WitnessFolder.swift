import EventModel
import Glibc

/// A folder of a few small files that comes into being whole: written beside its place, then renamed.
enum WitnessFolder {
  /// Refuses a place that holds something, unless that may be replaced and is nothing but a case written before.
  static func check(_ path: String, force: Bool, mayHold names: [String]) throws(WitnessError) {
    var status = stat()
    guard lstat(path, &status) == 0 else {
      if errno == ENOENT { return }
      throw .output(path: path, reason: systemReason)
    }
    guard status.st_mode & S_IFMT == S_IFDIR else { throw .exists(path: path, reason: "exists and is no folder") }
    let found = try entries(of: path)
    if found.isEmpty { return }
    guard force else { throw .exists(path: path, reason: "the folder is not empty; --force replaces a witness in it") }
    if let other = found.first(where: { !names.contains($0) }) {
      throw .exists(path: path, reason: "the folder holds \(other), which is no part of a witness")
    }
  }

  /// Writes the files, in order, under names without a slash.
  ///
  /// - Parameter check: looks at the complete folder before it gets its name.
  static func write(
    _ files: [(name: String, bytes: [UInt8])], to path: String, check: (String) throws(WitnessError) -> Void
  ) throws(WitnessError) {
    let target = path.hasSuffix("/") ? String(path.dropLast()) : path
    let slash = target.lastIndex(of: "/")
    let parent = slash.map { String(target[...$0]) } ?? ""
    let name = slash.map { target[target.index(after: $0)...] } ?? target[...]
    let temporary = "\(parent).\(name.prefix(48)).refold-\(getpid()).tmp"
    try makeFolder(parent)
    try remove(temporary)
    guard mkdir(temporary, 0o755) == 0 else { throw .output(path: temporary, reason: systemReason) }
    do throws(WitnessError) {
      for file in files { try write(file.bytes, to: temporary + "/" + file.name) }
      try check(temporary)
      // An earlier witness goes once the new one is complete.
      try remove(target)
      guard rename(temporary, target) == 0 else { throw .output(path: target, reason: systemReason) }
    } catch {
      try? remove(temporary)
      throw error
    }
  }

  private static func write(_ bytes: [UInt8], to path: String) throws(WitnessError) {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
    if descriptor < 0 { throw .output(path: path, reason: systemReason) }
    defer { close(descriptor) }
    var done = 0
    while done < bytes.count {
      let written = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress! + done, bytes.count - done) }
      if written < 0 {
        if errno == EINTR { continue }
        throw .output(path: path, reason: systemReason)
      }
      done += written
    }
    if fsync(descriptor) != 0 { throw .output(path: path, reason: systemReason) }
  }

  /// Makes the folders above, those that are not there.
  private static func makeFolder(_ path: String) throws(WitnessError) {
    var made = ""
    for step in path.split(separator: "/", omittingEmptySubsequences: false) {
      made += step + "/"
      if made == "/" || made == "./" { continue }
      if mkdir(made, 0o755) != 0, errno != EEXIST { throw .output(path: made, reason: systemReason) }
    }
  }

  /// Removes a folder of plain files; one that is not there is none.
  private static func remove(_ path: String) throws(WitnessError) {
    var status = stat()
    guard lstat(path, &status) == 0 else { return }
    for name in try entries(of: path) where unlink(path + "/" + name) != 0 {
      throw .output(path: path + "/" + name, reason: systemReason)
    }
    if rmdir(path) != 0 { throw .output(path: path, reason: systemReason) }
  }

  /// Names in a folder, ascending.
  private static func entries(of path: String) throws(WitnessError) -> [String] {
    guard let folder = opendir(path) else { throw .output(path: path, reason: systemReason) }
    defer { closedir(folder) }
    var names: [String] = []
    while let entry = readdir(folder) {
      let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      if name != ".", name != ".." { names.append(name) }
    }
    return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  private static var systemReason: String { String(cString: strerror(errno)).lowercased() }
}
