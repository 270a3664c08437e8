import EventModel
import Formatting
import JSONTape
import Reporting

extension RowPatch {
  /// The value with the patch applied; `nil` if it lacks something that the patch changes.
  func applied(to value: JSONTree) -> JSONTree? {
    switch self {
    case .set(let live, let kind): return value.kindNumber == kind ? live : nil
    case .number(let change): return change.applied(to: value)
    case .members(let changes):
      guard case .object(var members) = value else { return nil }
      for entry in changes {
        let index = members.firstIndex { $0.key.utf8.elementsEqual(entry.key.utf8) }
        switch entry.change {
        case .added(let added):
          if index != nil { return nil }
          members.append(JSONTree.Member(entry.key, added))
        case .removed:
          guard let index else { return nil }
          members.remove(at: index)
        case .changed(let patch):
          guard let index, let changed = patch.applied(to: members[index].value) else { return nil }
          members[index].value = changed
        }
      }
      return .object(members)
    case .elements(let changes):
      guard case .array(var elements) = value else { return nil }
      for entry in changes {
        guard elements.indices.contains(entry.index), let changed = entry.patch.applied(to: elements[entry.index])
        else { return nil }
        elements[entry.index] = changed
      }
      return .array(elements)
    case .list(let changes):
      guard case .array(var elements) = value else { return nil }
      for entry in changes {
        let index = elements.firstIndex { $0.identity == entry.identity }
        switch entry.change {
        case .removed:
          guard let index else { return nil }
          elements.remove(at: index)
        case .changed(let patch):
          guard let index, let changed = patch.applied(to: elements[index]) else { return nil }
          elements[index] = changed
        case .added(let added):
          if index != nil { return nil }
          let before = entry.follows.flatMap { follows in elements.firstIndex { $0.identity == follows } }
          elements.insert(added, at: before.map { $0 + 1 } ?? (entry.follows == nil ? 0 : elements.count))
        }
      }
      return .array(elements)
    }
  }

  /// The same patch with every text in it replaced by `text`.
  func mapped(_ text: (String) -> String) -> RowPatch {
    func map(_ value: JSONTree) -> JSONTree {
      value.mapped(
        scalar: { scalar, _ in scalar.string.map { .string(text($0)) } ?? scalar }, name: text)
    }
    func map(_ change: Change) -> Change {
      switch change {
      case .added(let value): .added(map(value))
      case .removed: .removed
      case .changed(let patch): .changed(patch.mapped(text))
      }
    }
    switch self {
    case .set(let value, let kind): return .set(map(value), wasKind: kind)
    case .number: return self
    case .members(let changes):
      return .members(changes.map { MemberChange(key: text($0.key), change: map($0.change)) })
    case .elements(let changes):
      return .elements(changes.map { PlacedChange(index: $0.index, patch: $0.patch.mapped(text)) })
    case .list(let changes):
      return .list(
        changes.map { ListChange(identity: map($0.identity), change: map($0.change), follows: $0.follows.map(map)) })
    }
  }

  /// The changes, one sentence each.
  func words(at path: String = "") -> [String] {
    func below(_ change: Change, _ path: String, _ subject: String) -> [String] {
      switch change {
      case .added: ["\(subject) is present, but the rebuild does not write it"]
      case .removed: ["\(subject) is missing"]
      case .changed(let patch): patch.words(at: path)
      }
    }
    switch self {
    case .set: return ["\(Foreign(path).plainCode) has a different value"]
    case .number(let change): return ["\(Foreign(path).plainCode) is \(change.words)"]
    case .members(let changes):
      return changes.flatMap { entry in
        let path = path.isEmpty ? entry.key : path + "." + entry.key
        return below(entry.change, path, Foreign(path).plainCode)
      }
    case .elements(let changes): return changes.flatMap { $0.patch.words(at: path + "[\($0.index)]") }
    case .list(let changes):
      return changes.flatMap { entry in
        let code = entry.identity.string.map { " " + Foreign($0).plainCode } ?? ""
        return below(entry.change, path + "[]", "of \(Foreign(path).plainCode), the element\(code)")
      }
    }
  }
}
