import ArgumentParser
import Reporting

extension Judgement {
  /// Ends the command with the status that follows from what was found.
  func end() throws {
    if status != 0 { throw ExitCode(status) }
  }
}
