import Platform

/// A regular file under construction beside its target: nothing is visible under the final name until ``publish()``.
///
/// The temporary file `.<name>.refold-<pid>-<random>.tmp` is in the target's directory, so that the rename never
/// crosses a file system. It has mode 0600. ``discard()``, deinit and the signals of ``TemporaryFiles`` remove it.
package final class PendingFile {
  /// As the operator named it.
  package let target: String
  /// The temporary file; never begins with a scheme that SQLite would take for a URI.
  package let path: String
  package let descriptor: Int32
  /// The path that the rename replaces: the target, with links followed.
  private let place: String
  private let directory: String
  private let replacing: Bool
  private let mode: mode_t?
  private var entry: TemporaryFiles.Entry?
  private var isComplete = false

  /// Throws `exists` if there is a file and `replacing` is false; `notAFile` if the target is something that a rename
  /// must not replace, or if its directory is missing.
  ///
  /// - Parameter mode: the permission bits; by default those of the replaced file, or 0600 for a new one.
  package init(target: String, replacing: Bool, mode: mode_t? = nil) throws(SnapshotError) {
    let (place, existing) = try PendingFile.place(of: target)
    if existing != nil, !replacing { throw .exists(target) }
    let parts = try PendingFile.split(place, target: target)
    var attempt = 0
    while true {
      let path = "\(parts.directory)/\(PendingFile.temporaryName(of: parts.name))"
      do {
        let entry = try TemporaryFiles.create(path)
        self.target = target
        self.path = path
        self.place = place
        self.directory = parts.directory
        self.replacing = replacing
        self.mode = mode
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

  /// How the names of a target's temporary files begin; the process id follows.
  static func prefix(of name: Substring) -> String {
    // Counted in bytes: file names are limited to 255 bytes, and the temporary name must not be too long.
    var head = name
    while head.utf8.count > 96 { head.removeLast() }
    return ".\(head).refold-"
  }
  static let suffix = ".tmp"

  /// A hidden name that cannot be predicted.
  static func temporaryName(of name: Substring) -> String {
    "\(prefix(of: name))\(getpid())-\(String(UInt64.random(in: .min ... .max), radix: 36))\(suffix)"
  }

  /// Makes the content durable and sets the file's mode; the steps that remain cannot run out of space.
  package func complete() throws(SnapshotError) {
    if isComplete || entry == nil { return }
    let (_, existing) = try PendingFile.place(of: target)
    // By name, not by descriptor: another program may have put the file there.
    if chmod(path, mode ?? existing?.mode ?? PendingFile.newFileMode) != 0 {
      throw .system(errno, path: target, action: "set its mode")
    }
    if fsync(descriptor) != 0 { throw .system(errno, path: target, action: "write it to the device") }
    isComplete = true
  }

  private static let newFileMode: mode_t = 0o600

  /// Makes the content durable, then gives it the target's name in one step, then makes the name durable.
  ///
  /// Without `replacing`, a target that has appeared in the meantime is kept, and the error is `exists`.
  package func publish() throws(SnapshotError) { try PendingFile.publish([self]) }

  /// Gives all files their names, or none of them: a signal waits until this is done, and if one cannot get its name,
  /// the new files before it lose theirs again.
  package static func publish(_ files: [PendingFile]) throws(SnapshotError) {
    for file in files { try file.complete() }
    try TemporaryFiles.withoutInterruption { () throws(SnapshotError) in
      // Renames that must not replace anything can fail, so they come first.
      var made: [PendingFile] = []
      for file in files.filter({ !$0.replacing }) + files.filter(\.replacing) {
        do throws(SnapshotError) { try file.rename() } catch {
          for file in made where !file.replacing { unlink(file.place) }
          throw error
        }
        made.append(file)
      }
    }
    for directory in Set(files.map(\.directory)) { synchronise(directory: directory) }
  }

  /// Changes only the name; the content is already on the device.
  private func rename() throws(SnapshotError) {
    guard let entry else { return }
    if replacing {
      if Platform.rename(path, place) != 0 { throw .system(errno, path: target, action: "rename the finished file") }
    } else if link(path, place) == 0 {
      unlink(path)
    } else if errno == EEXIST {
      throw .exists(target)
    } else {
      // The file system has no hard links.
      if access(place, F_OK) == 0 { throw .exists(target) }
      if Platform.rename(path, place) != 0 { throw .system(errno, path: target, action: "rename the finished file") }
    }
    TemporaryFiles.forget(entry)
    self.entry = nil
    close(descriptor)
  }

  /// Removes the temporary file, if it is still there. Idempotent.
  package func discard() {
    guard let entry else { return }
    TemporaryFiles.remove(entry)
    close(descriptor)
    self.entry = nil
  }

  /// The path that a rename will replace, and the file that is there.
  private static func place(of target: String) throws(SnapshotError) -> (String, OutputTarget.Existing?) {
    switch try OutputTarget(target) {
    case .file(let path, let existing): return (path, existing)
    case .stream, .descriptor: throw SnapshotError(.notAFile, path: target, reason: "is not a regular file")
    }
  }

  static func split(_ place: String, target: String) throws(SnapshotError) -> (directory: String, name: Substring) {
    let slash = place.lastIndex(of: "/")
    let name = slash.map { place[place.index(after: $0)...] } ?? place[...]
    if name.isEmpty || name == "." || name == ".." {
      throw SnapshotError(.notAFile, path: target, reason: "names no file", advice: "name the file to write")
    }
    guard let slash else { return (".", name) }
    let directory = place[..<slash]
    return (directory.isEmpty ? "" : directory.hasPrefix("/") ? String(directory) : "./" + directory, name)
  }

  /// Expresses a failure to create the temporary file in terms of the target.
  private static func explain(_ error: SnapshotError, target: String, directory: String) -> SnapshotError {
    var error = error
    error.path = target
    var status = stat()
    if error.kind == .missing, stat(directory.isEmpty ? "/" : directory, &status) == 0 {
      error.kind = .notAFile
      error.reason = "the directory \(directory.isEmpty ? "/" : directory) takes no new files"
      error.advice = "choose another directory"
    } else if error.kind == .missing {
      error.kind = .notAFile
      error.reason = "the directory \(directory.isEmpty ? "/" : directory) does not exist"
      error.advice = "create it first"
    } else if error.kind == .denied {
      error.advice = "choose a directory you may write to"
    }
    return error
  }
}

/// Makes the names in a directory durable. If it cannot be opened or synchronised, nothing more can be done.
func synchronise(directory: String) {
  let descriptor = open(directory.isEmpty ? "/" : directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
  if descriptor >= 0 {
    fsync(descriptor)
    close(descriptor)
  }
}
