import Platform

/// Standard output, written whole or not without an error.
package enum StandardOutput {
  package static func write(_ bytes: UnsafeRawBufferPointer) throws(StandardOutputFault) {
    var done = 0
    while done < bytes.count {
      let written = Glibc.write(STDOUT_FILENO, bytes.baseAddress! + done, bytes.count - done)
      if written >= 0 {
        done += written
      } else if errno == EAGAIN {
        // Whoever shares it made it non-blocking.
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

  /// The end of all output: some file systems tell only now that they could not keep it.
  package static func finish() throws(StandardOutputFault) {
    if close(STDOUT_FILENO) != 0, errno != EINTR, errno != EBADF { throw StandardOutputFault(errno) }
  }

  /// Gives the descriptors 0 to 2 that are closed to something that refuses to be used, so that no file of ours gets their
  /// numbers and what is meant for people.
  static func occupyStandardDescriptors() {
    for descriptor in STDIN_FILENO...STDERR_FILENO where fcntl(descriptor, F_GETFD) < 0 {
      // Reading what is open for writing, and the other way round, fails with EBADF.
      let opened = open("/dev/null", descriptor == STDOUT_FILENO ? O_RDONLY : O_WRONLY)
      if opened >= 0, opened != descriptor {
        dup2(opened, descriptor)
        close(opened)
      }
    }
  }
}

/// Standard output takes no more.
package struct StandardOutputFault: Error, CustomStringConvertible {
  /// Whether the reader of a pipe went away, which is for nobody to hear of.
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
