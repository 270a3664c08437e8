import Platform

/// A regular file in the making beside its target: nothing is visible under the final name until ``publish()``.
///
/// The temporary file `.<name>.refold-<pid>-<random>.tmp` is in the target's directory, so that the rename never crosses
/// a file system; it has mode 0600 and vanishes on ``discard()``, on deinit and on the signals of ``TemporaryFiles``.
package final class PendingFile {
  /// What the operator named.
  package let target: String
  /// The temporary file; never begins with a scheme that SQLite would take for a URI.
  package let path: String
  package let descriptor: Int32
  /// What the rename replaces: the target without the links that lead to it.
  private let place: String
  private let directory: String
  private let replacing: Bool
  private let mode: mode_t?
  private var entry: TemporaryFiles.Entry?
  private var isComplete = false

  /// Throws `exists` when there is a file and `replacing` is false, `notAFile` when the target is something a rename must
  /// not replace or its directory is missing.
  ///
  /// - Parameter mode: the permission bits; by default those of the file that is replaced, 0600 for a new one.
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

  /// What the names of a target's temporary files begin with; the process id follows.
  static func prefix(of name: Substring) -> String {
    // By bytes: a name of 255 bytes has few characters, and the temporary one must not be longer.
    var head = name
    while head.utf8.count > 96 { head.removeLast() }
    return ".\(head).refold-"
  }
  static let suffix = ".tmp"

  /// A hidden name that nobody can foresee.
  static func temporaryName(of name: Substring) -> String {
    "\(prefix(of: name))\(getpid())-\(String(UInt64.random(in: .min ... .max), radix: 36))\(suffix)"
  }

  /// Makes the content durable and gives the file its mode; what is left to do cannot run out of room.
  package func complete() throws(SnapshotError) {
    if isComplete || entry == nil { return }
    let (_, existing) = try PendingFile.place(of: target)
    // By name: somebody else may have put the file there.
    if chmod(path, mode ?? existing?.mode ?? PendingFile.newFileMode) != 0 {
      throw .system(errno, path: target, action: "set its mode")
    }
    if fsync(descriptor) != 0 { throw .system(errno, path: target, action: "write it to the device") }
    isComplete = true
  }

  private static let newFileMode: mode_t = 0o600

  /// Makes the content durable, then gives it the target's name in one step, then makes the name durable.
  ///
  /// Without `replacing` a target that has appeared meanwhile is kept and the error is `exists`.
  package func publish() throws(SnapshotError) { try PendingFile.publish([self]) }

  /// Gives all files their names, or none of them: a signal waits until it is done, and when one cannot get its name, the
  /// new ones before it lose theirs again.
  package static func publish(_ files: [PendingFile]) throws(SnapshotError) {
    for file in files { try file.complete() }
    try TemporaryFiles.withoutInterruption { () throws(SnapshotError) in
      // Those that must not replace anything can fail; they come first.
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

  /// Only the name changes; the content is on the device.
  private func rename() throws(SnapshotError) {
    guard let entry else { return }
    if replacing {
      if Glibc.rename(path, place) != 0 { throw .system(errno, path: target, action: "rename the finished file") }
    } else if link(path, place) == 0 {
      unlink(path)
    } else if errno == EEXIST {
      throw .exists(target)
    } else {
      // A file system without hard links.
      if access(place, F_OK) == 0 { throw .exists(target) }
      if Glibc.rename(path, place) != 0 { throw .system(errno, path: target, action: "rename the finished file") }
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

  /// The path that a rename will replace, and what is there.
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

/// Makes the names in a directory durable; where it cannot be opened or synchronised there is nothing more to be done.
func synchronise(directory: String) {
  let descriptor = open(directory.isEmpty ? "/" : directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
  if descriptor >= 0 {
    fsync(descriptor)
    close(descriptor)
  }
}
