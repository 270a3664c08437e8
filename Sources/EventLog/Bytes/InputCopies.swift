import EventModel
import Synchronization

/// Copies of inputs that cannot be read twice: pipes and standard input. A copy is packed if its input is.
///
/// The first reading of such an input fills its copy; later readings use the copy. The files have no name, belong to
/// the owner only, and are gone when refold ends. Thread-safe if a copy is read only after the reading that fills it
/// has ended.
public final class InputCopies: Sendable {
  private let directory: String
  private let files = Mutex<[String: SpillFile]>([:])

  /// - Parameter directory: directory of the copies.
  public init(directory: String) { self.directory = directory }

  /// The copy of an input, if it was begun.
  func copy(of path: String) -> SpillFile? { files.withLock { $0[path] } }

  /// Begins the copy of an input.
  func begin(_ path: String) throws(MalformedInput) -> SpillFile {
    let file: SpillFile
    do throws(StorageFault) { file = try SpillFile(directory: directory) } catch {
      throw MalformedInput(file: error.path, reason: error.reason)
    }
    files.withLock { $0[path] = file }
    return file
  }
}
