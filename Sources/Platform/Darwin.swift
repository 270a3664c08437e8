// What macOS has in place of Linux.swift. It was written from Apple's headers and has not been compiled: no machine of the
// project has their SDK.
#if canImport(Darwin)
  /// macOS has no such call: `fsync` writes everything when the file is complete.
  package func startWriteback(_ descriptor: Int32) {}

  /// Frees a range of a file, which keeps its size. `false` if the file system cannot.
  package func discardRange(_ range: Range<Int>, of descriptor: Int32) -> Bool {
    var hole = fpunchhole_t(
      fp_flags: 0, reserved: 0, fp_offset: off_t(range.lowerBound), fp_length: off_t(range.count))
    return fcntl(descriptor, F_PUNCHHOLE, &hole) == 0
  }

  /// Exchanges two names in one step: both exist at any moment. 0, or -1 with `errno`.
  package func exchangeNames(_ path: UnsafePointer<CChar>, _ other: UnsafePointer<CChar>) -> Int32 {
    renamex_np(path, other, UInt32(RENAME_SWAP))
  }

  /// macOS has no files without a name.
  package func openUnnamed(in folder: String) -> Int32 {
    errno = EOPNOTSUPP
    return -1
  }

  /// Whether another process holds a lock for writing on a range of an open file.
  package func isLockedForWriting(_ descriptor: Int32, start: Int, count: Int) -> Bool {
    var lock = flock()
    lock.l_type = Int16(F_RDLCK)
    lock.l_whence = Int16(SEEK_SET)
    lock.l_start = off_t(start)
    lock.l_len = off_t(count)
    return fcntl(descriptor, F_GETLK, &lock) == 0 && lock.l_type == Int16(F_WRLCK)
  }

  /// Removes the files in an open folder, with system calls only, as a signal handler must (`readdir` allocates).
  package func removeFiles(in folder: Int32, _ block: UnsafeMutableRawPointer, _ blockBytes: Int) {
    var position: Int64 = 0
    while true {
      let count = directoryEntries(folder, block, blockBytes, &position)
      if count <= 0 { return }
      var offset = 0
      while offset < count {
        // struct dirent with 64-bit inodes: inode, seek offset, length, length of the name, type, name.
        unlinkat(folder, (block + offset + 21).assumingMemoryBound(to: CChar.self), 0)
        offset += Int((block + offset).loadUnaligned(fromByteOffset: 16, as: UInt16.self))
      }
    }
  }

  /// Tells the kernel that a file will be read from its start to its end.
  package func willReadInOrder(_ descriptor: Int32) { _ = fcntl(descriptor, F_RDAHEAD, 1) }

  extension stat {
    package var modified: timespec { st_mtimespec }
  }

  /// A path by which this program can be started again.
  package var ownExecutable: String {
    var count: UInt32 = 0
    _NSGetExecutablePath(nil, &count)
    var path = [CChar](repeating: 0, count: Int(count) + 1)
    guard _NSGetExecutablePath(&path, &count) == 0 else { preconditionFailure("the program has a path") }
    return path.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
  }

  /// The environment variables of this process, to the first null.
  package var environmentVariables: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?> { _NSGetEnviron().pointee! }

  /// Peak resident memory of the process, in bytes.
  package var peakResidentBytes: Int {
    var usage = rusage()
    getrusage(RUSAGE_SELF, &usage)
    return usage.ru_maxrss
  }

  /// What `readdir` calls.
  @_silgen_name("__getdirentries64")
  private func directoryEntries(
    _ descriptor: Int32, _ buffer: UnsafeMutableRawPointer, _ count: Int, _ position: UnsafeMutablePointer<Int64>
  ) -> Int
#endif
