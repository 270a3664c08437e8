import Glibc

/// A file in the making beside its target: nothing is visible under the final name until ``publish(replacing:)``.
///
/// The temporary file `.<name>.refold-<pid>-<random>.tmp` stands in the target's directory, so that the rename never crosses
/// a file system; it has mode 0600 and vanishes on ``discard()``, on deinit and on the signals of ``TemporaryFiles``.
package final class PendingFile {
  /// What the operator named.
  package let target: String
  /// The temporary file; never begins with a scheme that SQLite would take for a URI.
  let path: String
  package let descriptor: Int32
  private let directory: String
  private var entry: TemporaryFiles.Entry?

  /// Throws `exists` when there is a file and `replacing` is false, `notAFile` when the target is something a rename must
  /// not replace or its directory is missing.
  package init(target: String, replacing: Bool) throws(SnapshotError) {
    let parts = try PendingFile.split(target)
    try PendingFile.checkTarget(target, replacing: replacing)
    var attempt = 0
    while true {
      let random = String(UInt64.random(in: .min ... .max), radix: 36)
      let path = "\(parts.directory)/\(PendingFile.prefix(of: parts.name))\(getpid())-\(random)\(PendingFile.suffix)"
      do {
        let entry = try TemporaryFiles.create(path)
        self.target = target
        self.path = path
        self.directory = parts.directory
        self.descriptor = entry.descriptor
        self.entry = entry
        return
      } catch {
        attempt += 1
        if error.kind == .exists, attempt < 8 { continue }
        throw PendingFile.explain(error, target: target, directory: parts.directory)
      }
    }
  }

  deinit { discard() }

  /// What the names of a target's temporary files begin with; the process id follows.
  static func prefix(of name: Substring) -> String { ".\(name.prefix(48)).refold-" }
  static let suffix = ".tmp"

  /// Makes the content durable, then gives it the target's name in one step, then makes the name durable.
  ///
  /// Without `replacing` a target that has appeared meanwhile is kept and the error is `exists`.
  package func publish(replacing: Bool) throws(SnapshotError) {
    guard let entry else { return }
    if fsync(descriptor) != 0 { throw .system(errno, path: target, action: "write it to the device") }
    if replacing {
      if rename(path, target) != 0 { throw .system(errno, path: target, action: "rename the finished file") }
    } else if link(path, target) == 0 {
      unlink(path)
    } else if errno == EEXIST {
      throw .exists(target)
    } else {
      // A file system without hard links.
      try PendingFile.checkTarget(target, replacing: false)
      if rename(path, target) != 0 { throw .system(errno, path: target, action: "rename the finished file") }
    }
    TemporaryFiles.forget(entry)
    self.entry = nil
    close(descriptor)
    // Where a directory cannot be opened or synchronised there is nothing more to be done.
    let parent = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    if parent >= 0 {
      fsync(parent)
      close(parent)
    }
  }

  /// Removes the temporary file, if it is still there. Idempotent.
  package func discard() {
    guard let entry else { return }
    TemporaryFiles.remove(entry)
    close(descriptor)
    self.entry = nil
  }

  private static func split(_ target: String) throws(SnapshotError) -> (directory: String, name: Substring) {
    let slash = target.lastIndex(of: "/")
    let name = slash.map { target[target.index(after: $0)...] } ?? target[...]
    if name.isEmpty || name == "." || name == ".." {
      throw SnapshotError(.notAFile, path: target, reason: "names no file", advice: "name the file to write")
    }
    guard let slash else { return (".", name) }
    let directory = target[..<slash]
    return (directory.isEmpty ? "" : directory.hasPrefix("/") ? String(directory) : "./" + directory, name)
  }

  private static func checkTarget(_ target: String, replacing: Bool) throws(SnapshotError) {
    var status = stat()
    if lstat(target, &status) != 0 { return }
    switch status.st_mode & S_IFMT {
    case S_IFDIR: throw SnapshotError(.notAFile, path: target, reason: "is a directory", advice: "name a file in it")
    case S_IFREG, S_IFLNK: if !replacing { throw .exists(target) }
    default: throw SnapshotError(.notAFile, path: target, reason: "is not a regular file")
    }
  }

  /// The failure to create the temporary file in terms of the target.
  private static func explain(_ error: SnapshotError, target: String, directory: String) -> SnapshotError {
    var error = error
    error.path = target
    if error.kind == .missing {
      error.kind = .notAFile
      error.reason = "the directory \(directory.isEmpty ? "/" : directory) does not exist"
      error.advice = "create it first"
    } else if error.kind == .denied {
      error.advice = "choose a directory you may write to"
    }
    return error
  }
}
