import EventModel
import Platform

/// Appends pages to a SQLite file under construction. Each page is written once; only root pages, which SQLite has
/// already numbered, are written in place.
///
/// Pages are collected into blocks, which the kernel takes at half the cost of single pages.
///
/// The format is SQLite's own ("Database File Format", sqlite.org/fileformat2.html), which SQLite promises to keep.
final class PageFile {
  let pageBytes: Int
  /// Number of the last page so far; the first is 1.
  private(set) var count: UInt32
  /// The path named in errors.
  private let path: String
  private let descriptor: Int32
  private let writebackBytes: Int
  /// Bytes written since write-back was last requested.
  private var unsent = 0
  /// The page that holds the byte at 1 GiB; never used, because SQLite locks the file there.
  private let lockPage: UInt32
  /// Consecutive pages to be written in one call, and their offset.
  private let block = ByteArena(capacity: PageFile.blockBytes)
  private var blockOffset = 0

  /// A block ends where the file's length is a multiple of this.
  private static let blockBytes = 1 << 18

  /// - Parameters:
  ///   - count: number of pages that the file already has.
  ///   - writebackBytes: number of bytes after which the kernel is asked to start writing back; 0 for never.
  init(_ file: PendingFile, pageBytes: Int, count: UInt32, writebackBytes: Int) {
    descriptor = file.descriptor
    path = file.target
    self.pageBytes = pageBytes
    self.count = count
    self.writebackBytes = writebackBytes
    lockPage = UInt32((1 << 30) / pageBytes + 1)
  }

  /// Allocates a page at the end and returns its number.
  func allocate() -> UInt32 {
    count += 1
    if count == lockPage { count += 1 }
    return count
  }

  /// Writes a page's bytes under its number; they may reach the file only when ``finish()`` is called.
  func write(_ page: UnsafeRawPointer, at number: UInt32) throws(SnapshotError) {
    let offset = (Int(number) - 1) * pageBytes
    if offset != blockOffset + block.count {
      try flush()
      blockOffset = offset
    }
    block.append(UnsafeRawBufferPointer(start: page, count: pageBytes))
    if (offset + pageBytes) % PageFile.blockBytes == 0 { try flush() }
  }

  private func flush() throws(SnapshotError) {
    try write(block.bytes, offset: blockOffset)
    unsent += block.count
    blockOffset += block.count
    block.count = 0
    if writebackBytes > 0, unsent >= writebackBytes {
      unsent = 0
      startWriteback(descriptor)
    }
  }

  /// Writes what is left, and the number of pages into the header, where SQLite expects it in a file that it has
  /// committed to.
  func finish() throws(SnapshotError) {
    try flush()
    try withUnsafeBytes(of: count.bigEndian) { bytes throws(SnapshotError) in
      try write(bytes, offset: PageFile.countOffset)
    }
  }

  /// Offset of the number of pages in the header.
  private static let countOffset = 28

  private func write(_ bytes: UnsafeRawBufferPointer, offset: Int) throws(SnapshotError) {
    var written = 0
    while written < bytes.count {
      let result = pwrite(
        descriptor, bytes.baseAddress! + written, bytes.count - written, off_t(offset + written))
      if result < 0 {
        if errno == EINTR { continue }
        throw .system(errno, path: path, action: "write it")
      }
      written += result
    }
  }
}
