import EventModel
import Synchronization

/// Copies of inputs that cannot be read a second time: pipes, standard input. As packed as they came.
///
/// The first reading of such an input fills its copy; later ones read the copy. Owner-only files without names, gone
/// when refold ends. Thread-safe, as long as a copy is read only after the reading that filled it has ended.
public final class InputCopies: Sendable {
  private let directory: String
  private let files = Mutex<[String: SpillFile]>([:])

  /// - Parameter directory: where copies are put.
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
