import JSONTape

/// Keeps of a row only what the reducers themselves write: known keys and words, numbers, structure.
package struct Redaction: Sendable {
  private let words: Set<String>

  /// - Parameter words: keys and words that the reducers themselves write.
  package init(words: Set<String>) { self.words = words }

  /// The word, or a placeholder if it is not known.
  package func word(_ text: String) -> String { words.contains(text) ? text : "(text)" }

  package func path(_ path: ValuePath) -> ValuePath {
    ValuePath(
      path.steps.map { step in
        if case .key(let key) = step { return .key(word(key)) }
        return step
      })
  }

  /// The same for a path or field given as text.
  package func path(_ text: String) -> String {
    guard let pattern = try? PathPattern(text) else { return "(text)" }
    let steps = pattern.steps.map { (step) -> ValuePath.Step in
      switch step {
      case .key(let key): .key(word(key))
      case .index(let index): .index(index)
      case .any: .index(-1)
      }
    }
    // In a field, `[]` is any index.
    return steps.contains(.index(-1)) ? ValuePath(steps).field : ValuePath(steps).text
  }

  package func write(_ value: JSONValue, to json: inout CanonicalWriter) {
    switch value.kind {
    case .shortString, .string: json.string(word(String(decoding: value.text, as: UTF8.self)))
    case .array:
      json.beginArray()
      for element in value.elements { write(element, to: &json) }
      json.endArray()
    case .object:
      json.beginObject()
      for (key, member) in value.members {
        let name = Array(word(String(decoding: key, as: UTF8.self)).utf8)
        name.withUnsafeBytes { json.key($0) }
        write(member, to: &json)
      }
      json.endObject()
    default: json.value(value)
    }
  }
}
