import EventModel
import JSONTape
import Platform
import Reporting
import Running

/// Standard output and error; texts are written completely.
enum Terminal {
  /// Writes one line to standard error, whatever names it contains.
  static func error(_ line: Foreign) { error(lines: line.text) }

  /// Writes lines to standard error. Escapes what a terminal would act on. Ignores failed writes: there is nobody to
  /// tell.
  static func error(lines text: String) {
    let bytes = Array(screened(text.hasSuffix("\n") ? text : text + "\n").utf8)
    var done = 0
    while done < bytes.count {
      let written = bytes.withUnsafeBytes { Platform.write(STDERR_FILENO, $0.baseAddress! + done, bytes.count - done) }
      if written < 0 {
        if errno == EINTR { continue }
        return
      }
      done += written
    }
  }

  /// Writes text to standard output. Escapes what a terminal would act on. Throws when the text cannot be written; if
  /// the reader has gone away, the program ends quietly, as in any pipe.
  ///
  /// - Parameter isStyled: whether the escape sequences of `TextStyle` are kept. Data in the text must not contain any
  ///   then.
  static func output(_ text: String, isStyled: Bool = false) throws {
    try StandardOutput.write(screened(text, isStyled: isStyled))
  }

  /// Writes an object to standard output, with two more members at its end: the number of list elements that were cut,
  /// and the list, whose elements are written one by one.
  static func output(
    _ object: JSONTree, listing name: String, cut: Int, _ each: ((String) throws -> Void) throws -> Void
  ) throws {
    var text = object.pretty
    if text.hasSuffix("\n}") { text.removeLast(2) }
    try output(text + ",\n  \"\(name)_cut\": \(cut),\n  \"\(name)\": [")
    var isEmpty = true
    try each {
      try output((isEmpty ? "\n    " : ",\n    ") + $0)
      isEmpty = false
    }
    try output(isEmpty ? "]\n}\n" : "\n  ]\n}\n")
  }

  /// Whether a file that was written is standard output, under whatever name.
  static func outputIs(_ path: String?) -> Bool {
    guard let path else { return false }
    if path == "-" { return true }
    var (file, output) = (stat(), stat())
    guard stat(path, &file) == 0, fstat(STDOUT_FILENO, &output) == 0 else { return false }
    // Terminals and devices take both.
    return file.st_mode & S_IFMT == S_IFREG && file.st_dev == output.st_dev && file.st_ino == output.st_ino
  }

  /// Maximum length of a line of text for people: the terminal's width, else 80.
  static var outputWidth: Int {
    var size = winsize()
    guard isatty(STDOUT_FILENO) == 1, ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else {
      return 80
    }
    return max(40, Int(size.ws_col))
  }

  static var errorIsTerminal: Bool { isatty(STDERR_FILENO) == 1 }
}
