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
  private let pseudonyms: PseudonymScheme

  init(_ plan: DiffPlan, _ snapshot: SnapshotReader) {
    catalogue = plan.catalogue
    pseudonyms = plan.pseudonyms
    let selected = snapshot.manifestValue("selection.projections") ?? "all"
    var rebuilt = ProjectionFilter()
    if selected != "all" {
      for name in selected.split(separator: " ") {
        let parts = name.split(separator: "/", maxSplits: 1).map(String.init)
        rebuilt.wanted.append((parts[0], parts.count > 1 ? parts[1] : nil))
      }
    }
    numbers = DiffScope.numbers(catalogue, [rebuilt, plan.filter])
    users = plan.onlyUsers
    let selectedUsers = snapshot.isPart ? "all" : snapshot.manifestValue("selection.users") ?? "all"
    rebuiltUsers =
      selectedUsers == "all" ? [] : Set(selectedUsers.split(separator: " ").compactMap { UserID(String($0)) })
  }

  /// Everything that the filter and the users leave; all users if there are none.
  init(_ catalogue: Catalogue, _ filter: ProjectionFilter, _ users: Set<UserID>, _ pseudonyms: PseudonymScheme) {
    self.pseudonyms = pseudonyms
    self.catalogue = catalogue
    self.users = users
    numbers = DiffScope.numbers(catalogue, [filter])
    rebuiltUsers = []
  }

  /// The numbers of the projections that all filters include.
  private static func numbers(_ catalogue: Catalogue, _ filters: [ProjectionFilter]) -> Set<Int> {
    let names = catalogue.names
    return Set(
      names.indices.filter { number in
        filters.allSatisfy { filter in
          filter.wanted.isEmpty
            || filter.wanted.contains {
              $0.type == names[number].type && ($0.key ?? names[number].key) == names[number].key
            }
        }
      })
  }

  func includes(_ user: UserID) -> Bool {
    (users.isEmpty || users.contains(user)) && (rebuiltUsers.isEmpty || rebuiltUsers.contains(user))
  }

  func includes(pseudonym: String) -> Bool {
    [users, rebuiltUsers].allSatisfy { users in
      users.isEmpty || users.contains { pseudonyms.names($0, pseudonym) }
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
