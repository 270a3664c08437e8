import JSONTape

extension JSONTree {
  /// JSON that parses to exactly the same value in an event's payload. A double keeps its decimal point, because `5.0`
  /// and `5` are different texts to a reducer. Members keep their order.
  var stored: [UInt8] {
    var bytes: [UInt8] = []
    appendStored(to: &bytes)
    return bytes
  }

  private func appendStored(to bytes: inout [UInt8]) {
    switch self {
    case .double(let value): bytes += JSONTree.text(of: value).utf8
    case .array(let elements):
      JSONTree.appendList(elements, "[", "]", to: &bytes) { element, bytes in element.appendStored(to: &bytes) }
    case .object(let members):
      JSONTree.appendList(members, "{", "}", to: &bytes) { member, bytes in
        bytes += JSONTree.string(member.key).canonicalBytes
        bytes.append(UInt8(ascii: ":"))
        member.value.appendStored(to: &bytes)
      }
    default: bytes += canonicalBytes
    }
  }

  private static func appendList<Element>(
    _ elements: [Element], _ open: String, _ close: String, to bytes: inout [UInt8],
    _ append: (Element, inout [UInt8]) -> Void
  ) {
    bytes += open.utf8
    for (index, element) in elements.enumerated() {
      if index > 0 { bytes.append(UInt8(ascii: ",")) }
      append(element, &bytes)
    }
    bytes += close.utf8
  }

  /// The shortest digits that parse back, with at least one digit after the point, so that `numeric` keeps a fraction.
  private static func text(of value: Double) -> String {
    let text = value.description
    guard let sign = text.firstIndex(of: "e"), text[text.index(after: sign)...].first == "+" else { return text }
    // A positive exponent would turn it into an integer.
    let negative = text.hasPrefix("-")
    let mantissa = text[..<sign].drop { $0 == "-" }
    let parts = mantissa.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    let exponent = Int(text[text.index(sign, offsetBy: 2)...])!
    let fraction = parts.count > 1 && parts[1] != "0" ? parts[1] : ""
    let zeros = String(repeating: "0", count: max(0, exponent - fraction.count))
    return (negative ? "-" : "") + parts[0] + fraction + zeros + ".0"
  }
}

extension JSONTree {
  /// Applies a change to every scalar and every key; O(size).
  ///
  /// - Parameters:
  ///   - key: the member's key that the value is under, at any depth of arrays; `nil` at the top.
  ///   - scalar: maps a scalar.
  ///   - name: maps a key. If several keys become equal, the last of their members counts.
  func mapped(
    under key: String? = nil, scalar: (JSONTree, String?) -> JSONTree, name: (String) -> String = { $0 }
  ) -> JSONTree {
    switch self {
    case .array(let elements): .array(elements.map { $0.mapped(under: key, scalar: scalar, name: name) })
    case .object(let members):
      .object(members.map { Member(name($0.key), $0.value.mapped(under: $0.key, scalar: scalar, name: name)) })
    default: scalar(self, key)
    }
  }

  /// Calls `scalar` for every scalar with the key it is under, and `name` for every key.
  func visit(under key: String? = nil, scalar: (JSONTree, String?) -> Void, name: (String) -> Void) {
    switch self {
    case .array(let elements): for element in elements { element.visit(under: key, scalar: scalar, name: name) }
    case .object(let members):
      for member in members {
        name(member.key)
        member.value.visit(under: member.key, scalar: scalar, name: name)
      }
    default: scalar(self, key)
    }
  }

  /// The number of members and elements, at all depths.
  var fieldCount: Int {
    switch self {
    case .array(let elements): elements.reduce(elements.count) { $0 + $1.fieldCount }
    case .object(let members): members.reduce(members.count) { $0 + $1.value.fieldCount }
    default: 0
    }
  }
}
