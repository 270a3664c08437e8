import Platform

/// A folder of files under construction beside its target: nothing is visible under the final name until ``publish()``.
///
/// It is created under a hidden name, for its owner only. ``discard()``, deinit and the signals of ``TemporaryFiles``
/// remove it with everything in it, and with the folders that were created above it.
package final class PendingFolder {
  /// As the operator named it.
  package let target: String
  /// The temporary folder, to put files into.
  package let path: String
  /// The path that the rename replaces.
  private let place: String
  private let directory: String
  private let replacing: Bool
  private let mode: mode_t?
  /// Names that a replaced folder may hold.
  private let names: [String]
  private var entry: TemporaryFiles.Entry?
  private let parents: NewFolders

  /// - Parameters:
  ///   - replacing: whether to replace an existing folder that holds nothing except `names`.
  ///   - mode: the permission bits of its files; by default 0600, and for the folder those of the replaced one, or
  ///     0700.
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
    parents = try NewFolders(parts.directory)
    do { entry = try TemporaryFiles.createFolder(path) } catch {
      parents.discard()
      throw error
    }
  }

  deinit { discard() }

  /// Throws what ``init(target:replacing:mayHold:mode:)`` would throw; creates nothing.
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
      throw SnapshotError(.exists, path: target, reason: "exists and is not a folder")
    }
    let found = try entries(of: target)
    if found.isEmpty { return }
    guard replacing else {
      throw SnapshotError(
        .exists, path: target, reason: "the folder is not empty", advice: "--force replaces a case in it")
    }
    if let other = found.first(where: { !names.contains($0) }) {
      throw SnapshotError(.exists, path: target, reason: "the folder holds \(other), which is not part of such a case")
    }
  }

  /// Writes a file into the folder, durably.
  package func write(_ bytes: [UInt8], to name: String) throws(SnapshotError) {
    let file = path + "/" + name
    let descriptor = open(file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
    if descriptor < 0 { throw .system(errno, path: target, action: "create \(name) in it") }
    defer { close(descriptor) }
    var done = 0
    while done < bytes.count {
      let written = bytes.withUnsafeBytes { Platform.write(descriptor, $0.baseAddress! + done, bytes.count - done) }
      if written < 0 {
        if errno == EINTR { continue }
        throw .system(errno, path: target, action: "write \(name) in it")
      }
      done += written
    }
    if fsync(descriptor) != 0 { throw .system(errno, path: target, action: "write \(name) to the device") }
  }

  /// Writes a file into the folder in several steps. It is not made durable: for files that another run can make again.
  ///
  /// - Parameter body: writes bytes with the function it is given, until it returns.
  package func write(
    to name: String, _ body: ((UnsafeRawBufferPointer) throws(SnapshotError) -> Void) throws -> Void
  ) throws {
    let descriptor = open(path + "/" + name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
    if descriptor < 0 { throw SnapshotError.system(errno, path: target, action: "create \(name) in it") }
    defer { close(descriptor) }
    try body { bytes throws(SnapshotError) in
      var done = 0
      while done < bytes.count {
        let written = Platform.write(descriptor, bytes.baseAddress! + done, bytes.count - done)
        if written < 0 {
          if errno == EINTR { continue }
          throw .system(errno, path: target, action: "write \(name) in it")
        }
        done += written
      }
    }
  }

  /// Gives the folder its name in one step; a replaced folder is removed.
  package func publish() throws(SnapshotError) { try PendingFolder.publish([self]) }

  /// Gives all folders their names, or none of them; a signal waits until this is done.
  package static func publish(_ folders: [PendingFolder]) throws(SnapshotError) {
    for folder in folders { try folder.complete() }
    var replaced: [TemporaryFiles.Entry] = []
    try TemporaryFiles.withoutInterruption { () throws(SnapshotError) in
      var moves: [(folder: PendingFolder, move: Move)] = []
      for folder in folders {
        do throws(SnapshotError) { moves.append((folder, try folder.move())) } catch {
          for (folder, move) in moves.reversed() { folder.undo(move) }
          throw error
        }
      }
      for (folder, move) in moves { if let other = folder.settle(move) { replaced.append(other) } }
    }
    for other in replaced { TemporaryFiles.remove(other) }
    for directory in Set(folders.map(\.directory)) { synchronise(directory: directory) }
  }

  /// Sets the modes of the files and the folder and makes them durable.
  private func complete() throws(SnapshotError) {
    let files = mode ?? 0o600
    for name in try PendingFolder.entries(of: path) {
      if chmod(path + "/" + name, files) != 0 { throw .system(errno, path: target, action: "set the mode of \(name)") }
    }
    var status = stat()
    let kept = stat(place, &status) == 0 ? status.st_mode & 0o777 : nil
    // Whoever may read the files may also enter the folder.
    let new = mode.map { $0 | 0o700 | ($0 & 0o444) >> 2 } ?? kept ?? 0o700
    if chmod(path, new) != 0 { throw .system(errno, path: target, action: "set its mode") }
    synchronise(directory: path)
    try PendingFolder.check(target, replacing: replacing, mayHold: names)
  }

  /// How a folder got its name.
  private enum Move {
    /// There was no folder, or an empty one.
    case made
    /// The previous folder has the hidden name now.
    case exchanged
    /// The previous folder has another hidden name.
    case aside(TemporaryFiles.Entry, path: String)
  }

  private func move() throws(SnapshotError) -> Move {
    if rename(path, place) == 0 { return .made }
    if errno != ENOTEMPTY, errno != EEXIST {
      throw .system(errno, path: target, action: "rename the finished folder")
    }
    if exchangeNames(path, place) == 0 { return .exchanged }
    // The file system cannot exchange them.
    let aside = path + "-"
    let other = try TemporaryFiles.createFolder(aside)
    guard rename(place, aside) == 0 else {
      let code = errno
      TemporaryFiles.remove(other)
      throw .system(code, path: target, action: "move the folder that is there")
    }
    if rename(path, place) == 0 { return .aside(other, path: aside) }
    let code = errno
    rename(aside, place)
    TemporaryFiles.forget(other)
    throw .system(code, path: target, action: "rename the finished folder")
  }

  private func undo(_ move: Move) {
    switch move {
    case .made: rename(place, path)
    case .exchanged: _ = exchangeNames(path, place)
    case .aside(let other, let aside):
      rename(place, path)
      rename(aside, place)
      TemporaryFiles.forget(other)
    }
  }

  /// Returns what is left to be removed.
  private func settle(_ move: Move) -> TemporaryFiles.Entry? {
    defer { entry = nil }
    parents.keep()
    switch move {
    case .exchanged: return entry
    case .made, .aside:
      if let entry { TemporaryFiles.forget(entry) }
      if case .aside(let other, _) = move { return other }
      return nil
    }
  }

  /// Removes the folder, if it is still there. Idempotent.
  package func discard() {
    if let entry { TemporaryFiles.remove(entry) }
    entry = nil
    parents.discard()
  }

  /// Names in a folder, ascending.
  package static func entries(of path: String) throws(SnapshotError) -> [String] {
    guard let names = namesInDirectory(path) else { throw .system(errno, path: path, action: "read it") }
    return names
  }
}
