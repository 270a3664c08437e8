import EventModel
import Platform

/// A regular file as it was when it was opened, so that a change under the reader does not go unnoticed.
struct FileStamp: Equatable {
  private let device: UInt
  private let inode: UInt
  private let size: Int
  private let seconds: Int
  private let nanoseconds: Int

  /// `nil` for what is no regular file.
  init?(_ status: stat) {
    guard status.st_mode & S_IFMT == S_IFREG else { return nil }
    device = UInt(status.st_dev)
    inode = UInt(status.st_ino)
    size = Int(status.st_size)
    seconds = status.st_mtim.tv_sec
    nanoseconds = status.st_mtim.tv_nsec
  }

  /// Throws unless the path still leads to that file, and to what was in it.
  func check(_ path: String) throws(MalformedInput) {
    var status = stat()
    if stat(path, &status) == 0, FileStamp(status) == self { return }
    throw MalformedInput(file: path, reason: "was changed or replaced while it was read")
  }
}
