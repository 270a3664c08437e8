import Platform

/// Standard output. A write that does not throw has written all bytes.
package enum StandardOutput {
  package static func write(_ bytes: UnsafeRawBufferPointer) throws(StandardOutputFault) {
    var done = 0
    while done < bytes.count {
      let written = Platform.write(STDOUT_FILENO, bytes.baseAddress! + done, bytes.count - done)
      if written >= 0 {
        done += written
      } else if errno == EAGAIN {
        // Another process that shares it made it non-blocking.
        var wanted = pollfd(fd: STDOUT_FILENO, events: Int16(POLLOUT), revents: 0)
        poll(&wanted, 1, -1)
      } else if errno != EINTR {
        throw StandardOutputFault(errno)
      }
    }
  }

  package static func write(_ text: String) throws(StandardOutputFault) {
    var result: Result<Void, StandardOutputFault> = .success(())
    var text = text
    text.withUTF8 { bytes in
      do throws(StandardOutputFault) { try write(UnsafeRawBufferPointer(bytes)) } catch { result = .failure(error) }
    }
    try result.get()
  }

  /// Closes standard output. Some file systems report only now that they could not store the data.
  package static func finish() throws(StandardOutputFault) {
    if close(STDOUT_FILENO) != 0, errno != EINTR, errno != EBADF { throw StandardOutputFault(errno) }
  }

  /// Opens each of the descriptors 0 to 2 that is closed, such that any use of it fails. Otherwise a file of ours could
  /// get its number, and with it output that is meant for people.
  static func occupyStandardDescriptors() {
    for descriptor in STDIN_FILENO...STDERR_FILENO where fcntl(descriptor, F_GETFD) < 0 {
      // Reading a descriptor that is open for writing fails with EBADF, and so does the reverse.
      let opened = open("/dev/null", descriptor == STDOUT_FILENO ? O_RDONLY : O_WRONLY)
      if opened >= 0, opened != descriptor {
        dup2(opened, descriptor)
        close(opened)
      }
    }
  }
}

/// Writing or closing standard output failed.
package struct StandardOutputFault: Error, CustomStringConvertible {
  /// Whether the reader of the pipe has closed it, which is not reported.
  package let readerIsGone: Bool
  package let description: String

  init(_ code: Int32) {
    readerIsGone = code == EPIPE
    description =
      code == EBADF
      ? "standard output: is closed"
      : "standard output: cannot write it: \(String(cString: strerror(code)).lowercased())"
  }
}
