import EventModel
import JSONTape
import Rebuilding
import Reporting
import SnapshotStore

/// What a diff compares, as canonical JSON. A run is compared with the last one of the same scope: with other filters,
/// or without the log, differences would come and go for other reasons than the rows.
///
/// Users are named by their pseudonyms without a key, or with the key of the diff, which is then named, too.
func historyScope(of plan: DiffPlan, _ snapshot: SnapshotReader) -> String {
  func users(_ ids: some Sequence<UserID>) -> JSONTree { .array(ids.map { .string(plan.pseudonyms.user($0)) }) }
  let partition = snapshot.manifestValue(PartManifest.partition) ?? plan.partition?.description
  let selected = snapshot.isPart ? "all" : snapshot.manifestValue("selection.users") ?? "all"
  let rebuilt = selected.split(separator: " ").compactMap { UserID(String($0)) }
  let namesUsers = !rebuilt.isEmpty || !plan.onlyUsers.isEmpty
  let tag = namesUsers ? plan.pseudonyms.key?.tag : nil
  let key = tag.map { [JSONTree.Member("pseudonym_key", .string($0))] } ?? []
  let scope = JSONTree.object(
    key + [
      .init("log", .bool(!plan.log.logs.isEmpty)),
      .init("partition", partition.map { .string($0) } ?? .null),
      .init("projections", .array(plan.filter.names.sorted().map(JSONTree.string))),
      .init("rebuilt_projections", .string(snapshot.manifestValue("selection.projections") ?? "all")),
      .init("rebuilt_users", users(rebuilt)),
      .init("rows", .string(snapshot.manifestValue("rows.source") ?? "rebuilt")),
      .init("users", users(plan.onlyUsers.sorted())),
    ])
  return String(decoding: scope.canonicalBytes, as: UTF8.self)
}
