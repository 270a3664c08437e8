// What Linux has of its own. Darwin.swift has the same functions.
#if os(Linux)
  /// Asks the kernel to start writing a file to the device. `posix_fadvise` would do so too, but takes twice the time and
  /// drops the pages from the cache.
  package func startWriteback(_ descriptor: Int32) {
    // SYNC_FILE_RANGE_WRITE.
    syncFileRange(descriptor, 0, 0, 2)
  }

  /// Frees a range of a file, which keeps its size. `false` if the file system cannot.
  package func discardRange(_ range: Range<Int>, of descriptor: Int32) -> Bool {
    // FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE.
    fallocate(descriptor, 3, Int64(range.lowerBound), Int64(range.count)) == 0
  }

  /// Exchanges two names in one step: both exist at any moment. 0, or -1 with `errno`.
  package func exchangeNames(_ path: UnsafePointer<CChar>, _ other: UnsafePointer<CChar>) -> Int32 {
    // RENAME_EXCHANGE.
    renameat2(AT_FDCWD, path, AT_FDCWD, other, 2)
  }

  /// Opens a new file without a name, readable and writable. -1 with `errno`, such as `EOPNOTSUPP`, if that fails.
  package func openUnnamed(in folder: String) -> Int32 {
    // O_TMPFILE.
    open(folder, O_RDWR | O_CLOEXEC | 0o20000000 | O_DIRECTORY, 0o600)
  }

  /// Whether another process holds a lock for writing on a range of an open file.
  package func isLockedForWriting(_ descriptor: Int32, start: Int, count: Int) -> Bool {
    var lock = flock()
    lock.l_type = Int16(F_RDLCK)
    lock.l_whence = Int16(SEEK_SET)
    lock.l_start = off_t(start)
    lock.l_len = off_t(count)
    // F_OFD_GETLK.
    return fcntl(descriptor, 36, &lock) == 0 && lock.l_type == Int16(F_WRLCK)
  }

  /// Removes the files in an open folder, with system calls only, as a signal handler must (`readdir` allocates).
  package func removeFiles(in folder: Int32, _ block: UnsafeMutableRawPointer, _ blockBytes: Int) {
    while true {
      let count = directoryEntries(folder, block, blockBytes)
      if count <= 0 { return }
      var offset = 0
      while offset < count {
        // struct linux_dirent64: inode, offset, length, type, name.
        unlinkat(folder, (block + offset + 19).assumingMemoryBound(to: CChar.self), 0)
        offset += Int((block + offset).loadUnaligned(fromByteOffset: 16, as: UInt16.self))
      }
    }
  }

  /// Tells the kernel that a file will be read from its start to its end.
  package func willReadInOrder(_ descriptor: Int32) { posix_fadvise(descriptor, 0, 0, POSIX_FADV_SEQUENTIAL) }

  extension stat {
    package var modified: timespec { st_mtim }
  }

  /// A path by which this program can be started again.
  package var ownExecutable: String { "/proc/self/exe" }

  /// The environment variables of this process, to the first null.
  package var environmentVariables: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?> { environ }

  /// Peak resident memory of the process, in bytes.
  package var peakResidentBytes: Int {
    var usage = rusage()
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    return usage.ru_maxrss * 1024
  }

  // Functions that the Glibc module does not export: they need `_GNU_SOURCE`.

  @_silgen_name("sync_file_range") @discardableResult
  private func syncFileRange(_ descriptor: Int32, _ offset: Int64, _ count: Int64, _ flags: UInt32) -> Int32

  @_silgen_name("fallocate")
  private func fallocate(_ descriptor: Int32, _ mode: Int32, _ offset: Int64, _ count: Int64) -> Int32

  @_silgen_name("renameat2")
  private func renameat2(
    _ from: Int32, _ path: UnsafePointer<CChar>, _ to: Int32, _ other: UnsafePointer<CChar>, _ flags: UInt32
  ) -> Int32

  @_silgen_name("getdents64")
  private func directoryEntries(_ descriptor: Int32, _ buffer: UnsafeMutableRawPointer, _ count: Int) -> Int
#endif
