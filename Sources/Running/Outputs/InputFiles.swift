import EventLog
import Platform
import SnapshotStore

/// The regular files that a command reads, identified by device and inode. The command must not write any of them.
package struct InputFiles {
  private var names: [FileIdentity: String] = [:]

  /// - Parameter paths: files, directories (for the files in them), `-` for standard input. A missing file is ignored
  ///   here; it is an error when it is read.
  package init(_ paths: [String]) {
    for path in paths {
      var files = [path]
      do { files = try expandLogPaths([path]) } catch {}
      for file in files {
        var status = stat()
        guard (file == "-" ? fstat(STDIN_FILENO, &status) : stat(file, &status)) == 0 else { continue }
        if status.st_mode & S_IFMT == S_IFREG { names[FileIdentity(status)] = file == "-" ? "standard input" : file }
      }
    }
  }

  /// Throws if an output is an input, or if two outputs are the same file, even with `--force`. Standard output always
  /// counts as an output.
  package func refuse(as outputs: [String?]) throws {
    var taken: [Place: String] = [:]
    for output in ["-"] + outputs.compactMap({ $0 }) {
      guard let place = try place(of: output) else { continue }
      if case .file(let identity) = place, let input = names[identity] {
        let which = output == input ? "\(shown(output)) is read" : "\(shown(output)) is \(input), which is read"
        throw RefoldError.usage("\(which): an input is never an output")
      }
      if output == "-" { continue }
      if let other = taken[place] {
        throw RefoldError.usage("\(other) and \(output) are the same file: name two different files")
      }
      taken[place] = output
    }
  }

  /// Throws if an input is in a folder that may be replaced.
  package func refuse(asFolder folder: String) throws {
    var status = stat()
    guard stat(folder, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else { return }
    for name in try PendingFolder.entries(of: folder) {
      guard stat(folder + "/" + name, &status) == 0, let input = names[FileIdentity(status)] else { continue }
      throw RefoldError.usage("\(folder) holds \(input), which is read: an input is never an output")
    }
  }

  private func shown(_ output: String) -> String { output == "-" ? "standard output" : output }

  private enum Place: Hashable {
    case file(FileIdentity)
    case new(directory: FileIdentity, name: String)
  }

  /// The identity of an output file; `nil` for an output that is written directly, or whose directory is missing.
  private func place(of output: String) throws -> Place? {
    var status = stat()
    if output == "-" {
      guard fstat(STDOUT_FILENO, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
      return .file(FileIdentity(status))
    }
    switch try OutputTarget(output) {
    case .file(_, let existing?): return .file(existing.identity)
    case .file(let path, nil):
      let slash = path.lastIndex(of: "/")
      guard stat(slash.map { String(path[...$0]) } ?? ".", &status) == 0 else { return nil }
      return .new(
        directory: FileIdentity(status), name: slash.map { String(path[path.index(after: $0)...]) } ?? path)
    case .stream: return nil
    case .descriptor(let open):
      guard fstat(open, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
      return .file(FileIdentity(status))
    }
  }
}
