import EventModel
import Rebuilding
import Running

/// Throws if the first argument is an export and a later one the snapshot.
func refuseSwapped(_ snapshot: String, _ live: [String]) throws(RefoldError) {
  guard !SnapshotInput.isSnapshot(snapshot), let other = live.first(where: SnapshotInput.isSnapshot) else { return }
  let rest = live.filter { $0 != other }.map { " \($0)" }.joined()
  throw .usage(
    """
    the arguments are swapped: \(Foreign(snapshot)) is no snapshot, but \(Foreign(other)) is; name the snapshot first: \
    \(Foreign("\(other) \(snapshot)\(rest)"))
    """)
}
