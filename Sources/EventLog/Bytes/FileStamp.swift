import EventModel
import Platform

/// Identity, size and modification time of a regular file when it was opened, to detect changes while it is read.
struct FileStamp: Equatable {
  private let device: UInt
  private let inode: UInt
  private let size: Int
  private let seconds: Int
  private let nanoseconds: Int

  /// `nil` if it is not a regular file.
  init?(_ status: stat) {
    guard status.st_mode & S_IFMT == S_IFREG else { return nil }
    device = UInt(status.st_dev)
    inode = UInt(status.st_ino)
    size = Int(status.st_size)
    seconds = status.modified.tv_sec
    nanoseconds = status.modified.tv_nsec
  }

  /// Throws unless the path still leads to the same, unmodified file.
  func check(_ path: String) throws(MalformedInput) {
    var status = stat()
    if stat(path, &status) == 0, FileStamp(status) == self { return }
    throw MalformedInput(file: path, reason: "was changed or replaced while it was read")
  }
}
