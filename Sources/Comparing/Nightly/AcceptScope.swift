import EventModel
import Folding
import Rebuilding
import SnapshotStore

/// Which entries of accept files a diff is about: those of the users and projections that it compares.
package struct AcceptScope {
  private let scope: DiffScope
  private let catalogue: Catalogue
  private let partition: UserPartition?
  private let isOfAllProjections: Bool

  init(_ plan: DiffPlan, _ snapshot: SnapshotReader) {
    scope = DiffScope(plan, snapshot)
    catalogue = plan.catalogue
    partition = snapshot.manifestValue(PartManifest.partition).flatMap { UserPartition($0) } ?? plan.partition
    isOfAllProjections = plan.filter.wanted.isEmpty
  }

  /// The scope of a comparison of two sets of reducers.
  init(_ plan: ComparePlan) {
    scope = DiffScope(plan.before.catalogue, plan.filter, plan.input.onlyUsers, plan.pseudonyms)
    catalogue = plan.before.catalogue
    partition = nil
    isOfAllProjections = plan.filter.wanted.isEmpty
  }

  /// The scope of something that is about all users and projections.
  package init(_ catalogue: Catalogue) {
    scope = DiffScope(catalogue, ProjectionFilter(), [], .unkeyed)
    self.catalogue = catalogue
    partition = nil
    isOfAllProjections = true
  }

  /// A pseudonym does not tell the partition: in a diff of one, such an entry is out of scope unless it is used.
  func includes(_ entry: AcceptEntry) -> Bool {
    switch entry.user {
    case .id(let user): scope.includes(user) && (partition?.contains(user) ?? true) && includes(entry.projection)
    case .pseudonym(let name): partition == nil && scope.includes(pseudonym: name) && includes(entry.projection)
    }
  }

  private func includes(_ name: ProjectionName) -> Bool {
    if let number = catalogue.number(of: name) { return scope.includes(number) }
    // A key that no reducer writes; or a type that nothing writes, whose entry can never be used.
    return catalogue[type: name.type] == nil ? isOfAllProjections : scope.includesAll(ofType: name.type)
  }
}
