import Glibc

/// Standard output and error, written whole.
enum Terminal {
  /// A line on standard error.
  static func error(_ text: String) { write(text.hasSuffix("\n") ? text : text + "\n", to: STDERR_FILENO) }

  /// Text on standard output. A reader that went away ends the program quietly, as in any pipe.
  static func output(_ text: String) { write(text, to: STDOUT_FILENO) }

  static var errorIsTerminal: Bool { isatty(STDERR_FILENO) == 1 }

  private static func write(_ text: String, to descriptor: Int32) {
    let bytes = Array(text.utf8)
    var done = 0
    while done < bytes.count {
      let written = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress! + done, bytes.count - done) }
      if written < 0 {
        if errno == EINTR { continue }
        if descriptor == STDOUT_FILENO { exit(2) }
        return
      }
      done += written
    }
  }
}
