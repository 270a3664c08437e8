import EventModel
import Fitness
import Folding
import JSONTape
import TestSupport

/// A place in a row's `data`.
struct Place: Hashable, CustomStringConvertible {
  enum Step: Hashable {
    case key(String)
    case index(Int)
  }

  var steps: [Step]

  /// The place, with `*` for each index.
  var pattern: String {
    steps.map { step in
      switch step {
      case .key(let key): key
      case .index: "*"
      }
    }.joined(separator: ".")
  }

  var description: String {
    steps.map { step in
      switch step {
      case .key(let key): key
      case .index(let index): "[\(index)]"
      }
    }.joined(separator: ".")
  }
}

/// One random change at one place of a row.
struct SeededDamage {
  enum Kind: String, CaseIterable {
    case number, text, list, presence, order, type, wording, bothLists
  }

  var kind: Kind
  var place: Place
  /// The data after the change.
  var data: JSONTree
  /// Whether the change is a wording according to the rule. This is computed without refold's code.
  var isWording: Bool

  private static let lists = ["recommended_next_observations", "data_sufficiency.recommended_next_observations"]
  private static let profileTexts = Set(Profile().wordings.map(\.text))

  /// Random damage of a kind somewhere in the data; `nil` if the row has nothing to damage that way, or stays the same.
  init?(_ kind: Kind, of data: JSONTree, using random: inout SeededGenerator) {
    if kind == .bothLists {
      guard let damage = SeededDamage.bothLists(data, &random) else { return nil }
      self = damage
      return
    }
    let places = data.places().filter { kind.suits($0.value, $0.place, data) }
    guard let (place, value) = places.randomElement(using: &random),
      let change = kind.change(value, data, &random), change != .value(value), !change.isSameNumber(as: value)
    else { return nil }
    self.kind = kind
    self.place = place
    self.data = data.changing(place.steps[...], change)
    isWording =
      if case .value(.string(let new)) = change, let old = value.string {
        SeededDamage.isWording(old, new, place, data)
      } else {
        false
      }
  }

  private init(_ data: JSONTree, isWording: Bool) {
    kind = .bothLists
    place = Place(steps: [.key(SeededDamage.lists[0])])
    self.data = data
    self.isWording = isWording
  }

  /// Makes the same change in a list and in its copy.
  private static func bothLists(_ data: JSONTree, _ random: inout SeededGenerator) -> SeededDamage? {
    guard let texts = data[lists[0]]?.array else { return nil }
    var other = texts
    var isWording = false
    switch Int.random(in: 0..<7, using: &random) {
    case 0: other = []
    case 1: other = Array(texts.dropLast())
    case 2: other.insert(.string("Invented."), at: Int.random(in: 0...texts.count, using: &random))
    case 3: other = texts.reversed()
    case 4:
      guard let index = texts.indices.randomElement(using: &random) else { return nil }
      other[index] = .string(profileTexts.sorted().randomElement(using: &random) ?? "")
    case 5:
      guard let index = texts.indices.randomElement(using: &random), texts.count > 1 else { return nil }
      other[index] = texts[(index + 1) % texts.count]
    default:
      guard let index = texts.indices.randomElement(using: &random) else { return nil }
      other[index] = .string("Reworded \(Int.random(in: 0..<1000, using: &random)).")
      isWording = true
    }
    if other == texts { return nil }
    var damaged = data
    for list in lists {
      damaged = damaged.changing(list.split(separator: ".").map { .key(String($0)) }[...], .value(.array(other)))
    }
    return SeededDamage(damaged, isWording: isWording)
  }

  /// A change is a wording only if it replaces a text of the profile, in its place, by a text that is not blank and
  /// that the profile does not use. A change of one list is not a wording, because its copy stays the same.
  private static func isWording(_ old: String, _ new: String, _ place: Place, _ data: JSONTree) -> Bool {
    let isTextPlace =
      switch place.pattern {
      case "timezone_context.assumption_disclosure", "warnings.*.message": true
      case "active_objective.primary_goal.description":
        data["active_objective"]?["source"] == .string("default_inferred")
      case "objective_snapshot.primary_goal.description":
        data["objective_snapshot"]?["source"] == .string("default_inferred")
      default: false
      }
    return isTextPlace && profileTexts.contains(old) && !profileTexts.contains(new)
      && new.contains { !$0.isWhitespace }
  }
}

