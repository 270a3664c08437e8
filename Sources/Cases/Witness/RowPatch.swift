import Formatting
import JSONTape

/// What live changes about the row that the rebuild computes, in a form that can be applied to another row.
///
/// A patch is a guess: it keeps the change that was seen (a number's factor, an element that is gone, a word) and
/// assumes that the same happens to a row of fewer events.
indirect enum RowPatch: Equatable {
  /// Replaces a value of that ``JSONTree/kindNumber``.
  case set(JSONTree, wasKind: Int)
  case number(NumberChange)
  /// Members that changed, by key.
  case members([MemberChange])
  /// Elements that changed, by index.
  case elements([PlacedChange])
  /// Elements that were added, removed or changed, by identity.
  case list([ListChange])

  struct MemberChange: Equatable {
    var key: String
    var change: Change
  }

  struct PlacedChange: Equatable {
    var index: Int
    var patch: RowPatch
  }

  struct ListChange: Equatable {
    /// Distinguishes the element from the others: its `code`, or the whole element.
    var identity: JSONTree
    var change: Change
    /// For an added element: the identity of the element before it; `nil` at the front.
    var follows: JSONTree?
  }

  enum Change: Equatable {
    case added(JSONTree)
    case removed
    case changed(RowPatch)
  }
}

// MARK: What changed

extension RowPatch {
  /// The patch that turns `rebuilt` into `live`; `nil` when they are equal.
  init?(_ rebuilt: JSONTree, _ live: JSONTree) {
    switch (rebuilt, live) {
    case (.object(let a), .object(let b)):
      var changes: [MemberChange] = []
      for member in a {
        guard let other = live[member.key] else {
          changes.append(MemberChange(key: member.key, change: .removed))
          continue
        }
        if let patch = RowPatch(member.value, other) {
          changes.append(MemberChange(key: member.key, change: .changed(patch)))
        }
      }
      for member in b where rebuilt[member.key] == nil {
        changes.append(MemberChange(key: member.key, change: .added(member.value)))
      }
      if changes.isEmpty { return nil }
      self = .members(changes)
    case (.array(let a), .array(let b)):
      guard let patch = RowPatch.ofLists(a, b) else { return nil }
      self = patch
    default:
      if let a = rebuilt.number, let b = live.number {
        if a == b { return nil }
        self = .number(NumberChange(rebuilt: rebuilt, live: live))
      } else {
        if rebuilt == live { return nil }
        self = .set(live, wasKind: rebuilt.kindNumber)
      }
    }
  }

  private static func ofLists(_ a: [JSONTree], _ b: [JSONTree]) -> RowPatch? {
    if a == b { return nil }
    let hasCodes = (a + b).allSatisfy { $0["code"]?.string != nil }
    if !hasCodes, a.count == b.count {
      let changes = a.indices.compactMap { index in
        RowPatch(a[index], b[index]).map { PlacedChange(index: index, patch: $0) }
      }
      return changes.isEmpty ? nil : .elements(changes)
    }
    let (before, after) = (a.map(\.identity), b.map(\.identity))
    guard before.isDistinct, after.isDistinct,
      before.filter(after.contains) == after.filter(before.contains)
    else { return .set(.array(b), wasKind: JSONTree.array(a).kindNumber) }
    var changes: [ListChange] = []
    for (element, identity) in zip(a, before) {
      if let other = after.firstIndex(of: identity) {
        if let patch = RowPatch(element, b[other]) {
          changes.append(ListChange(identity: identity, change: .changed(patch)))
        }
      } else {
        changes.append(ListChange(identity: identity, change: .removed))
      }
    }
    for (index, identity) in after.enumerated() where !before.contains(identity) {
      changes.append(
        ListChange(identity: identity, change: .added(b[index]), follows: index > 0 ? after[index - 1] : nil))
    }
    return changes.isEmpty ? nil : .list(changes)
  }
}

extension JSONTree {
  /// Distinguishes an element of a list from the others.
  var identity: JSONTree { self["code"] ?? self }

  /// The kind of JSON value; all numbers are of one kind.
  var kindNumber: Int {
    switch self {
    case .null: 0
    case .bool: 1
    case .integer, .double, .bigInteger: 2
    case .string: 3
    case .array: 4
    case .object: 5
    }
  }
}

extension Array where Element: Equatable {
  fileprivate var isDistinct: Bool { indices.allSatisfy { !self[($0 + 1)...].contains(self[$0]) } }
}
