import Folding
import JSONTape

/// What reducers may read of an event's payloads. The rest has no part in a witness, and a packed log need not have it.
struct ReadMembers {
  private let data: Set<String>
  private let metadata: Set<String>
  private let wholeTypes: Set<String>
  private let types: Set<String>

  init(_ vocabulary: Vocabulary) {
    data = Set(vocabulary.fields.map(\.name.description))
    metadata = Set(vocabulary.metadataFields.map(\.name.description))
    wholeTypes = vocabulary.names(of: vocabulary.wholeTypes)
    types = Set(vocabulary.eventTypes.map(\.name.description))
  }

  /// The payloads of an event without members that no reducer reads. Members are in the order of `jsonb`, so that what is
  /// cut from them does not depend on the export.
  func payloads(ofType type: String, _ data: JSONTree, _ metadata: JSONTree) -> WitnessPayloads {
    if wholeTypes.contains(type) { return WitnessPayloads(data.inStoredOrder, metadata.inStoredOrder) }
    let isRead = types.contains(type)
    return WitnessPayloads(
      data.keeping(isRead ? self.data : []).inStoredOrder, metadata.keeping(isRead ? self.metadata : []).inStoredOrder)
  }
}

extension JSONTree {
  fileprivate func keeping(_ keys: Set<String>) -> JSONTree {
    guard case .object(let members) = self else { return self }
    return .object(members.filter { keys.contains($0.key) })
  }

  /// The value with the members of all objects in the order of `jsonb`: by length, then by bytes.
  fileprivate var inStoredOrder: JSONTree {
    switch self {
    case .object(let members):
      let sorted = members.sorted { a, b in
        let (a, b) = (a.key.utf8, b.key.utf8)
        return a.count == b.count ? a.lexicographicallyPrecedes(b) : a.count < b.count
      }
      return .object(sorted.map { Member($0.key, $0.value.inStoredOrder) })
    case .array(let elements): return .array(elements.map(\.inStoredOrder))
    case .null, .bool, .integer, .double, .bigInteger, .string: return self
    }
  }
}
