import Platform

/// What the name of an output refers to. Symbolic links are followed; nothing is opened, created or changed.
package enum OutputTarget {
  /// A regular file, existing or still to be created; `path` is what a rename replaces.
  case file(path: String, existing: Existing?)
  /// A device, a pipe or a FIFO: written to directly, never replaced.
  case stream
  /// A file that this process already has open: `-` is standard output, and so is a name for the same file.
  case descriptor(Int32)

  /// The file that a rename will replace.
  package struct Existing: Sendable {
    package var identity: FileIdentity
    /// The permission bits; a replaced file keeps them.
    package var mode: mode_t
  }

  /// Throws ``SnapshotError`` with kind `notAFile` for a directory, a socket and a link to a file that has no name.
  package init(_ name: String) throws(SnapshotError) {
    if name == "-" {
      self = .descriptor(STDOUT_FILENO)
      return
    }
    var status = stat()
    guard stat(name, &status) == 0 else {
      self = .file(path: try OutputTarget.followed(name), existing: nil)
      return
    }
    switch status.st_mode & S_IFMT {
    case S_IFDIR:
      throw SnapshotError(.notAFile, path: name, reason: "is a directory", advice: "name a file in it")
    case S_IFREG:
      if let open = OutputTarget.standardDescriptor(of: FileIdentity(status)) {
        self = .descriptor(open)
        return
      }
      let path = try OutputTarget.followed(name)
      var target = stat()
      guard lstat(path, &target) == 0, FileIdentity(target) == FileIdentity(status) else {
        throw SnapshotError(.notAFile, path: name, reason: "is a link to a file without a name")
      }
      self = .file(path: path, existing: Existing(identity: FileIdentity(status), mode: status.st_mode & 0o777))
    case S_IFCHR, S_IFBLK, S_IFIFO:
      if let open = OutputTarget.standardDescriptor(of: FileIdentity(status)) {
        self = .descriptor(open)
      } else {
        self = .stream
      }
    default: throw SnapshotError(.notAFile, path: name, reason: "is not a regular file")
    }
  }

  /// Standard output or standard error, if one of them is that file.
  private static func standardDescriptor(of file: FileIdentity) -> Int32? {
    [STDOUT_FILENO, STDERR_FILENO].first { descriptor in
      var status = stat()
      return fstat(descriptor, &status) == 0 && FileIdentity(status) == file
    }
  }

  /// The path at the end of the chain of links that begins at a name, whether or not something exists there.
  static func followed(_ name: String) throws(SnapshotError) -> String {
    var path = name
    var target = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
    for _ in 0..<mostLinks {
      let length = readlink(path, &target, target.count - 1)
      if length < 0 { return path }
      let text = String(decoding: target[..<length].map { UInt8(bitPattern: $0) }, as: UTF8.self)
      if text.hasPrefix("/") {
        path = text
      } else {
        path = (path.lastIndex(of: "/").map { String(path[...$0]) } ?? "") + text
      }
    }
    throw .system(ELOOP, path: name, action: "follow its links")
  }

  /// The number of links that Linux follows.
  private static let mostLinks = 40
}

/// Identifies a file while it exists, whatever its names.
package struct FileIdentity: Hashable, Sendable {
  package var device: UInt64
  package var inode: UInt64

  package init(_ status: stat) {
    device = UInt64(status.st_dev)
    inode = UInt64(status.st_ino)
  }
}
