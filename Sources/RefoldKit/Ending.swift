import ArgumentParser
import Reporting

extension Judgement {
  /// Ends the command with the exit status of the judgement.
  func end() throws {
    if status != 0 { throw ExitCode(status) }
  }
}
