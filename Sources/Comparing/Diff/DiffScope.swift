import EventModel
import Folding
import Reporting
import SnapshotStore

/// The users and projections that a diff compares: those that were requested and that the snapshot was rebuilt for.
struct DiffScope: Sendable {
  private let catalogue: Catalogue
  private var numbers: Set<Int>
  /// All users if empty. The same holds for ``rebuiltUsers``.
  private var users: Set<UserID>
  private var rebuiltUsers: Set<UserID>

  init(_ plan: DiffPlan, _ snapshot: SnapshotReader) {
    catalogue = plan.catalogue
    let selected = snapshot.manifestValue("selection.projections") ?? "all"
    var rebuilt = ProjectionFilter()
    if selected != "all" {
      for name in selected.split(separator: " ") {
        let parts = name.split(separator: "/", maxSplits: 1).map(String.init)
        rebuilt.wanted.append((parts[0], parts.count > 1 ? parts[1] : nil))
      }
    }
    let names = catalogue.names
    numbers = Set(
      names.indices.filter { number in
        [rebuilt, plan.filter].allSatisfy { filter in
          filter.wanted.isEmpty
            || filter.wanted.contains {
              $0.type == names[number].type && ($0.key ?? names[number].key) == names[number].key
            }
        }
      })
    users = plan.onlyUsers
    let selectedUsers = snapshot.isPart ? "all" : snapshot.manifestValue("selection.users") ?? "all"
    rebuiltUsers =
      selectedUsers == "all" ? [] : Set(selectedUsers.split(separator: " ").compactMap { UserID(String($0)) })
  }

  func includes(_ user: UserID) -> Bool {
    (users.isEmpty || users.contains(user)) && (rebuiltUsers.isEmpty || rebuiltUsers.contains(user))
  }

  func includes(pseudonym: String) -> Bool {
    [users, rebuiltUsers].allSatisfy { users in
      users.isEmpty || users.contains { NameStyle.pseudonyms.user($0) == pseudonym }
    }
  }

  func includes(_ number: Int) -> Bool { numbers.contains(number) }

  /// Whether all keys of the type are compared, so that keys that no reducer writes should be reported.
  func includesAll(ofType type: String) -> Bool {
    let names = catalogue.names
    return names.indices.allSatisfy { names[$0].type != type || numbers.contains($0) }
  }

  var isEmpty: Bool { numbers.isEmpty }
}
