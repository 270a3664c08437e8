import EventModel
import Folding
import PythonValues
import Running
import SnapshotStore

/// The names and priorities that all backfills share.
enum JobNames {
  static let update = "projection.update"
  static let controllerPriority = 4
  static let updatePriority = 0

  /// Returns the label as the scripts and the worker use it: trimmed. Throws if the label is empty or blank, which they
  /// refuse, or contains NUL.
  static func label(_ source: String) throws(RefoldError) -> String {
    var copy = source
    let label = copy.withUTF8 { String(decoding: PythonText.strip(UnsafeRawBufferPointer($0)), as: UTF8.self) }
    if label.isEmpty { throw .usage("--source takes a label that is not empty or blank") }
    if label.utf8.contains(0) { throw .usage("--source takes a label without NUL, which PostgreSQL refuses") }
    return label
  }
}

extension Backfill.SyntheticEvent {
  /// The id of the event that the worker makes up for a user.
  func id(of user: UserID, source: String) -> EventID {
    let namespace = UUID128.version5(namespace: .urlNamespace, name: "\(prefix):\(source):\(type.name)")
    return .version5(namespace: namespace, name: user.description)
  }
}
