import JSONTape

/// Lines with a label and a value each. The values are aligned.
package struct TextTable {
  private var rows: [(label: String, value: String)] = []

  package init() {}

  package mutating func row(_ label: String, _ value: String) { rows.append((label, value)) }

  package var text: String {
    let width = (rows.map(\.label.count).max() ?? 0) + 2
    return rows.map { $0.label + String(repeating: " ", count: width - $0.label.count) + $0.value + "\n" }.joined()
  }
}

/// A number with its digits in groups of three: `1,234,567`.
package func grouped(_ value: Int) -> String {
  var digits = Array(String(value.magnitude))
  var at = digits.count - 3
  while at > 0 {
    digits.insert(",", at: at)
    at -= 3
  }
  return (value < 0 ? "-" : "") + String(digits)
}

/// A number with that many decimal places, rounded half away from zero.
package func fixed(_ value: Double, _ places: Int) -> String {
  guard value.isFinite, value.magnitude < 1e15 else { return value.description }
  var scale = 1.0
  for _ in 0..<places { scale *= 10 }
  let scaled = Int((value.magnitude * scale).rounded())
  let whole = scaled / Int(scale)
  if places == 0 { return (value < 0 ? "-" : "") + String(whole) }
  let fraction = String(scaled % Int(scale))
  return (value < 0 ? "-" : "") + "\(whole)." + String(repeating: "0", count: places - fraction.count) + fraction
}

/// A number without rounding: an integer without a point, any other number with the digits that identify it.
package func exact(_ value: Double) -> String {
  value.magnitude < 1e15 && value == value.rounded() ? String(Int(value)) : value.description
}

/// A measured number as ``brief(_:)`` writes it, with a `+` if it is positive.
package func signed(_ value: Double) -> String { (value > 0 ? "+" : "") + brief(value) }

/// A measured number for people: below 10⁹ with at most six decimal places.
package func brief(_ value: Double) -> String {
  value.magnitude < 1e9 ? shortest((value * 1e6).rounded() / 1e6) : shortest(value)
}

/// A double as canonical JSON writes it.
package func shortest(_ value: Double) -> String {
  String(decoding: JSONTree.double(value).canonicalBytes, as: UTF8.self)
}
