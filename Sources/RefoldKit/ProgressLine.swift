import Formatting
import Platform
import Reporting
import Running

/// A progress line on standard error: only on a terminal, and removed when the run ends.
enum ProgressLine {
  /// Prints notices about the input after the work, even if quiet.
  static func showing<Result>(_ meter: ProgressMeter, quiet: Bool, _ work: () throws -> Result) rethrows -> Result {
    let result = try running(meter, quiet: quiet, work)
    for notice in meter.notices { Terminal.error("note: \(notice)") }
    return result
  }

  private static func running<Result>(
    _ meter: ProgressMeter, quiet: Bool, _ work: () throws -> Result
  ) rethrows -> Result {
    guard !quiet, Terminal.errorIsTerminal else { return try work() }
    let ticker = Ticker { elapsed in Terminal.error(line: line(meter.reading, elapsed)) }
    defer {
      ticker.stop()
      Terminal.error(line: "")
    }
    return try work()
  }

  private static func line(_ reading: ProgressMeter.Reading, _ elapsed: Double) -> String {
    switch reading.phase {
    case .reading:
      let rate = Double(reading.events) / max(elapsed, 0.001)
      var text = "reading  \(megabytes(reading.bytesRead))"
      if let total = reading.totalBytes, total > 0 {
        let share = Double(reading.bytesRead) / Double(total)
        text += " of \(megabytes(total)) (\(fixed(share * 100, 0)) %)"
        if share > 0.02 { text += ", \(fixed(elapsed / share - elapsed, 0)) s left" }
      }
      return text + ", \(grouped(Int(rate))) events/s"
    case .folding: return "folding  \(grouped(reading.users)) users"
    case .explaining: return "explaining  \(grouped(reading.folds)) folds"
    case .writing: return "writing the snapshot"
    }
  }

  private static func megabytes(_ bytes: Int) -> String { "\(fixed(Double(bytes) / 1e6, 0)) MB" }
}

extension Terminal {
  /// Rewrites the current line of standard error; an empty text clears it.
  static func error(line: String) {
    let text = "\r\u{1B}[2K" + line
    _ = Array(text.utf8).withUnsafeBytes { Platform.write(STDERR_FILENO, $0.baseAddress!, $0.count) }
  }
}
