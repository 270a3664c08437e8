import Platform
import SnapshotStore

/// What a process sets up once.
package enum RefoldProcess {
  /// Signals remove temporary files; a reader of our output that goes away is an error of `write`, not a death; no file of
  /// ours gets the number of a standard descriptor that is closed.
  package static func prepare() {
    StandardOutput.occupyStandardDescriptors()
    signal(SIGPIPE, SIG_IGN)
    TemporaryFiles.installSignalHandlers()
  }

  /// To be called before the process ends by itself: where a signal is ending it, that comes first.
  package static func awaitSignal() { TemporaryFiles.awaitEnd() }
}

/// Temporary files that killed runs left beside a target.
package func staleFiles(beside target: String) -> [String] { staleTemporaryFiles(beside: target) }
