/// The place of a value in `data`: the keys and indices from the top down.
package struct ValuePath: Hashable, Sendable {
  package enum Step: Hashable, Sendable {
    case key(String)
    case index(Int)
  }

  package var steps: [Step] = []

  package init(_ steps: [Step] = []) { self.steps = steps }

  /// `caveats[0].details.group_count`; a key that is not a plain word is written `["a key"]`.
  package var text: String { render { "[\($0)]" } }

  /// ``text`` with `[]` for every index: the same for all elements of an array.
  package var field: String { render { _ in "[]" } }

  private func render(_ index: (Int) -> String) -> String {
    var text = ""
    for step in steps {
      switch step {
      case .index(let position): text += index(position)
      case .key(let key):
        if ValuePath.isPlain(key) {
          text += text.isEmpty ? key : "." + key
        } else {
          text += "[" + ValuePath.quoted(key) + "]"
        }
      }
    }
    return text
  }

  private static let special = Array(".[]\"*\\".utf8)

  private static func isPlain(_ key: String) -> Bool {
    !key.isEmpty && key.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && !special.contains($0) }
  }

  private static func quoted(_ key: String) -> String {
    var text = "\""
    for scalar in key.unicodeScalars {
      switch scalar {
      case "\"", "\\": text += "\\" + String(scalar)
      case "\u{0}"..."\u{1F}":
        let hex = String(scalar.value, radix: 16)
        text += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
      default: text += String(scalar)
      }
    }
    return text + "\""
  }
}

/// A set of paths: those that match, where `*` matches any step, and all below them.
package struct PathPattern: Hashable, Sendable {
  enum Step: Hashable, Sendable {
    case any
    case key(String)
    case index(Int)
  }

  let steps: [Step]
  /// As it was written.
  package let text: String

  /// Why a text is not a pattern.
  package struct Fault: Error, Hashable, Sendable {
    package var reason: String
  }

  /// Reads `estimate.mean`, `caveats[*].details`, `caveats.*.code`, `recent[0]`, `by_actor["a.b"]`.
  package init(_ text: String) throws(Fault) {
    var steps: [Step] = []
    var rest = Substring(text)
    var needsKey = true
    while !rest.isEmpty {
      if rest.first == "[" {
        steps.append(try PathPattern.bracket(&rest))
        needsKey = false
        continue
      }
      if rest.first == "." {
        if needsKey { throw Fault(reason: "an empty step") }
        rest.removeFirst()
        needsKey = true
        continue
      }
      if !needsKey { throw Fault(reason: "a step that follows ] without a dot") }
      let key = rest.prefix { $0 != "." && $0 != "[" }
      rest = rest[key.endIndex...]
      steps.append(key == "*" ? .any : .key(String(key)))
      needsKey = false
    }
    if needsKey { throw Fault(reason: steps.isEmpty ? "an empty path" : "ends in a dot") }
    self.steps = steps
    self.text = text
  }

  private static func bracket(_ rest: inout Substring) throws(Fault) -> Step {
    rest.removeFirst()
    if rest.first == "\"" {
      rest.removeFirst()
      var key = ""
      while let character = rest.first, character != "\"" {
        rest.removeFirst()
        if character == "\\", let next = rest.first {
          rest.removeFirst()
          key.append(next)
        } else {
          key.append(character)
        }
      }
      guard rest.hasPrefix("\"]") else { throw Fault(reason: "a [\" without its \"]") }
      rest.removeFirst(2)
      return .key(key)
    }
    guard let end = rest.firstIndex(of: "]") else { throw Fault(reason: "a [ without its ]") }
    let inner = rest[..<end]
    rest = rest[rest.index(after: end)...]
    if inner == "*" || inner.isEmpty { return .any }
    guard let index = Int(inner), index >= 0 else { throw Fault(reason: "[…] holds no index, no * and no quoted key") }
    return .index(index)
  }

  /// Whether the path matches, or is below one that does. O(steps).
  package func covers(_ path: ValuePath) -> Bool {
    guard path.steps.count >= steps.count else { return false }
    for (mine, theirs) in zip(steps, path.steps) {
      switch (mine, theirs) {
      case (.any, _): continue
      case (.key(let a), .key(let b)) where a == b: continue
      case (.index(let a), .index(let b)) where a == b: continue
      default: return false
      }
    }
    return true
  }
}
