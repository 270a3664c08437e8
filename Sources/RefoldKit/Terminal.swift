import EventModel
import JSONTape
import Platform
import Reporting
import Running

/// Standard output and error, written whole.
enum Terminal {
  /// One line on standard error, whatever names it holds.
  static func error(_ line: Foreign) { error(lines: line.text) }

  /// Lines on standard error; what a terminal would act on is written out. There is nobody to tell that they could not be
  /// written.
  static func error(lines text: String) {
    let bytes = Array(screened(text.hasSuffix("\n") ? text : text + "\n").utf8)
    var done = 0
    while done < bytes.count {
      let written = bytes.withUnsafeBytes { Glibc.write(STDERR_FILENO, $0.baseAddress! + done, bytes.count - done) }
      if written < 0 {
        if errno == EINTR { continue }
        return
      }
      done += written
    }
  }

  /// Text on standard output. Throws when it cannot be written; a reader that went away ends the program quietly, as in
  /// any pipe. What a terminal would act on is written out.
  ///
  /// - Parameter isStyled: keeps the escape sequences of `TextStyle`: nothing of the data must hold any then.
  static func output(_ text: String, isStyled: Bool = false) throws {
    try StandardOutput.write(screened(text, isStyled: isStyled))
  }

  /// An object on standard output, with a list at its end whose elements come one after the other, and how many there are more.
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

  static var errorIsTerminal: Bool { isatty(STDERR_FILENO) == 1 }
}
