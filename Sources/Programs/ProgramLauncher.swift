import Folding

/// Runs the reducer programs of one command, which share one file for their standard error.
package struct ProgramLauncher: Sendable {
  package let settings: ProgramSettings
  private let errors: ProgramErrors

  package init(_ settings: ProgramSettings) {
    self.settings = settings
    errors = ProgramErrors(settings)
  }

  /// The program that a file describes. It is started when it is asked first.
  package func program(_ path: String) throws(ReducerFileError) -> ReducerProgram {
    ReducerProgram(try ReducerFile(path), settings, errors)
  }
}

extension Catalogue {
  /// The files of the programs that are folded with.
  package var programFiles: [String] { outside.compactMap { ($0 as? ReducerProgram)?.file.path } }
}
