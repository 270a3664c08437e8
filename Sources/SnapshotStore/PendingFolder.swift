import Glibc

/// A folder of files in the making beside its place: nothing is visible under the final name until ``publish()``.
///
/// It is made under a hidden name, for its owner only, and vanishes with all that is in it, and with the folders that were
/// made above it, on ``discard()``, on deinit and on the signals of ``TemporaryFiles``.
package final class PendingFolder {
  /// What the operator named.
  package let target: String
  /// The folder to put files into, meanwhile.
  package let path: String
  /// What the rename replaces.
  private let place: String
  private let directory: String
  private let replacing: Bool
  private let mode: mode_t?
  /// What a folder may hold that is replaced.
  private let names: [String]
  private var entry: TemporaryFiles.Entry?
  private var parents: [TemporaryFiles.Entry] = []

  /// - Parameters:
  ///   - replacing: whether a folder that is there, and holds none but `names`, is replaced.
  ///   - mode: the permission bits of its files; by default 0600, and 0700 for the folder itself.
  package init(
    target: String, replacing: Bool, mayHold names: [String], mode: mode_t? = nil
  ) throws(SnapshotError) {
    try PendingFolder.check(target, replacing: replacing, mayHold: names)
    var name = target
    while name.count > 1, name.hasSuffix("/") { name.removeLast() }
    place = try OutputTarget.followed(name)
    let parts = try PendingFile.split(place, target: target)
    self.target = target
    directory = parts.directory
    path = "\(parts.directory)/\(PendingFile.temporaryName(of: parts.name))"
    self.replacing = replacing
    self.mode = mode
    self.names = names
    var attempt = 0
    while entry == nil {
      try makeParents()
      do { entry = try TemporaryFiles.createFolder(path) } catch {
        attempt += 1
        // Somebody who made a folder above may have given it up.
        if error.kind == .missing, attempt < 8 { continue }
        discard()
        throw error
      }
    }
  }

  deinit { discard() }

  /// Throws what ``init(target:replacing:mayHold:mode:)`` would throw; makes nothing.
  package static func check(_ target: String, replacing: Bool, mayHold names: [String]) throws(SnapshotError) {
    if target == "-" || target.isEmpty {
      throw SnapshotError(.notAFile, path: target, reason: "names no folder")
    }
    var status = stat()
    guard stat(target, &status) == 0 else {
      if errno == ENOENT { return }
      throw .system(errno, path: target, action: "look at it")
    }
    guard status.st_mode & S_IFMT == S_IFDIR else {
      throw SnapshotError(.exists, path: target, reason: "exists and is no folder")
    }
    let found = try entries(of: target)
    if found.isEmpty { return }
    guard replacing else {
      throw SnapshotError(
        .exists, path: target, reason: "the folder is not empty", advice: "--force replaces a case in it")
    }
    if let other = found.first(where: { !names.contains($0) }) {
      throw SnapshotError(.exists, path: target, reason: "the folder holds \(other), which is no part of such a case")
    }
  }

  /// Puts a file into the folder, durably.
  package func write(_ bytes: [UInt8], to name: String) throws(SnapshotError) {
    let file = path + "/" + name
    let descriptor = open(file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
    if descriptor < 0 { throw .system(errno, path: target, action: "create \(name) in it") }
    defer { close(descriptor) }
    var done = 0
    while done < bytes.count {
      let written = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress! + done, bytes.count - done) }
      if written < 0 {
        if errno == EINTR { continue }
        throw .system(errno, path: target, action: "write \(name) in it")
      }
      done += written
    }
    if fsync(descriptor) != 0 { throw .system(errno, path: target, action: "write \(name) to the device") }
  }

  /// Gives the files and the folder their modes and the folder its name, in one step; what it replaces is removed.
  package func publish() throws(SnapshotError) {
    guard let entry else { return }
    let files = mode ?? 0o600
    for name in try PendingFolder.entries(of: path) {
      if chmod(path + "/" + name, files) != 0 { throw .system(errno, path: target, action: "set the mode of \(name)") }
    }
    var status = stat()
    let kept = stat(place, &status) == 0 ? status.st_mode & 0o777 : nil
    // Whoever may read the files may enter the folder.
    let new = mode.map { $0 | 0o700 | ($0 & 0o444) >> 2 } ?? kept ?? 0o700
    if chmod(path, new) != 0 { throw .system(errno, path: target, action: "set its mode") }
    synchronise(directory: path)
    try PendingFolder.check(target, replacing: replacing, mayHold: names)
    var replaced: TemporaryFiles.Entry?
    try TemporaryFiles.withoutInterruption { () throws(SnapshotError) in
      // An empty folder is replaced as if there were none.
      if rename(path, place) == 0 {
        TemporaryFiles.forget(entry)
      } else if errno != ENOTEMPTY && errno != EEXIST {
        throw .system(errno, path: target, action: "rename the finished folder")
      } else if exchange(AT_FDCWD, path, AT_FDCWD, place, exchangeFlag) == 0 {
        replaced = entry
      } else {
        replaced = try moveAside()
        TemporaryFiles.forget(entry)
      }
      for parent in parents { TemporaryFiles.forget(parent) }
      parents = []
      self.entry = nil
    }
    if let replaced { TemporaryFiles.remove(replaced) }
    synchronise(directory: directory)
  }

  /// Puts the folder in place of another where the file system cannot exchange them; gives the other.
  private func moveAside() throws(SnapshotError) -> TemporaryFiles.Entry {
    let aside = path + "-"
    let other = try TemporaryFiles.createFolder(aside)
    if rename(place, aside) == 0 {
      if rename(path, place) == 0 { return other }
      let code = errno
      rename(aside, place)
      TemporaryFiles.forget(other)
      throw .system(code, path: target, action: "rename the finished folder")
    }
    let code = errno
    TemporaryFiles.remove(other)
    throw .system(code, path: target, action: "move the folder that is there")
  }

  /// Removes the folder, if it is still there. Idempotent.
  package func discard() {
    if let entry { TemporaryFiles.remove(entry) }
    entry = nil
    for parent in parents.reversed() { TemporaryFiles.remove(parent) }
    parents = []
  }

  /// Makes the folders above, those that are not there.
  private func makeParents() throws(SnapshotError) {
    var made = ""
    for step in directory.split(separator: "/", omittingEmptySubsequences: false) {
      made += step + "/"
      var status = stat()
      if stat(made, &status) == 0 { continue }
      let folder = String(made.dropLast())
      do {
        parents.append(try TemporaryFiles.createFolder(folder, isParent: true))
      } catch {
        // Another thread or process may have been first.
        if error.kind != .exists {
          discard()
          throw error
        }
      }
    }
  }

  /// Names in a folder, ascending.
  package static func entries(of path: String) throws(SnapshotError) -> [String] {
    guard let folder = opendir(path) else { throw .system(errno, path: path, action: "read it") }
    defer { closedir(folder) }
    var names: [String] = []
    while let entry = readdir(folder) {
      let offset = MemoryLayout<dirent>.offset(of: \.d_name) ?? 0
      let name = String(cString: (UnsafeRawPointer(entry) + offset).assumingMemoryBound(to: CChar.self))
      if name != ".", name != ".." { names.append(name) }
    }
    return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }
}

/// renameat2(2), which the Glibc module does not show (it needs `_GNU_SOURCE`).
@_silgen_name("renameat2")
private func exchange(
  _ from: Int32, _ path: UnsafePointer<CChar>, _ to: Int32, _ other: UnsafePointer<CChar>, _ flags: UInt32
) -> Int32

/// `RENAME_EXCHANGE`: both are there at any moment.
private let exchangeFlag: UInt32 = 2
