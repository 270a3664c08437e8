import JSONTape

/// The paths at which two JSON values differ. Integers are compared exactly, other numbers as doubles.
package func jsonDifferences(_ a: JSONTree, _ b: JSONTree, at path: String = "") -> [String] {
  switch (a, b) {
  case (.object(let x), .object(let y)):
    let left = Dictionary(x.map { (Array($0.key.utf8), $0.value) }, uniquingKeysWith: { $1 })
    let right = Dictionary(y.map { (Array($0.key.utf8), $0.value) }, uniquingKeysWith: { $1 })
    var found: [String] = []
    for key in Set(left.keys).union(right.keys).sorted(by: { $0.lexicographicallyPrecedes($1) }) {
      let below = path + "." + String(decoding: key, as: UTF8.self)
      switch (left[key], right[key]) {
      case (let one?, let other?): found += jsonDifferences(one, other, at: below)
      default: found.append(below)
      }
    }
    return found
  case (.array(let x), .array(let y)):
    if x.count != y.count { return [path + "[]"] }
    return zip(x, y).enumerated().flatMap { jsonDifferences($0.element.0, $0.element.1, at: "\(path)[\($0.offset)]") }
  default: return sameScalar(a, b) ? [] : [path]
  }
}

private func sameScalar(_ a: JSONTree, _ b: JSONTree) -> Bool {
  switch (a, b) {
  case (.null, .null): true
  case (.bool(let x), .bool(let y)): x == y
  case (.string(let x), .string(let y)): Array(x.utf8) == Array(y.utf8)
  case (.integer(let x), .integer(let y)): x == y
  case (.bigInteger(let x), .bigInteger(let y)): x == y
  default:
    switch (asDouble(a), asDouble(b)) {
    case (let x?, let y?): x == y
    default: false
    }
  }
}

private func asDouble(_ value: JSONTree) -> Double? {
  if case .bigInteger(let digits) = value { Double(digits) } else { value.number }
}

extension JSONTree {
  /// Parses JSON text.
  package init(_ text: String) throws { try self.init(parsing: Array(text.utf8)) }

  /// Canonical JSON text.
  package var text: String { String(decoding: canonicalBytes, as: UTF8.self) }

  /// The value at a path like `estimate.interval.0`; `nil` when there is none.
  package func at(_ path: some StringProtocol) -> JSONTree? {
    var value: JSONTree? = self
    for name in path.split(separator: ".") {
      if let elements = value?.array {
        guard let index = Int(name), elements.indices.contains(index) else { return nil }
        value = elements[index]
      } else {
        value = value?[String(name)]
      }
    }
    return value
  }
}
