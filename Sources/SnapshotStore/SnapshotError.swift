import Platform

/// Why a snapshot could not be written or read: the path, the reason and, if there is one, the next step. Never the
/// content of a row.
package struct SnapshotError: Error, Hashable, Sendable {
  package enum Kind: Hashable, Sendable {
    /// The target already exists and replacing it was not requested.
    case exists
    /// The target is a directory, a device or the like, or its directory does not exist.
    case notAFile
    /// There is no file to read.
    case missing
    /// The file system or the operator's permissions do not allow it.
    case denied
    /// The device is full, or a quota or a size limit is reached.
    case noSpace
    /// The file is not a SQLite database, or not one that refold wrote.
    case notASnapshot
    /// A snapshot whose format is newer than this refold.
    case newerFormat
    /// A snapshot whose content contradicts itself: a broken page, a digest that does not match.
    case damaged
    /// The file is incomplete: changes are in a file beside it, or are being written.
    case changing
    /// A signal is ending the process.
    case interrupted
    /// Any other failure of the operating system or of SQLite.
    case failed
  }

  package var kind: Kind
  package var path: String
  /// What is wrong, in words.
  package var reason: String
  /// What the operator can do; `nil` if the reason says it all.
  package var advice: String?

  package init(_ kind: Kind, path: String, reason: String, advice: String? = nil) {
    self.kind = kind
    self.path = path
    self.reason = reason
    self.advice = advice
  }
}

extension SnapshotError: CustomStringConvertible {
  /// `snapshot.sqlite: already exists; --force replaces it`.
  package var description: String { "\(path): \(reason)" + (advice.map { "; \($0)" } ?? "") }
}

extension SnapshotError {
  /// The error for a system call that failed with `errno`; `action` completes "cannot …".
  package static func system(_ code: Int32, path: String, action: String) -> SnapshotError {
    let text = String(cString: strerror(code))
    switch code {
    case ENOENT: return SnapshotError(.missing, path: path, reason: "no such file or directory")
    case EISDIR: return SnapshotError(.notAFile, path: path, reason: "is a directory")
    case ENOTDIR: return SnapshotError(.notAFile, path: path, reason: "a part of the path is not a directory")
    case EACCES, EPERM, EROFS:
      return SnapshotError(.denied, path: path, reason: "cannot \(action): \(text.lowercased())")
    case ENOSPC, EDQUOT, EFBIG:
      return SnapshotError(
        .noSpace, path: path, reason: "cannot \(action): \(text.lowercased())",
        advice: "free some room or write to another device")
    default: return SnapshotError(.failed, path: path, reason: "cannot \(action): \(text.lowercased())")
    }
  }

  static func exists(_ path: String) -> SnapshotError {
    SnapshotError(.exists, path: path, reason: "already exists", advice: "--force replaces it")
  }
}
