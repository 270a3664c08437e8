import JSONTape

extension Exhibit {
  /// Replaces each scalar of the payloads by the first candidate that leaves the difference as it is.
  func replacingScalars(
    _ trial: WitnessTrial, _ signature: Signature, _ candidates: (JSONTree, String?) -> [JSONTree]
  ) -> Exhibit {
    var exhibit = self
    for index in exhibit.events.indices {
      for payload in [\WitnessEvent.Content.data, \.metadata] {
        var position = 0
        while let (value, key) = exhibit.events[index].content[keyPath: payload].scalar(at: position) {
          for candidate in candidates(value, key) {
            var other = exhibit
            other.events[index] = exhibit.events[index].changing { content in
              content[keyPath: payload] = content[keyPath: payload].replacingScalar(at: position, with: candidate)
            }
            if trial.shows(signature, other) {
              exhibit = other
              break
            }
          }
          position += 1
        }
      }
    }
    return exhibit
  }
}

extension JSONTree {
  /// The scalar at a position, counted from 0 in document order, and the key it is under.
  fileprivate func scalar(at position: Int) -> (value: JSONTree, key: String?)? {
    var seen = 0
    var found: (JSONTree, String?)?
    visit(
      scalar: { value, key in
        if seen == position { found = (value, key) }
        seen += 1
      }, name: { _ in })
    return found
  }

  fileprivate func replacingScalar(at position: Int, with other: JSONTree) -> JSONTree {
    var seen = 0
    return mapped(scalar: { value, _ in
      defer { seen += 1 }
      return seen == position ? other : value
    })
  }

  /// Numbers near this one with fewer digits, those with the fewest first.
  var rounder: [JSONTree] {
    switch self {
    case .integer(let value):
      return (1...3).compactMap { digits in
        let rounded = roundedToDigits(Double(value), digits)
        guard rounded != Double(value), rounded.magnitude < 0x1p53 else { return nil }
        return .integer(Int64(rounded))
      }
    case .double(let value):
      return (1...3).compactMap { digits in
        let rounded = roundedToDigits(value, digits)
        return rounded == value ? nil : .double(rounded)
      }
    case .bigInteger(let digits):
      let sign = digits.hasPrefix("-") ? "-" : ""
      let plain = sign + "1" + String(repeating: "0", count: digits.count - sign.count - 1)
      return plain == digits ? [] : [.bigInteger(plain)]
    default: return []
    }
  }
}

/// The number rounded to this many significant digits.
private func roundedToDigits(_ value: Double, _ digits: Int) -> Double {
  guard value != 0, value.isFinite else { return value }
  var scale = 1.0
  var magnitude = value.magnitude
  while magnitude >= 10, scale > 1e-300 {
    magnitude /= 10
    scale /= 10
  }
  while magnitude < 1, scale < 1e300 {
    magnitude *= 10
    scale *= 10
  }
  for _ in 1..<digits { scale *= 10 }
  let whole = (value.magnitude * scale).rounded()
  return (value < 0 ? -1 : 1) * (scale >= 1 ? whole / scale : whole * (1 / scale).rounded())
}
