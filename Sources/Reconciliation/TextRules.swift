import EventModel
import JSONTape

/// Decides which differences are only wording, for the projections of one type: a text of the profile has another
/// wording in its place. The number of texts, which they are, and their order are data.
package struct TextRules: Sendable {
  private struct Rule {
    var pattern: PathPattern
    var kind: TextPlace.Kind
    /// The keys of the twin.
    var twin: ValuePath
    var place: ValuePath
    /// What must hold of both rows.
    var tests: [(path: ValuePath, text: String?)]
  }

  private let rules: [Rule]
  private let wordings: Wordings
  /// What all rows of the diff say about wordings that no profile has; `nil` until that is known.
  package var votes: WordingVotes?

  package init(_ places: [TextPlace], _ wordings: Wordings) {
    self.wordings = wordings
    rules = places.map { place in
      let keys = TextRules.keys(place.path)
      var twin = ValuePath()
      var tests: [(path: ValuePath, text: String?)] = []
      switch place.kind {
      case .text: break
      case .list(let path): twin = TextRules.keys(path)
      case .textWhere(let conditions):
        tests = conditions.map { condition in
          switch condition {
          case .isAbsent(let path): (TextRules.keys(path), nil)
          case .isText(let path, let text): (TextRules.keys(path), text)
          }
        }
      }
      guard let pattern = try? PathPattern(place.path) else { preconditionFailure("a text's path is a pattern") }
      return Rule(pattern: pattern, kind: place.kind, twin: twin, place: keys, tests: tests)
    }
  }

  /// Rules for other places, with the wordings and votes of other rules.
  package init(_ places: [TextPlace], like other: TextRules) {
    self.init(places, other.wordings)
    votes = other.votes
  }

  private static func keys(_ path: String) -> ValuePath {
    ValuePath(path.split(separator: ".").map { .key(String($0)) })
  }

  /// Which of a row's differences are only wording, by index.
  func wordings(of differences: [ValueDifference], rebuilt: JSONValue, live: JSONValue) -> [Bool] {
    var changes = WordingChanges()
    let texts = differences.map { difference -> (rebuilt: String, live: String)? in
      guard let change = change(difference, rebuilt: rebuilt, live: live) else { return nil }
      changes.note(change)
      return change
    }
    let isText = texts.map { change in change.map { changes.areOneToOne($0) } ?? false }
    guard let votes else { return isText }
    let outvoted = votes.outvoted(zip(texts, isText).compactMap { $1 ? $0 : nil })
    return zip(texts, isText).map { change, isText in
      guard isText, let change else { return false }
      return !outvoted.contains(change.rebuilt)
    }
  }

  /// The text of the profile and the wording in its place. A text that is missing, null or of another type is not a
  /// wording.
  private func change(
    _ difference: ValueDifference, rebuilt: JSONValue, live: JSONValue
  ) -> (rebuilt: String, live: String)? {
    guard let rule = rules.first(where: { $0.pattern.covers(difference.path) }),
      let old = text(difference.rebuilt), let new = text(difference.live), wordings.mayStand(new, for: old)
    else { return nil }
    switch rule.kind {
    case .text: break
    case .list: guard isTwinList(rule, rebuilt), isTwinList(rule, live) else { return nil }
    case .textWhere: guard hold(rule.tests, rebuilt), hold(rule.tests, live) else { return nil }
    }
    return (old, new)
  }

  /// The text, if it is not blank.
  private func text(_ value: JSONValue?) -> String? {
    guard let value, value.isString else { return nil }
    let text = String(decoding: value.text, as: UTF8.self)
    return text.allSatisfy(\.isWhitespace) ? nil : text
  }

  /// Whether the list and its twin exist, are equal, and hold only texts.
  private func isTwinList(_ rule: Rule, _ data: JSONValue) -> Bool {
    guard let list = data.at(rule.place), let twin = data.at(rule.twin), list.kind == .array, isSame(list, twin)
    else { return false }
    return list.elements.allSatisfy { text($0) != nil }
  }

  private func hold(_ tests: [(path: ValuePath, text: String?)], _ data: JSONValue) -> Bool {
    tests.allSatisfy { test in
      let value = data.at(test.path)
      guard let text = test.text else { return value == nil }
      return value.map { $0.isString && $0.text.elementsEqual(text.utf8) } ?? false
    }
  }
}

/// Which wordings live has for each text of a row. Two texts cannot have the same wording, nor one text two wordings.
private struct WordingChanges {
  private var live: [String: Set<String>] = [:]
  private var rebuilt: [String: Set<String>] = [:]

  mutating func note(_ change: (rebuilt: String, live: String)) {
    live[change.rebuilt, default: []].insert(change.live)
    rebuilt[change.live, default: []].insert(change.rebuilt)
  }

  func areOneToOne(_ change: (rebuilt: String, live: String)) -> Bool {
    live[change.rebuilt]?.count == 1 && rebuilt[change.live]?.count == 1
  }
}

extension JSONValue {
  /// The member at a path of keys; `nil` if there is none.
  func at(_ path: ValuePath) -> JSONValue? {
    var value = self
    for step in path.steps {
      guard case .key(var key) = step, value.kind == .object else { return nil }
      let next = key.withUTF8 { key in
        value.members.first { $0.key.equals(UnsafeRawBufferPointer(key)) }?.value
      }
      guard let next else { return nil }
      value = next
    }
    return value
  }
}
