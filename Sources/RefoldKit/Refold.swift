import ArgumentParser
@_exported import EventModel
@_exported import Folding
@_exported import JSONTape
import Platform
import Rebuilding
import Reporting
import Running
import Synchronization

/// Refold for a domain: the whole program, and the rows that its reducers compute from events.
///
/// ```swift
/// import RefoldKit
///
/// Refold(Bank()).main()
/// ```
public struct Refold: Sendable {
  let catalogue: Catalogue

  public init(_ domain: some Domain) { self.init(Catalogue(domain)) }

  package init(_ catalogue: Catalogue) { self.catalogue = catalogue }

  /// Runs the command line, and ends the process unless it succeeds. Exit status: 0 same or done, 1 different,
  /// 2 trouble.
  public func main() {
    ProgramDomain.begin(catalogue)
    RefoldProcess.prepare()
    do {
      var command = try RootCommand.parseAsRoot()
      try command.run()
      try StandardOutput.finish()
    } catch {
      RefoldProcess.awaitSignal()
      exit(Refold.report(error))
    }
  }

  private static func report(_ error: any Error) -> Int32 {
    if let code = error as? ExitCode {
      do { try StandardOutput.finish() } catch let fault { return report(fault) }
      return code.rawValue
    }
    // `--help` and `--version` are errors to the argument parser, but successful ones.
    if RootCommand.exitCode(for: error) == .success {
      do {
        try Terminal.output(RootCommand.fullMessage(for: error) + "\n")
        try StandardOutput.finish()
        return 0
      } catch let fault { return report(fault) }
    }
    if (error as? StandardOutputFault)?.readerIsGone == true { return 2 }
    if isUsageError(error) {
      Terminal.error(lines: usageText(error))
    } else {
      Terminal.error("refold: \(error)")
    }
    return 2
  }

  /// The message and the usage. The message may quote arguments; if they are more than plain text, the message is
  /// escaped.
  private static func usageText(_ error: any Error) -> String {
    let text = RootCommand.fullMessage(for: error)
    if CommandLine.arguments.allSatisfy({ $0 == Foreign($0).text }) { return text }
    let message = RootCommand.message(for: error)
    return text.replacing(message, with: Foreign(message).text)
  }

  /// Whether the argument parser itself refused the command line.
  private static func isUsageError(_ error: any Error) -> Bool {
    error is ValidationError || String(reflecting: type(of: error)).hasPrefix("ArgumentParser.")
  }
}

/// The catalogue of the program. It is global because the argument parser makes the commands and passes them nothing.
enum ProgramDomain {
  private static let given = Mutex<Catalogue?>(nil)

  static func begin(_ catalogue: Catalogue) { given.withLock { $0 = catalogue } }

  static var catalogue: Catalogue {
    guard let catalogue = given.withLock({ $0 }) else { preconditionFailure("a command outside of Refold") }
    return catalogue
  }
}

struct RootCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "refold",
    abstract: "Proves, offline, that projections are what the event log says they are.",
    discussion: """
      Examples:
        refold rebuild events.ndjson --users users.ndjson \\
          --as-of 2026-02-22T00:00:00Z -o snapshot.sqlite
        refold diff snapshot.sqlite live.csv --log events.ndjson
        refold audit dump.sql.zst
        refold show snapshot.sqlite \(Examples.user)
        refold digest snapshot.sqlite

      refold words explains the words that all commands use.

      Exit status: 0 same or done, 1 different, 2 trouble.
      """,
    version: versionText(ProgramDomain.catalogue),
    subcommands: [
      RebuildCommand.self, PackCommand.self, FoldCommand.self, MergeCommand.self, DiffCommand.self, CompareCommand.self,
      AuditCommand.self,
      VerifyCommand.self, PlanCommand.self, RepairCommand.self, ReportCommand.self, CheckCommand.self,
      WitnessCommand.self, ShowCommand.self, ExplainCommand.self, DigestCommand.self, ProfileCommand.self,
      ExportCommand.self, WordsCommand.self,
    ])
}
