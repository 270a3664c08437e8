import EventModel
import JSONTape

/// Tells whether a difference is one of wording only, for the projections of one type.
package struct TextRules: Sendable {
  private struct Rule {
    var pattern: PathPattern
    var kind: TextPlace.Kind
    /// The keys of the twin, or of the objective that holds the goal.
    var other: ValuePath
    var place: ValuePath
  }

  private let rules: [Rule]

  package init(_ places: [TextPlace]) {
    rules = places.map { place in
      let keys = TextRules.keys(place.path)
      let other: ValuePath =
        switch place.kind {
        case .text: ValuePath()
        case .list(let twin): TextRules.keys(twin)
        case .assumedDescription: ValuePath(Array(keys.steps.dropLast(2)))
        }
      guard let pattern = try? PathPattern(place.path) else { preconditionFailure("a text's path is a pattern") }
      return Rule(pattern: pattern, kind: place.kind, other: other, place: keys)
    }
  }

  private static func keys(_ path: String) -> ValuePath {
    ValuePath(path.split(separator: ".").map { .key(String($0)) })
  }

  /// Whether both sides hold well-formed texts there. A text that is gone, null or another type is no wording.
  package func isWording(_ difference: ValueDifference, rebuilt: JSONValue, live: JSONValue) -> Bool {
    for rule in rules where rule.pattern.covers(difference.path) {
      switch rule.kind {
      case .text: return isText(difference.rebuilt) && isText(difference.live)
      case .list: return isTwinList(rule, rebuilt) && isTwinList(rule, live)
      case .assumedDescription:
        return isText(difference.rebuilt) && isText(difference.live)
          && isAssumed(rebuilt.at(rule.other)) && isAssumed(live.at(rule.other))
      }
    }
    return false
  }

  private func isText(_ value: JSONValue?) -> Bool { value.map { $0.isString && !$0.text.isEmpty } ?? false }

  /// Whether the list and its twin are there, equal, and of texts.
  private func isTwinList(_ rule: Rule, _ data: JSONValue) -> Bool {
    guard let list = data.at(rule.place), let twin = data.at(rule.other), list.kind == .array, isSame(list, twin)
    else { return false }
    return list.elements.allSatisfy { isText($0) }
  }

  private func isAssumed(_ objective: JSONValue?) -> Bool {
    guard let objective, objective.member("updated_at") == nil else { return false }
    return objective.member("objective_id")?.isText("default.objective") ?? false
      && objective.member("source")?.isText("default_inferred") ?? false
  }
}

extension JSONValue {
  /// The member at a path of keys; `nil` when there is none.
  func at(_ path: ValuePath) -> JSONValue? {
    var value = self
    for step in path.steps {
      guard case .key(var key) = step, value.kind == .object else { return nil }
      let next = key.withUTF8 { key in
        value.members.first { isSameText($0.key, UnsafeRawBufferPointer(key)) }?.value
      }
      guard let next else { return nil }
      value = next
    }
    return value
  }

  func isText(_ text: StaticString) -> Bool {
    isString && isSameText(self.text, UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
  }
}
