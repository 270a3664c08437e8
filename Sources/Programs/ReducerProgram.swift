import CSystem
import EventModel
import Folding
import JSONTape
import Platform
import SnapshotStore
import Synchronization

/// How programs are run.
package struct ProgramSettings: Sendable {
  /// How long a program may take to answer for one user, in seconds.
  package var timeout = ProgramSettings.usualTimeout
  /// The file for the programs' standard error; `nil`: a file without a name that is kept only after a fault.
  package var errorFile: String?
  /// The folder of that file without a name.
  package var temporaryDirectory = "/tmp"

  package static let usualTimeout = 60

  package init() {}
}

/// A reducer program: the reducers that a ``ReducerFile`` describes, run as processes.
///
/// Each thread that asks gets a process of its own; processes are reused, so there are at most as many as threads ask at
/// a time. A process answers one user after the other.
package final class ReducerProgram: OutsideReducers {
  package let file: ReducerFile
  private let settings: ProgramSettings
  private let errors: ProgramErrors
  private let idle = Mutex<[ProgramProcess]>([])

  package var name: String { file.name }
  package var version: String { file.version }
  package var digest: String { file.digest }
  package var projections: [OutsideProjection] { file.projections }

  package init(_ file: ReducerFile, _ settings: ProgramSettings, _ errors: ProgramErrors) {
    self.file = file
    self.settings = settings
    self.errors = errors
  }

  package func ask(_ question: OutsideQuestion, into answer: OutsideAnswer) throws(OutsideFault) {
    let process = try take()
    do throws(ProgramFault) {
      try process.ask(question, into: answer)
    } catch {
      process.kill()
      throw OutsideFault(
        "\(file.name) (\(file.path)): user \(question.user.id): \(error.reason)\(errors.kept())")
    }
    idle.withLock { $0.append(process) }
  }

  private func take() throws(OutsideFault) -> ProgramProcess {
    if let process = idle.withLock({ $0.popLast() }) { return process }
    do throws(ProgramFault) { return try ProgramProcess(file, timeout: settings.timeout, errors: errors) } catch {
      throw OutsideFault("\(file.name) (\(file.path)): \(error.reason)\(errors.kept())")
    }
  }

  /// Ends all idle processes, so that the next question starts a new one.
  package func restart() {
    let processes = idle.withLock { idle in
      defer { idle = [] }
      return idle
    }
    for process in processes { process.end() }
  }
}

/// Why a program gave no valid answer.
struct ProgramFault: Error {
  let reason: String

  init(_ reason: String) { self.reason = reason }
}

/// Where the standard error of all programs goes: tracebacks hold people's data, so the file is the owner's only.
package final class ProgramErrors: Sendable {
  private struct State {
    var descriptor: Int32 = -1
    /// Where the file has a name.
    var path: String?
  }

  private let settings: ProgramSettings
  private let state = Mutex(State())

  package init(_ settings: ProgramSettings) { self.settings = settings }

  deinit {
    let descriptor = state.withLock { $0.descriptor }
    if descriptor >= 0 { close(descriptor) }
  }

  /// The open file. It is appended to.
  func descriptor() throws(ProgramFault) -> Int32 {
    let opened: Result<Int32, ProgramFault> = state.withLock { state in
      if state.descriptor >= 0 { return .success(state.descriptor) }
      let flags = O_WRONLY | O_APPEND | O_CLOEXEC
      if let path = settings.errorFile {
        state.descriptor = open(path, flags | O_CREAT | O_TRUNC, 0o600)
        state.path = path
      } else {
        state.descriptor = refold_open_unnamed(settings.temporaryDirectory)
        if state.descriptor < 0 {
          // A file system without such files.
          let path = newPath()
          state.descriptor = open(path, flags | O_CREAT | O_EXCL, 0o600)
          state.path = path
        }
      }
      if state.descriptor < 0 {
        let place = settings.errorFile ?? settings.temporaryDirectory
        return .failure(
          ProgramFault(
            "\(place): cannot open the file for its standard error: \(String(cString: strerror(errno)).lowercased())"))
      }
      return .success(state.descriptor)
    }
    return try opened.get()
  }

  /// Says where the standard error is, and gives the file a name if it has none; empty if nothing was written. Does not
  /// return while a signal is ending the process.
  func kept() -> String {
    // A signal that ends refold ends the programs first. That is no fault of theirs, and nobody would read the file's name.
    TemporaryFiles.awaitEnd()
    return state.withLock { state in
      var status = stat()
      guard state.descriptor >= 0, fstat(state.descriptor, &status) == 0, status.st_size > 0 else { return "" }
      if state.path == nil {
        let path = newPath()
        guard linkUnnamed(state.descriptor, path) else { return "" }
        state.path = path
      }
      return state.path.map { "; its standard error is in \($0)" } ?? ""
    }
  }

  private func newPath() -> String { "\(settings.temporaryDirectory)/refold-reducers-\(getpid()).stderr" }

  private func linkUnnamed(_ descriptor: Int32, _ path: String) -> Bool {
    #if os(Linux)
      linkat(AT_FDCWD, "/proc/self/fd/\(descriptor)", AT_FDCWD, path, AT_SYMLINK_FOLLOW) == 0
    #else
      false
    #endif
  }
}