/// A change of a value.
enum Change: Equatable {
  case value(JSONTree)
  case removed
  /// One more member in the object.
  case member(String, JSONTree)
  case renamed(String)

  /// Whether the new value is the same number, such as `5` and `5.0`, or `0` and `-0.0`.
  func isSameNumber(as old: JSONTree) -> Bool {
    guard case .value(let new) = self, let a = new.number, let b = old.number else { return false }
    return a == b
  }
}

extension SeededDamage.Kind {
  private static let texts = [
    "timezone_context.assumption_disclosure", "warnings.*.message", "active_objective.primary_goal.description",
    "objective_snapshot.primary_goal.description",
  ]

  func suits(_ value: JSONTree, _ place: Place, _ data: JSONTree) -> Bool {
    switch self {
    case .number: value.number != nil
    case .text: value.string != nil
    case .list: value.array != nil
    case .order: Set(value.array?.map(\.pretty) ?? []).count > 1
    case .presence, .type: true
    case .wording: value.string != nil && SeededDamage.Kind.texts.contains(place.pattern)
    case .bothLists: false
    }
  }

  func change(_ value: JSONTree, _ data: JSONTree, _ random: inout SeededGenerator) -> Change? {
    func pick(_ changes: [Change]) -> Change? { changes.randomElement(using: &random) }
    switch self {
    case .number:
      guard let number = value.number else { return nil }
      return pick(
        [number.nextUp, number.nextDown, number + 1, number - 1, number * 10, -number, 0, number + 0.001].map {
          .value(.double($0))
        })
    case .text:
      guard let text = value.string else { return nil }
      // None of these turns an instant into another instant.
      return pick(
        ["", " ", text + "x", String(text.dropLast()) + "\u{0}1", text.uppercased() + "!", "?" + text].map {
          .value(.string($0.replacing("\u{0}", with: "~")))
        })
    case .list:
      guard let elements = value.array else { return nil }
      var changes: [Change] = [.value(.array(elements + [elements.last ?? .null])), .value(.array(elements + [.null]))]
      if !elements.isEmpty {
        changes += [
          .value(.array([])), .value(.array(Array(elements.dropLast()))), .value(.array(Array(elements.dropFirst()))),
          .value(.array(elements + elements)),
        ]
      }
      return pick(changes)
    case .presence:
      if value.members != nil { return pick([.removed, .member("surprise", .null), .renamed("renamed")]) }
      return pick([.removed, .renamed("renamed")])
    case .order:
      guard var elements = value.array else { return nil }
      elements.shuffle(using: &random)
      return .value(.array(elements))
    case .type:
      return pick(
        [.null, .bool(true), .bool(false), .integer(1), .string("1"), .array([]), .object([]), .array([value])].map {
          .value($0)
        })
    case .wording:
      return pick(["Say it otherwise.", "Anders gesagt.", "…"].map { .value(.string($0)) })
    case .bothLists: return nil
    }
  }
}

extension JSONTree {
  /// All values below the top, with their places.
  func places(_ path: [Place.Step] = []) -> [(place: Place, value: JSONTree)] {
    let own = path.isEmpty ? [] : [(place: Place(steps: path), value: self)]
    if let elements = array {
      return own + elements.enumerated().flatMap { $0.element.places(path + [.index($0.offset)]) }
    }
    return own + (members ?? []).flatMap { $0.value.places(path + [.key($0.key)]) }
  }

  /// The value after a change at a place in it.
  func changing(_ path: ArraySlice<Place.Step>, _ change: Change) -> JSONTree {
    guard let step = path.first else {
      switch change {
      case .value(let value): return value
      case .member(let key, let value): return .object((members ?? []) + [Member(key, value)])
      case .removed, .renamed: return self
      }
    }
    let rest = path.dropFirst()
    switch step {
    case .key(let key):
      return .object(
        (members ?? []).compactMap { member in
          guard member.key == key else { return member }
          if rest.isEmpty, change == .removed { return nil }
          if rest.isEmpty, case .renamed(let name) = change { return Member(name, member.value) }
          return Member(key, member.value.changing(rest, change))
        })
    case .index(let index):
      return .array(
        (array ?? []).enumerated().compactMap { place, element in
          guard place == index else { return element }
          if rest.isEmpty, change == .removed { return nil }
          if rest.isEmpty, case .renamed = change { return .array([element]) }
          return element.changing(rest, change)
        })
    }
  }
}
